import { afterEach, describe, expect, it } from "vitest";
import { httpSource } from "../../src/source/http.js";
import type { RequestRecord } from "../../src/source/source.js";
import {
  noise,
  type RangeServer,
  type RangeServerOptions,
  startRangeServer,
} from "../servers/range-server.js";

const data = noise(100_000);
const open: RangeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: RangeServerOptions = {}): Promise<RangeServer> {
  const server = await startRangeServer({ files: { "/a.fits": data }, ...options });
  open.push(server);
  return server;
}

describe("httpSource", () => {
  it("reads a range with one GET and learns the size from it", async () => {
    const { url, requests } = await serve();
    const source = httpSource(`${url}/a.fits`);
    expect(source.size).toBeUndefined();
    expect(await source.getRange({ offset: 10, length: 20 })).toEqual(data.slice(10, 30));
    expect(source.size).toBe(100_000);
    expect(requests.map(({ method, offset, length }) => [method, offset, length])).toEqual([["GET", 10, 20]]);
  });

  it("fills and answers with the caller's memory", async () => {
    const { url } = await serve();
    const source = httpSource(`${url}/a.fits`);
    const into = new Uint8Array(20);
    expect(await source.getRange({ offset: 10, length: 20 }, { into })).toBe(into);
    expect(into).toEqual(data.slice(10, 30));
  });

  it("answers short at the end, empty past it, without asking once the size is known", async () => {
    const { url, requests } = await serve();
    const source = httpSource(`${url}/a.fits`);
    expect(await source.getRange({ offset: 99_990, length: 1e12 })).toEqual(data.slice(99_990));
    expect(await source.getRange({ offset: 100_000, length: 10 })).toHaveLength(0);
    expect(await source.getRange({ offset: 0, length: 0 })).toHaveLength(0);
    expect(requests).toHaveLength(1);
  });

  it("reports every request", async () => {
    const { url } = await serve();
    const records: RequestRecord[] = [];
    const source = httpSource(`${url}/a.fits`);
    await source.getRange({ offset: 5, length: 10 }, { record: (r) => records.push(r) });
    expect(records).toMatchObject([
      { offset: 5, length: 10, requested: 10, status: 206, url: `${url}/a.fits` },
    ]);
    const [{ start, firstByte, end }] = records as [RequestRecord];
    expect(start).toBeLessThanOrEqual(firstByte);
    expect(firstByte).toBeLessThanOrEqual(end);
  });
});
