/**
 * A fetch for addresses that clients choose, below a prefix that the operator allows: it goes to the prefix's own server, and never to an
 * address of a private network that a name of the public one leads to.
 */
import { lookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { FitsError } from "fitslice";

/** Networks that are not of the public internet (the registries of RFC 6890). */
const inner = new BlockList();
for (const [net, bits] of [
  ...[
    ["0.0.0.0", 8] as const,
    ["10.0.0.0", 8] as const,
    ["100.64.0.0", 10] as const,
    ["127.0.0.0", 8] as const,
  ],
  ...[["169.254.0.0", 16] as const, ["172.16.0.0", 12] as const, ["192.0.0.0", 24] as const],
  ...[["192.168.0.0", 16] as const, ["198.18.0.0", 15] as const, ["224.0.0.0", 3] as const],
] as const)
  inner.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ...[["::", 96] as const, ["64:ff9b::", 96] as const, ["64:ff9b:1::", 48] as const, ["100::", 64] as const],
  ...[["2002::", 16] as const, ["fc00::", 7] as const, ["fe80::", 10] as const, ["ff00::", 8] as const],
] as const)
  inner.addSubnet(net, bits, "ipv6");

/** Whether an address is one of a private or local network. (BlockList looks at IPv4 within IPv6, too.) */
export function isInner(address: string): boolean {
  const family = isIP(address);
  return family === 0 || inner.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** A lookup whose addresses are checked when the connection is made: what a name means cannot change in between. */
const outerLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const wrong = addresses?.find(({ address }) => isInner(address));
    if (!error && wrong) {
      const refusal = new FitsError("FORBIDDEN", `${hostname} leads to an address of a private network`);
      return callback(refusal as NodeJS.ErrnoException, "", 0);
    }
    if (error || options.all) return callback(error, addresses ?? []);
    const [first] = addresses;
    callback(null, first?.address ?? "", first?.family ?? 0);
  });
};

/**
 * A fetch of the prefix's server alone; undefined for stores that have servers of their own. A server that the operator names by its
 * number, or as localhost, may be a private one.
 */
export function guardedFetch(prefix: URL): typeof fetch | undefined {
  if (!/^https?:$/.test(prefix.protocol)) return undefined;
  const name = prefix.hostname.replace(/^\[|\]$/g, "");
  const isNamed = isIP(name) === 0 && name !== "localhost";
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.host !== prefix.host || url.protocol !== prefix.protocol)
      throw new FitsError("FORBIDDEN", `the server redirects to ${url.host}, which is not allowed`);
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new FitsError("FORBIDDEN", "files are only read");
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      send(
        url,
        {
          method: request.method,
          headers: Object.fromEntries(request.headers),
          signal: request.signal,
          ...(isNamed && { lookup: outerLookup }),
        },
        resolve,
      )
        .on("error", reject)
        .end();
    });
    const headers = new Headers();
    for (const [key, value] of Object.entries(answer.headers))
      if (value !== undefined) headers.set(key, Array.isArray(value) ? value.join(", ") : value);
    const status = answer.statusCode ?? 502;
    const isEmpty = status === 204 || status === 304 || request.method === "HEAD";
    if (isEmpty) answer.resume();
    const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
    return new Response(body, { status, headers });
  };
}
