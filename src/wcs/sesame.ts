/**
 * CDS' name resolver Sesame: how it is asked, and what it answers.
 */
import { onAbort } from "../abort.js";
import { FitsError } from "../errors.js";
import type { Transport, TransportResponse } from "../platform/types.js";
import { type FetchLike, transportOver } from "../source/transport.js";
import { clipped } from "./frames/name.js";

export interface ResolveOptions {
  /** Used in place of the platform's own HTTP client. */
  readonly fetch?: FetchLike | undefined;
  /** Addresses of Sesame, asked in this order until one answers. Default: CDS, then its mirror at Harvard. */
  readonly hosts?: readonly string[] | undefined;
  /** Milliseconds that each host has. Default 20000. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ResolvedName {
  /** ICRS, in degrees. */
  readonly lon: number;
  readonly lat: number;
  /** The object's main name at CDS, or the name as it was asked. */
  readonly name: string;
}

/** Where Sesame answers; each is followed by the databases to ask and the name. */
export const sesameHosts: readonly string[] = [
  "https://cds.unistra.fr/cgi-bin/nph-sesame",
  "https://vizier.cfa.harvard.edu/viz-bin/nph-sesame",
];

/** SIMBAD, then NED, then VizieR. */
const databases = "SNV";
const mostBytes = 1 << 18;
const mostRedirects = 3;
const longestName = 200;

/** Asks the hosts in order for the position of an object. Throws as `resolveName`. */
export async function askSesame(
  name: string,
  { hosts = sesameHosts, ...options }: ResolveOptions,
): Promise<ResolvedName> {
  const { signal } = options;
  const asked = name.trim();
  if (asked === "" || asked.length > longestName || /\p{Cc}/u.test(asked))
    throw new FitsError("BAD_ARGUMENT", `'${clipped(asked)}' cannot be the name of an object`);
  if (hosts.length === 0) throw new FitsError("BAD_ARGUMENT", "hosts must hold an address of Sesame");
  const failures: FitsError[] = [];
  for (const host of hosts) {
    signal?.throwIfAborted();
    let answer: string;
    try {
      answer = await ask(addressAt(host, asked), options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof FitsError) || error.code === "BAD_ARGUMENT") throw error;
      failures.push(error);
      continue;
    }
    return positionIn(answer, asked, host);
  }
  const [first] = failures;
  const all = failures.map(({ message }) => message).join("; ");
  throw new FitsError(first!.code, `cannot look up '${clipped(asked)}': ${all}`, { cause: first });
}

function addressAt(host: string, name: string): string {
  if (!URL.canParse(host) || !/^https?:$/.test(new URL(host).protocol))
    throw new FitsError("BAD_ARGUMENT", `'${clipped(host)}' is no HTTP address of a name resolver`);
  return `${host.replace(/\/+$/, "")}/${databases}?${encodeURIComponent(name)}`;
}

/** The answer's text. */
async function ask(address: string, { fetch, timeout = 20_000, signal }: ResolveOptions): Promise<string> {
  const host = new URL(address).host;
  const controller = new AbortController();
  const forget = onAbort(signal, () => controller.abort());
  const timer = setTimeout(() => controller.abort(), timeout);
  try {
    const response = await follow(transportOver(fetch), address, controller.signal);
    if (response.status !== 200) {
      response.cancel();
      throw new FitsError("HTTP", `${host} answered with status ${response.status}`);
    }
    return await textOf(response, host);
  } catch (cause) {
    if (cause instanceof FitsError) throw cause;
    if (controller.signal.aborted)
      throw new FitsError("TIMEOUT", `${host} did not answer within ${timeout / 1000} s`, { cause });
    throw new FitsError("NETWORK", `${host} cannot be reached`, { cause });
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** Redirects within one host are followed, from http to https too; never to another host, nor back to http. */
async function follow(
  transport: Transport,
  address: string,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const start = new URL(address);
  let at = start;
  for (let turn = 0; turn <= mostRedirects; turn++) {
    const response = await transport(at.href, {
      headers: { accept: "text/plain", "accept-encoding": "identity" },
      signal,
    });
    const { location } = response.headers;
    if (response.status < 300 || response.status > 399 || location === undefined) return response;
    response.cancel();
    const to = URL.canParse(location, at.href) ? new URL(location, at.href) : undefined;
    const secure = to?.protocol === "https:" || (to?.protocol === "http:" && at.protocol === "http:");
    if (!to || !secure || to.hostname !== start.hostname)
      throw new FitsError("HTTP", `${start.host} redirects elsewhere (${clipped(to?.host ?? location)})`);
    at = to;
  }
  throw new FitsError("HTTP", `${start.host} redirects more than ${mostRedirects} times`);
}

async function textOf(response: TransportResponse, host: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  await response.read((chunk) => {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new FitsError("HTTP", `${host} sends more than a name resolver would`);
    text += decoder.decode(chunk, { stream: true });
  });
  // A page of a hotel's network or a proxy answers with 200, too.
  if (!/^[#%]/m.test(text)) throw new FitsError("HTTP", `${host} does not answer as Sesame does`);
  return text;
}

/** `%J 10.6847083 +41.2687500 = 00:42:44.33 +41:16:07.5` is the position, `%I.0 M  31` the main name. */
function positionIn(answer: string, asked: string, host: string): ResolvedName {
  const position = /^%J\s+([+-]?\d+(?:\.\d*)?)\s+([+-]?\d+(?:\.\d*)?)/m.exec(answer);
  const [lon, lat] = [Number(position?.[1] ?? Number.NaN), Number(position?.[2] ?? Number.NaN)];
  if (!(lon >= 0 && lon <= 360 && Math.abs(lat) <= 90)) {
    throw new FitsError(
      "NOT_FOUND",
      `no object is known by the name '${clipped(asked)}' (Sesame at ${new URL(host).host}: SIMBAD, NED, VizieR); check its spelling`,
    );
  }
  const main = /^%I\.0\s+(\S.*)$/m.exec(answer)?.[1];
  const name = main
    ?.replace(/\p{Cc}/gu, "")
    .trim()
    .replace(/\s+/g, " ")
    .slice(0, longestName);
  return { lon: lon % 360, lat, name: name || asked };
}
