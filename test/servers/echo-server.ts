/**
 * A server in front of another one that repeats all that it was sent, wherever it can: in headers of each answer, in the bodies of refusals, in
 * every form that a gateway's error page may give it.
 */
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface EchoServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts it in front of the server at `port`. The header Host goes through, so that signatures hold. */
export async function startEchoServer(port: number): Promise<EchoServer> {
  const server = createServer((request, response) => {
    const { authorization = "", "x-amz-security-token": session = "" } = request.headers;
    const basic = Buffer.from(authorization.replace(/^\S+ /, ""), "base64").toString("latin1");
    const said = [authorization, authorization.replace(/^\S+ /, ""), String(session), request.url ?? ""];
    if (/^basic/i.test(authorization)) said.push(basic, basic.replace(/^[^:]*:/, ""));
    const query = new URL(request.url ?? "/", "http://any").searchParams;
    said.push(...query.values());
    const all = said
      .filter(Boolean)
      .flatMap((text) => [
        text,
        encodeURIComponent(text),
        encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
        Buffer.from(text).toString("base64"),
        Buffer.from(text).toString("base64url"),
      ]);
    const echo = all.join(" | ").replace(/[^ -~]/g, "?");
    const { host, ...rest } = request.headers;
    const onward = ask({
      port,
      host: "127.0.0.1",
      path: request.url,
      method: request.method,
      headers: { ...rest, host },
    });
    onward.on("error", () => response.destroy());
    onward.on("response", (answer) => {
      const { "content-length": length, ...headers } = answer.headers;
      const status = answer.statusCode ?? 500;
      const isRefusal = status >= 400;
      response.writeHead(status, {
        ...headers,
        ...(!isRefusal && length !== undefined && { "content-length": length }),
        "x-echo": echo,
      });
      if (isRefusal) response.write(`<!-- ${echo} -->`);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
