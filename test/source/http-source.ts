/** Sources of HTTP addresses, as `resolveSource` makes them, without waiting. */
import { httpSourceOver } from "../../src/source/http.js";
import { httpAccess } from "../../src/source/http-address.js";
import type { SourceOptions } from "../../src/source/options.js";
import type { ByteSource } from "../../src/source/source.js";

export function httpSource(url: string, options: SourceOptions = {}): ByteSource {
  return httpSourceOver(httpAccess(url, options), options);
}
