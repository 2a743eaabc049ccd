/**
 * Proxies that the environment names: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case, as curl
 * and most tools understand them. The modules that speak to proxies are optional, and loaded only when one is named.
 */
import type { Agent } from "node:http";
import { FitsError } from "../errors.js";
import { installed } from "./node-optional.js";

const advice =
  "the environment names a proxy (HTTPS_PROXY ...), which needs the optional dependencies of fitslice; npm install them, or set NO_PROXY";

type ProxyAgent = Agent & { readonly proxy: URL };

/** By the proxy's address, for plain and for encrypted requests: connections to it are kept. */
const agents = new Map<string, ProxyAgent>();

const variables = ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [name, name.toUpperCase()]);

/** Whether the environment names any proxy. */
export function hasProxies(): boolean {
  return variables.some((name) => process.env[name]);
}

/** The agent that takes a request for `url` to its proxy; undefined where it goes straight. */
export async function proxyAgent(url: string): Promise<ProxyAgent | undefined> {
  const isHttps = url.startsWith("https:");
  // In a CGI script HTTP_PROXY is what a stranger's request says in its header "Proxy".
  if (!isHttps && process.env["REQUEST_METHOD"] && !process.env["http_proxy"]) return undefined;
  const { getProxyForUrl } = await installed(import("proxy-from-env"), advice);
  const proxy = getProxyForUrl(url);
  if (proxy === "") return undefined;
  if (!/^https?:\/\//i.test(proxy) || !URL.canParse(proxy)) {
    throw new FitsError(
      "UNSUPPORTED",
      "the proxy that the environment names is not an http: or https: URL; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
    );
  }
  const key = `${isHttps} ${proxy}`;
  const known = agents.get(key);
  if (known) return known;
  const address = new URL(proxy);
  const options = { keepAlive: true };
  const agent = isHttps
    ? new (await installed(import("https-proxy-agent"), advice)).HttpsProxyAgent(address, options)
    : new (await installed(import("http-proxy-agent"), advice)).HttpProxyAgent(address, options);
  agents.set(key, agent);
  return agent;
}

/** An error that names the proxy where nobody answers at its address. Node connects to the proxy alone: the server is not the cause. */
export function orNoProxy(error: NodeJS.ErrnoException, { proxy }: ProxyAgent): Error {
  if (error.code !== "ECONNREFUSED" && error.code !== "ENOTFOUND") return error;
  return new FitsError(
    "NETWORK",
    `no answer of the proxy ${proxy.host} that the environment names (${error.code}); check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or set NO_PROXY`,
  );
}
