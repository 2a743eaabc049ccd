/**
 * The transport of browsers: fetch. Same exports as node-http.ts; reached as `#http`.
 */
import { fetchTransport, type Transport } from "../source/transport.js";

export const transport: Transport = fetchTransport((url, init) => fetch(url, init));
