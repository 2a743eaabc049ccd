/**
 * Listeners of progress and of requests: what they hear, and that they fail no read.
 */
import { describe, expect, test, vi } from "vitest";
import { createProfile, open, openSession } from "../../src/index.js";
import { createReader } from "../../src/read/run.js";
import { image, virtualFile } from "../hdu/virtual.js";
import { far, held, plan, serve, settled } from "./held.js";

describe("listeners", () => {
  const file = virtualFile([image(undefined, 16, [100, 100], 2880)]);
  const bytes = file.read({ offset: 0, length: file.size });
  const fails = (): never => {
    throw new Error("the listener's own");
  };

  test("that throw fail nothing, and the profile goes on", async () => {
    const profile = createProfile({ onRequest: fails });
    const fits = await open(bytes, { profile, onProgress: fails });
    const { data } = await (await fits.image()).section();
    expect(data).toHaveLength(10_000);
    expect(profile.summary().requests).toBe(1);
  });

  test("that are async and fail later fail nothing either", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const later = async (): Promise<never> => fails();
    const profile = createProfile({ onRequest: later });
    const fits = await open(bytes, { profile, onProgress: later });
    await (await fits.image()).section();
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("of progress hear of bytes that grow to their total, and nothing once the read was given up", async () => {
    const seen: { bytes: number; total: number }[] = [];
    const source = held("test://a/1", 10_000_050);
    const reader = createReader(source, { session: openSession(), optimize: "bytes" });
    const onProgress = (progress: { bytes: number; total: number }): void => void seen.push(progress);
    await serve([source], reader.run(plan([...far(1), ...far(2, 5)]), { onProgress }));
    expect(seen.at(-1)!.bytes).toBe(seen.at(-1)!.total);
    expect(seen.map(({ bytes }) => bytes)).toEqual([...seen.map(({ bytes }) => bytes)].sort((a, b) => a - b));
    const before = seen.length;
    const stop = new AbortController();
    const ranges = [{ offset: 3_000_000, length: 100 }];
    const given = reader.run(plan(ranges), { onProgress, signal: stop.signal });
    const shared = reader.run(plan(ranges));
    await settled();
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await serve([source], shared);
    expect(seen).toHaveLength(before);
  });

  test("of progress hear of bytes that another read has asked for", async () => {
    const source = held("test://a/1", 10_000_050);
    const reader = createReader(source, { session: openSession(), optimize: "bytes" });
    const seen: { bytes: number; total: number }[] = [];
    const shared = { offset: 3_000_000, length: 1000 };
    const first = reader.run(plan([shared]));
    const own = { offset: 5_000_000, length: 10 };
    const second = reader.run(plan([shared, own]), { onProgress: (progress) => void seen.push(progress) });
    await settled();
    source.answer(own.offset);
    await settled();
    expect(seen).toEqual([{ bytes: 10, total: 1010 }]);
    await serve([source], Promise.all([first, second]));
    expect(seen.at(-1)).toEqual({ bytes: 1010, total: 1010 });
    expect(source.asked).toHaveLength(2);
  });
});
