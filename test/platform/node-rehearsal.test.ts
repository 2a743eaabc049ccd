/**
 * The rehearsal of a section: it goes the whole way, disturbs nothing, and takes place once, for servers that are far.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRangeServer } from "../servers/range-server.js";

const bytes = new TextEncoder().encode(
  [
    "SIMPLE  =                    T",
    "BITPIX  =                    8",
    "NAXIS   =                    0",
    "END",
  ]
    .map((card) => card.padEnd(80))
    .join("")
    .padEnd(2880),
);

/** How often `rehearse` was called, by a process of its own so to say, while files were opened one after the other. */
async function rehearsalsWhile(latencies: readonly number[]): Promise<{ calls: number; requests: number[] }> {
  const rehearse = vi.fn(async () => {});
  vi.doMock("../../src/platform/node-rehearsal.js", () => ({ rehearse }));
  const { open } = await import("../../src/open.js");
  const requests: number[] = [];
  for (const latency of latencies) {
    const server = await startRangeServer({ files: { "/a.fits": bytes }, latency });
    const fits = await open(`${server.url}/a.fits`);
    expect((await fits.hdus()).length).toBe(1);
    requests.push(server.requests.length);
    await fits.close();
    await server.close();
  }
  return { calls: rehearse.mock.calls.length, requests };
}

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.doUnmock("../../src/platform/node-rehearsal.js");
  vi.restoreAllMocks();
});

describe("the rehearsal of a section", () => {
  test("goes the whole way to pixels, and sends nothing", async () => {
    const network = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("the network was used"));
    const { rehearse } = await import("../../src/platform/node-rehearsal.js");
    const { shape, data } = await rehearse();
    expect(shape).toEqual([60, 80]);
    expect(data).toBeInstanceOf(Float32Array);
    expect(Array.from(data, Number).every((value) => value === 0)).toBe(true);
    expect(network).not.toHaveBeenCalled();
  });

  test("takes place once, while the first far server's answer is on its way, and costs no request", async () => {
    expect(await rehearsalsWhile([200, 200])).toEqual({ calls: 1, requests: [1, 1] });
  });

  test("that fails is not noticed", async () => {
    vi.doMock("../../src/platform/node-rehearsal.js", () => {
      throw new Error("no such module");
    });
    const { open } = await import("../../src/open.js");
    const server = await startRangeServer({ files: { "/a.fits": bytes }, latency: 200 });
    expect((await (await open(`${server.url}/a.fits`)).hdus()).length).toBe(1);
    await server.close();
  });
});
