/**
 * A request that a browser may redirect: it says nothing about its user.
 */
import type { FetchLike, TransportRequest } from "./transport.js";

/** Headers that tell nothing and that a browser sends to another origin without asking it first. */
const harmless = new Set(["range", "accept", "accept-encoding"]);

/** Asks with none but harmless headers, and follows redirects. */
export function fetchPlainly(
  fetch: FetchLike,
  url: string,
  headers: TransportRequest["headers"],
  init: RequestInit,
): Promise<Response> {
  const plain = Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name)));
  return fetch(url, { ...init, headers: plain, redirect: "follow", credentials: "omit" });
}
