/**
 * The memory of an answer, touched while that is waited for.
 */
import { expect, test } from "vitest";
import { transport } from "../../src/platform/node-http.js";
import type { TransportResponse } from "../../src/source/transport.js";
import { noise, startRangeServer } from "../servers/range-server.js";

const size = 1_000_000;
const before = noise(size);

/** Memory that tells what is written to it, and the answer to a request of `latency` milliseconds that is to fill it. */
async function ask(latency: number): Promise<{ written: [at: number, value: number][]; asked: number }> {
  const server = await startRangeServer({ files: { "/a": before }, latency });
  const written: [number, number][] = [];
  const memory = new Proxy(before, {
    get: (target, key) => Reflect.get(target, key),
    set: (_, key, value) => written.push([Number(key), value]) > 0,
  });
  let asked = 0;
  const response: TransportResponse = await transport(`${server.url}/a`, {
    headers: { range: "bytes=0-9" },
    signal: new AbortController().signal,
    room: () => {
      asked++;
      return memory;
    },
  });
  const until = [...written];
  await response.read(() => {});
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(written).toEqual(until);
  await server.close();
  return { written, asked };
}

test("each page of the memory of an answer is touched once while that is waited for, and nothing is changed", async () => {
  const { written, asked } = await ask(100);
  expect(asked).toBe(1);
  expect(written.map(([at]) => at)).toEqual(
    Array.from({ length: Math.ceil(size / 4096) }, (_, i) => i * 4096),
  );
  for (const [at, value] of written) expect(value).toBe(before[at]);
});

test("memory that is not to be had is told by whoever reads the answer", async () => {
  const server = await startRangeServer({ files: { "/a": before }, latency: 30 });
  const response = await transport(`${server.url}/a`, {
    headers: { range: "bytes=0-9" },
    signal: new AbortController().signal,
    room: () => {
      throw new RangeError("too large");
    },
  });
  expect(response.status).toBe(206);
  response.cancel();
  await server.close();
});

test("nothing is touched for a request that was given up", async () => {
  const server = await startRangeServer({ files: { "/a": before }, latency: 100 });
  const controller = new AbortController();
  let asked = 0;
  const answer = transport(`${server.url}/a`, {
    headers: { range: "bytes=0-9" },
    signal: controller.signal,
    room: () => {
      asked++;
      return undefined;
    },
  });
  controller.abort();
  await expect(answer).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(asked).toBe(0);
  await server.close();
});
