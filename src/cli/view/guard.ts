/**
 * Who may ask the server of a viewer: pages of its own, on this machine, that know its token.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A word that nobody guesses, fit for a path. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What is right of a request: `token`, or `ticket`, which is good for one request. */
export type Admitted = "token" | "ticket";

export interface Guard {
  /** The path of the page, with the token: `/TOKEN/`. */
  readonly base: string;
  /** A path that leads there once: command lines, where browsers get it, can be read by all users of a machine. */
  ticket(): string;
  /** How the request is admitted, or the answer that refuses. */
  check(request: Request): Admitted | Response;
}

/**
 * The guard of a server on loopback at `port`. Refused are: methods but GET and HEAD; a Host other than 127.0.0.1 and localhost
 * at this port, as after DNS rebinding; an Origin other than these; and paths without the token.
 */
export function guardOf(port: number): Guard {
  const token = newToken();
  let ticket: string | undefined;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    base: `/${token}/`,
    ticket() {
      ticket = newToken();
      return `/${ticket}`;
    },
    check(request) {
      if (request.method !== "GET" && request.method !== "HEAD")
        return refusal(405, "a viewer is only read: GET or HEAD", { Allow: "GET, HEAD" });
      // A host in the first line of a request stands above the header.
      const asked = [request.headers.get("Host"), new URL(request.url).host];
      if (!asked.every((host) => host !== null && hosts.includes(host.toLowerCase())))
        return refusal(403, "this server answers to 127.0.0.1 and localhost only");
      const origin = request.headers.get("Origin");
      if (origin !== null && !hosts.some((own) => origin.toLowerCase() === `http://${own}`))
        return refusal(403, "this server answers to its own pages only");
      const [, first = "", ...rest] = new URL(request.url).pathname.split("/");
      if (isEqual(first, token)) return "token";
      if (ticket !== undefined && rest.length === 0 && isEqual(first, ticket)) {
        ticket = undefined;
        return "ticket";
      }
      return refusal(403, "the address lacks its token: take the one that fitslice view printed");
    },
  };
}

/** Takes the same time wherever the two differ, and whatever their lengths. */
function isEqual(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(first!, second!);
}

/** An answer that says in one line why there is no other. */
export function refusal(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(`${message}\n`, {
    status,
    headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" },
  });
}
