import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gzipped, startGcsServer } from "./gcs-server.js";
import { noise, type RangeServer } from "./range-server.js";

const data = noise(1000);
const tokens = new Set<string>();
let server: RangeServer;
beforeEach(async () => {
  tokens.clear();
  server = await startGcsServer({ objects: { "a/b.fits": data, [gzipped]: data }, tokens });
});
afterEach(() => server.close());

const media = (bucket: string, object: string, more = ""): string =>
  `${server.url}/storage/v1/b/${bucket}/o/${object}?alt=media${more}`;
const get = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers: { "accept-encoding": "identity", ...headers } });
const bytesOf = async (answer: Response): Promise<Uint8Array> => new Uint8Array(await answer.arrayBuffer());

describe("the server of Google Cloud Storage", () => {
  it("answers with parts of an object whose name is encoded, slashes included", async () => {
    const answer = await get(media("public", "a%2Fb.fits"), { range: "bytes=10-19" });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([206, "bytes 10-19/1000"]);
    expect(await bytesOf(answer)).toEqual(data.slice(10, 20));
    expect((await get(media("public", "a/b.fits"))).status).toBe(404);
  });

  it.each<[what: string, bucket: string, object: string, more: string, status: number, text: RegExp]>([
    ["a missing object", "public", "none", "", 404, /^No such object: public\/none$/],
    ["a missing bucket", "other", "a%2Fb.fits", "", 404, /bucket does not exist/],
    ["an anonymous reader", "closed", "a%2Fb.fits", "", 401, /^Anonymous caller does not have/],
    ["a token that is not known", "closed", "a%2Fb.fits", "nobody", 401, /^Invalid Credentials$/],
    ["a token without leave", "closed", "a%2Fb.fits", "stranger", 403, /does not have storage\.objects\.get/],
    ["a reader who does not pay", "pays", "a%2Fb.fits", "reader", 400, /requester pays/],
  ])("refuses %s in Google's words", async (_, bucket, object, token, status, text) => {
    for (const known of ["reader", "stranger"]) tokens.add(known);
    const answer = await get(media(bucket, object), token ? { authorization: `Bearer ${token}` } : {});
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(text)]);
  });

  it("lets tokens in, and who pays", async () => {
    tokens.add("reader");
    const headers = { authorization: "Bearer reader", range: "bytes=0-9" };
    expect((await get(media("closed", "a%2Fb.fits"), headers)).status).toBe(206);
    expect((await get(media("pays", "a%2Fb.fits", "&userProject=me"), headers)).status).toBe(206);
  });

  it("ignores ranges of what is stored as gzip, but for those who take gzip", async () => {
    const whole = await get(media("public", gzipped), { range: "bytes=0-9" });
    expect([whole.status, await bytesOf(whole)]).toEqual([200, data]);
    const part = await get(media("public", gzipped), { range: "bytes=0-1", "accept-encoding": "gzip" });
    expect([part.status, [...(await bytesOf(part))]]).toEqual([206, [0x1f, 0x8b]]);
  });

  it("answers nothing but media", async () => {
    expect((await get(`${server.url}/storage/v1/b/public/o/a%2Fb.fits`)).status).toBe(404);
    expect((await get(`${server.url}/public/a/b.fits`)).status).toBe(404);
  });
});
