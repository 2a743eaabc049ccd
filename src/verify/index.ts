/**
 * `fitslice/verify`: what is wrong with a file by the FITS Standard.
 *
 * @module fitslice/verify
 */
export type { Finding } from "./finding.js";
export { type VerifyOptions, verify } from "./verify.js";
