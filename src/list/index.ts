/**
 * `fitslice/list`: listings of stores, and the keywords of many files.
 *
 * @module
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
