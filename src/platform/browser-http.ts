/**
 * A browser has no transport but fetch, which source/transport.ts uses. Same exports as node-http.ts; reached as `#http`.
 */
import type { Transport } from "./types.js";

export const transport: Transport | undefined = undefined;
