/**
 * A client of its own for hostile requests: node:http, with a clock that always ends. (`fetch` of Node 20 loses requests for good where
 * others on its connections are refused and closed: no answer, no error, and its AbortSignal.timeout may be collected before its time.)
 */
import { Agent, request } from "node:http";

export interface Asked {
  readonly status: number;
  readonly body: Buffer;
}

export interface Asking {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly form?: URLSearchParams | FormData | undefined;
}

export interface Client {
  /** Rejects where no answer came, or not the whole of one, in the time. Redirects are not followed. */
  ask(url: string, asking?: Asking): Promise<Asked>;
  /**
   * How often a request was sent again, as HTTP has it: the server had closed the kept connection when the request went out, or had
   * waited too long for it (408), as happens on a busy machine.
   */
  readonly repeated: number;
  close(): void;
}

/** A client that waits `limit` milliseconds for an answer. */
export function newClient(limit: number): Client {
  const agent = new Agent({ keepAlive: true });
  let repeated = 0;

  async function ask(url: string, asking: Asking = {}): Promise<Asked> {
    const { form, method = form ? "POST" : "GET" } = asking;
    const sent = form && new Response(form);
    const type = sent?.headers.get("Content-Type");
    const body = sent && Buffer.from(await sent.arrayBuffer());
    const headers = {
      ...asking.headers,
      ...(type && { "Content-Type": type }),
      ...(body && { "Content-Length": String(body.length) }),
    };
    for (;;) {
      const answer = await once(url, { method, headers }, body);
      if (answer && answer.status !== 408) return answer;
      repeated++;
    }
  }

  /** One request; undefined where its connection, one that was kept, was closed before anything of an answer came. */
  function once(
    url: string,
    options: { method: string; headers: Record<string, string> },
    body: Buffer | undefined,
  ): Promise<Asked | undefined> {
    return new Promise((resolve, reject) => {
      const sending = request(url, { ...options, agent });
      const clock = setTimeout(() => sending.destroy(new Error(`no answer in ${limit} ms`)), limit);
      let isAnswered = false;
      const fail = (error: Error): void => {
        clearTimeout(clock);
        const { code } = error as NodeJS.ErrnoException;
        const isRace = sending.reusedSocket && !isAnswered && (code === "ECONNRESET" || code === "EPIPE");
        if (isRace) resolve(undefined);
        else reject(error);
      };
      sending.on("error", fail);
      sending.on("response", (response) => {
        isAnswered = true;
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(clock);
          resolve({ status: response.statusCode!, body: Buffer.concat(parts) });
        });
      });
      sending.end(body);
    });
  }

  return {
    ask,
    get repeated() {
      return repeated;
    },
    close: () => agent.destroy(),
  };
}
