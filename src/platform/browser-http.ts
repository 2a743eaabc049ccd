/**
 * A browser has no transport but fetch, which source/transport.ts uses. Same exports as node-http.ts; reached as `#http`.
 */
import type { Transport } from "./types.js";

export function transportBy(_?: boolean): Transport | undefined {
  return undefined;
}

/**
 * How many requests at a time are of use: browsers open six connections to an origin with HTTP/1.1, over which all requests go that are
 * not encrypted. Undefined for HTTP/2 and 3, and where the browser does not tell.
 */
export function connectionsTo(url: string, _?: boolean): number | undefined {
  const last = performance.getEntriesByName(url).at(-1) as PerformanceResourceTiming | undefined;
  return /^http(:|.1)/.test(last?.nextHopProtocol || url) ? 6 : undefined;
}
