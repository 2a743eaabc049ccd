/**
 * `fitslice/service`: parts of FITS files over HTTP: IVOA SODA, DataLink and VOSI, and plain routes. Start with `service`.
 *
 * @module fitslice/service
 */
export type { FileFinder, ServedFile } from "./exchange.js";
export type { ServiceLimits } from "./limits.js";
export type { RouteText } from "./routes.js";
export { type Service, type ServiceLogEntry, type ServiceOptions, service } from "./service.js";
