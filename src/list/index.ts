/**
 * `fitslice/list`: listings of stores, the keywords of many files, and objects written whole.
 *
 * @module fitslice/list
 */
export { isPattern, matchesKeyword } from "./glob.js";
export {
  type FileHeaders,
  type HduKeywords,
  type HeadersOptions,
  headersOf,
  keywordsOf,
  type ManyFiles,
} from "./headers.js";
export { list } from "./list.js";
export type { ListEntry, ListOptions } from "./lister.js";
export { withLogin } from "./login.js";
export { type PutOptions, putObject, removeObject } from "./put.js";
