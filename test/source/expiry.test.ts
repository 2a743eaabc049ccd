import { describe, expect, it } from "vitest";
import type { SourceOptions } from "../../src/source/options.js";
import type { RequestRecord } from "../../src/source/source.js";
import { clients, data, httpSource, testServers } from "./http-source.js";

const { serve } = testServers();

const range = { offset: 10, length: 20 };
const bytes = data.slice(10, 30);

/** What stores say of addresses that have expired. */
const expired = {
  S3: [403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"],
  "S3, temporary keys": [400, "<Error><Code>ExpiredToken</Code></Error>"],
  Azure: [
    403,
    "<Error><Code>AuthenticationFailed</Code>... Signature not valid in the specified time frame ...</Error>",
  ],
  GCS: [400, "<Error><Code>ExpiredToken</Code><Message>Invalid argument.</Message></Error>"],
  "a server that says nothing": [403, ""],
} as const;

/** A server that takes the signatures in `good`. */
async function signedServer(
  status: number,
  body: string,
): Promise<{ url: string; good: Set<string>; asked: string[] }> {
  const good = new Set<string>();
  const asked: string[] = [];
  const { url } = await serve({
    route: ({ url = "" }, path) => {
      const signature = new URL(url, "http://x").searchParams.get("Signature") ?? "";
      asked.push(signature);
      return good.has(signature) ? { path } : { status, body };
    },
  });
  return { url: `${url}/a.fits?Signature=`, good, asked };
}

describe.each(clients)("addresses that expire, over %s", (_, client) => {
  describe.each(Object.entries(expired))("of %s", (_, [status, body]) => {
    it("are EXPIRED, and the message shows no signature", async () => {
      const { url, good } = await signedServer(status, body);
      good.add("HUSH1");
      const source = httpSource(`${url}HUSH1`, { ...client, retries: 0 });
      expect(await source.getRange(range)).toEqual(bytes);
      good.clear();
      const records: RequestRecord[] = [];
      const error: unknown = await source.getRange(range, { record: (r) => records.push(r) }).catch((e) => e);
      expect(error).toMatchObject({
        code: "EXPIRED",
        message: expect.stringMatching(/expired.*; get a new one/),
      });
      expect(`${error}${JSON.stringify(records)}`).not.toContain("HUSH");
    });

    it("are asked of `refresh`, once for all reads in flight", async () => {
      const { url, good, asked } = await signedServer(status, body);
      good.add("HUSH1");
      const given: string[] = [];
      const source = httpSource(`${url}HUSH1`, {
        ...client,
        refresh: async (old) => {
          given.push(old);
          await new Promise((resolve) => setTimeout(resolve, 20));
          good.add(`HUSH${given.length + 1}`);
          return `${url}HUSH${given.length + 1}`;
        },
      });
      expect(await source.getRange(range)).toEqual(bytes);
      for (const turn of [1, 2]) {
        good.clear();
        const all = await Promise.all(Array.from({ length: 8 }, () => source.getRange(range)));
        for (const one of all) expect(one).toEqual(bytes);
        expect(given).toHaveLength(turn);
      }
      expect(given).toEqual([`${url}HUSH1`, `${url}HUSH2`]);
      expect(asked.at(-1)).toBe("HUSH3");
      expect(source.href).toMatch(/Signature=\*\*\*$/);
    });
  });

  it("are known by the time that they name", async () => {
    const { url } = await serve({ route: () => ({ status: 403, body: "no" }) });
    const code = (query: string): Promise<unknown> =>
      httpSource(`${url}/a.fits?${query}`, client)
        .getRange(range)
        .catch(({ code }) => code);
    const long = "20240101T000000Z";
    const now = new Date(Date.now() + 3.6e6).toISOString();
    expect(await code(`X-Amz-Signature=abcdef&X-Amz-Date=${long}&X-Amz-Expires=3600`)).toBe("EXPIRED");
    expect(await code(`X-Goog-Signature=abcdef&X-Goog-Date=${long}&X-Goog-Expires=60`)).toBe("EXPIRED");
    expect(await code("Signature=abcdef&Expires=1700000000")).toBe("EXPIRED");
    expect(await code("sig=abcdef&se=2024-01-01T00%3A00%3A00Z")).toBe("EXPIRED");
    expect(await code(`sig=abcdef&se=${encodeURIComponent(now)}`)).toBe("FORBIDDEN");
    expect(await code("Signature=abcdef&Expires=4000000000")).toBe("FORBIDDEN");
    expect(await code("x=1&Expires=1700000000")).toBe("FORBIDDEN");
  });

  it("end in one line where `refresh` fails, or gives what is of no use", async () => {
    const { url, good, asked } = await signedServer(403, "Request has expired");
    const refused = async (
      refresh: unknown,
      more: SourceOptions,
      code: string,
      words: RegExp,
    ): Promise<void> => {
      const source = httpSource(`${url}HUSH1`, { ...client, ...more, refresh: refresh as never });
      const error: unknown = await source.getRange(range).catch((e) => e);
      expect(error).toMatchObject({ name: "FitsError", code, message: expect.stringMatching(words) });
      expect(String(error)).not.toContain("HUSH");
    };
    await refused(() => Promise.reject(new Error("no HUSH")), {}, "EXPIRED", /"refresh" failed/);
    await refused(() => 7, {}, "BAD_ARGUMENT", /must give an http/);
    await refused(() => "file:///etc/passwd", {}, "BAD_ARGUMENT", /must give an http/);
    await refused(() => "https://h.example/", { schemes: ["http"] }, "BAD_SOURCE", /not allowed/);
    await refused(
      () => "http://h.example/",
      { headers: { authorization: "Bearer HUSH" } },
      "BAD_SOURCE",
      /another host/,
    );
    await refused(() => new Promise(() => {}), { timeout: 50 }, "TIMEOUT", /"refresh" did not answer/);
    asked.length = 0;
    await refused(() => `${url}HUSH2`, {}, "EXPIRED", /expired/);
    expect(asked).toEqual(["HUSH1", "HUSH2"]);
    good.add("HUSH1");
    expect(() => httpSource(url, { refresh: "x" as never })).toThrow(/refresh must be a function/);
  });

  it("that a redirect gave are asked of the first address again", async () => {
    const { url, good, asked } = await signedServer(403, "Request has expired");
    let turn = 0;
    const front = await serve({
      route: () => {
        good.clear();
        good.add(`HUSH${++turn}`);
        return { status: 302, headers: { location: `${url}HUSH${turn}` } };
      },
    });
    const source = httpSource(`${front.url}/a`, client);
    expect(await source.getRange(range)).toEqual(bytes);
    good.clear();
    expect(await source.getRange(range)).toEqual(bytes);
    expect(asked).toEqual(["HUSH1", "HUSH1", "HUSH2"]);
  });
});

describe.each(clients)("tokens that rotate, over %s", (_, client) => {
  it("are asked for again, once, when one is refused", async () => {
    let right = "Bearer one1";
    let asked = 0;
    const { url, requests } = await serve({
      route: ({ headers }, path) => (headers.authorization === right ? { path } : { status: 401 }),
    });
    let token = "Bearer one1";
    const source = httpSource(`${url}/a.fits`, {
      ...client,
      headers: async () => {
        asked++;
        const now = token;
        token = right; // the next call gives what holds by then
        return { authorization: now };
      },
    });
    expect(await source.getRange(range)).toEqual(bytes);
    token = "Bearer one1";
    right = "Bearer two2";
    expect(await source.getRange(range)).toEqual(bytes);
    expect([asked, requests.length]).toEqual([3, 3]);
    right = "Bearer three3";
    token = "Bearer two2";
    const wrong = httpSource(`${url}/a.fits`, {
      ...client,
      headers: async () => ({ authorization: "Bearer no" }),
    });
    await expect(wrong.getRange(range)).rejects.toMatchObject({ code: "BAD_CREDENTIALS" });
    expect(requests).toHaveLength(5);
  });
});
