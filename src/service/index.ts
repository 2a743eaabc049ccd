/**
 * `fitslice/service`: parts of FITS files over HTTP: IVOA SODA, DataLink and VOSI, and plain routes. Start with `service`.
 *
 * @module fitslice/service
 */
export type { CutBody } from "./cut.js";
export type { FileFinder, ServedFile } from "./exchange.js";
export type { JobOutcome, JobResult, JobWork, KeepResult } from "./job-run.js";
export type { Job, JobChange, Jobs, Phase } from "./jobs.js";
export type { ServiceLimits } from "./limits.js";
export type { Parameters } from "./parameters.js";
export { type ErrorWord, Refusal } from "./refusal.js";
export type { RouteText } from "./routes.js";
export { type Service, type ServiceLogEntry, type ServiceOptions, service } from "./service.js";
