/**
 * As much of the services that give tokens as Google's and Microsoft's libraries ask for: Google's token endpoint and the login of
 * Microsoft Entra over TLS, by a proxy that leads all host names here; the metadata server of a machine at Google, and the
 * identity endpoint of an App Service over plain HTTP.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type Certificate, certificateFor } from "./certificate.js";

export interface IdentityServer {
  /** Base address without TLS. */
  readonly url: string;
  /** Of the proxy, for HTTPS_PROXY. */
  readonly proxy: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly certFile: string;
  /** Method, host without its port, path without its query, of all requests. */
  readonly asked: string[];
  /** All tokens that were given, which begin with "HUSH". */
  readonly tokens: Set<string>;
  /** No login is right any more. */
  refuse(): void;
  close(): Promise<void>;
}

const tenant = "https://login.microsoftonline.com/tenant";
const configuration = {
  token_endpoint: `${tenant}/oauth2/v2.0/token`,
  authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
  issuer: `${tenant}/v2.0`,
};

export async function startIdentityServer(): Promise<IdentityServer> {
  const certificate: Certificate = certificateFor(
    ...["oauth2.googleapis.com", "login.microsoftonline.com"].map((name) => `DNS:${name}`),
  );
  const asked: string[] = [];
  const tokens = new Set<string>();
  const sockets = new Set<Socket>();
  let isRefusing = false;

  /** Status and body of the answer to a request for a path. */
  function reply(path: string): readonly [status: number, body: object | string] {
    if (path.endsWith("/discovery/instance"))
      return [200, { tenant_discovery_endpoint: `${tenant}/v2.0/.well-known/openid-configuration` }];
    if (path.endsWith("/openid-configuration")) return [200, configuration];
    if (!path.endsWith("/token")) return [200, "here"];
    const said = path.includes("/oauth2/v2.0/") ? "AADSTS7000215: no, HUSH-said" : "no, HUSH-said";
    if (isRefusing) return [400, { error: "invalid_grant", error_description: said }];
    const token = `HUSH${tokens.size}`;
    tokens.add(token);
    const seconds = 3600;
    const expiry = String(Math.floor(Date.now() / 1000) + seconds);
    return [200, { access_token: token, expires_in: seconds, expires_on: expiry, token_type: "Bearer" }];
  }

  function answer({ method, headers, url = "/" }: IncomingMessage, response: ServerResponse): void {
    const path = url.replace(/\?.*/, "");
    asked.push(`${method} ${headers.host?.replace(/:\d+$/, "")}${path}`);
    const [status, body] = reply(path);
    const isText = typeof body === "string";
    const type = isText ? "text/plain" : "application/json";
    response.writeHead(status, { "content-type": type, "metadata-flavor": "Google" });
    response.end(isText ? body : JSON.stringify(body));
  }

  const plain = createServer(answer);
  const secure = createSecureServer({ key: certificate.key, cert: certificate.cert }, answer);
  const proxy = createServer();
  proxy.on("connect", (_, socket: Socket) => {
    const to = connect((secure.address() as AddressInfo).port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      to.pipe(socket);
      socket.pipe(to);
    });
    for (const end of [to, socket]) {
      sockets.add(end);
      end.on("error", () => {});
    }
  });
  const [plainUrl, , proxyUrl] = await Promise.all([plain, secure, proxy].map(listen));
  return {
    ...{ url: plainUrl!, proxy: proxyUrl!, certFile: certificate.certFile, asked, tokens },
    refuse: () => {
      isRefusing = true;
    },
    async close() {
      for (const server of [plain, secure, proxy]) {
        server.close();
        server.closeAllConnections();
      }
      for (const socket of sockets) socket.destroy();
      certificate.remove();
    },
  };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}
