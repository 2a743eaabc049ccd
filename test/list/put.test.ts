import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveSource } from "../../src/index.js";
import { list, putObject, removeObject } from "../../src/list/index.js";
import type { PutOptions } from "../../src/list/put.js";
import { type Azurite, account, accountKey, hasAzurite, startAzurite } from "../servers/azurite.js";
import { hasSwift, type SwiftServer, startSwift } from "../servers/swift.js";

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";
for (const [name, there] of [
  ["Swift", hasSwift()],
  ["Azurite", hasAzurite()],
] as const) {
  if (!there && required) throw new Error(`no ${name} here`);
  if (!there) console.warn(`skipped: ${name} is not installed, so nothing is written to it`);
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

async function contents(address: string, options: PutOptions): Promise<string> {
  const source = await resolveSource(address, options);
  const bytes = await source.getRange({ offset: 0, length: 1000 });
  await source.close?.();
  return new TextDecoder().decode(bytes);
}

/** Whatever the store: an object is put, found, kept where that is asked for, replaced, and removed. */
async function checkStore(root: string, options: PutOptions): Promise<void> {
  const address = `${root}/part of it/a+b.txt`;
  expect(await putObject(address, bytesOf("first"), { ...options, ifAbsent: true })).toBe(true);
  expect(await putObject(address, bytesOf("second"), { ...options, ifAbsent: true })).toBe(false);
  expect(await contents(address, options)).toBe("first");
  expect(await putObject(address, bytesOf("third"), options)).toBe(true);
  expect(await contents(address, options)).toBe("third");
  await removeObject(address, options);
  await removeObject(address, options);
  await expect(contents(address, options)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await putObject(address, bytesOf("fourth"), options);
  const left: string[] = [];
  for await (const { href } of list(`${root}/`, { ...options, recursive: true })) left.push(href);
  expect(left).toEqual([address]);
}

describe.skipIf(!hasSwift())("S3, by Swift", () => {
  let swift: SwiftServer;
  beforeAll(async () => {
    swift = await startSwift();
    await swift.createBucket("bucket");
  }, 60_000);
  afterAll(() => swift?.close());

  test("an object", async () => {
    const { url: endpoint, region, owner: credentials } = swift;
    await checkStore("s3://bucket/out", { s3: { endpoint, region, credentials } });
  });

  test("a key that may not write is refused", async () => {
    const { url: endpoint, region, stranger: credentials } = swift;
    const refused = putObject("s3://bucket/x", bytesOf("x"), { s3: { endpoint, region, credentials } });
    await expect(refused).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe.skipIf(!hasAzurite())("Azure, by Azurite", () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
    await azurite.createContainer("container");
  }, 60_000);
  afterAll(() => azurite?.close());

  test("a blob", async () => {
    await checkStore(`az://${account}/container/out`, { az: { endpoint: azurite.endpoint, accountKey } });
  });
});

test("Google Cloud Storage: an upload on condition that there is no generation", async () => {
  const asked: string[] = [];
  const objects = new Map<string, Uint8Array>();
  const fetch: NonNullable<PutOptions["fetch"]> = async (url, { method = "GET", headers, body }) => {
    const { pathname, searchParams } = new URL(url);
    asked.push(`${method} ${pathname}${new URL(url).search}`);
    expect(new Headers(headers).get("authorization")).toBe("Bearer token");
    const name = searchParams.get("name") ?? decodeURIComponent(pathname.split("/o/")[1] ?? "");
    if (method === "POST") {
      if (searchParams.get("ifGenerationMatch") === "0" && objects.has(name))
        return new Response("{}", { status: 412 });
      objects.set(name, body as Uint8Array);
      return new Response("{}");
    }
    return new Response(null, { status: objects.delete(name) ? 204 : 404 });
  };
  const options: PutOptions = { fetch, gs: { endpoint: "http://127.0.0.1:1", token: "token" } };
  const address = "gs://bucket/a/b c.txt";
  expect(await putObject(address, bytesOf("x"), { ...options, ifAbsent: true })).toBe(true);
  expect(await putObject(address, bytesOf("y"), { ...options, ifAbsent: true })).toBe(false);
  expect([...objects.keys()]).toEqual(["a/b c.txt"]);
  await removeObject(address, options);
  await removeObject(address, options);
  expect(objects.size).toBe(0);
  expect(asked[0]).toBe(
    "POST /upload/storage/v1/b/bucket/o?uploadType=media&name=a%2Fb%20c.txt&ifGenerationMatch=0",
  );
});

test("what fails in passing is sent again; what is refused, or is no store, is told", async () => {
  let tries = 0;
  const options: PutOptions = {
    s3: {
      endpoint: "http://127.0.0.1:1",
      credentials: { accessKeyId: "id", secretAccessKey: "hidden-word" },
    },
    fetch: async () => new Response("", { status: ++tries < 3 ? 503 : 200 }),
  };
  expect(await putObject("s3://bucket/x", bytesOf("x"), options)).toBe(true);
  expect(tries).toBe(3);
  const denied: PutOptions = {
    ...options,
    fetch: async () => new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 }),
  };
  await expect(putObject("s3://bucket/x", bytesOf("x"), denied)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(putObject("http://h/x", bytesOf("x"))).rejects.toMatchObject({ code: "BAD_SOURCE" });
});

test.each([undefined, null, 5, {}, "", "nothing"])(
  "the address %j is refused in one line",
  async (address) => {
    const wrong = address as string;
    await expect(putObject(wrong, bytesOf("x"))).rejects.toMatchObject({ code: "BAD_SOURCE" });
    await expect(removeObject(wrong)).rejects.toMatchObject({ code: "BAD_SOURCE" });
  },
);

test("what is no bytes, or no options, is refused", async () => {
  const refused = { code: "BAD_ARGUMENT" };
  await expect(putObject("s3://bucket/x", "text" as never)).rejects.toMatchObject(refused);
  await expect(putObject("s3://bucket/x", bytesOf("x"), 5 as never)).rejects.toMatchObject(refused);
  await expect(removeObject("s3://bucket/x", 5 as never)).rejects.toMatchObject(refused);
});
