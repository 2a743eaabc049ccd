/**
 * An abort ends what its own read asked for, and nothing else.
 */
import { describe, expect, test } from "vitest";
import { open, openSession } from "../../src/index.js";
import { createReader } from "../../src/read/run.js";
import { image, virtualFile } from "../hdu/virtual.js";
import { far, held, plan, serve, settled } from "./held.js";

describe("an abort", () => {
  test("ends the read's guesses, and no other's", async () => {
    const source = held();
    const reader = createReader(source, { session: openSession() });
    const stop = new AbortController();
    const ahead = far(5, 300_000_000);
    const read = reader.run(plan(far(1), { ahead }), { signal: stop.signal });
    const other = reader.run(plan([{ offset: 5_000_000, length: 100 }], { ahead: far(1, 700_000_000) }));
    await settled();
    expect(source.inFlight).toBe(8);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect([source.inFlight, source.aborted]).toEqual([2, 6]);
    expect(await serve([source], other)).toBe(100);
  });

  test("leaves a guess that another read waits for", async () => {
    const source = held();
    const reader = createReader(source, { session: openSession() });
    const stop = new AbortController();
    const guess = { offset: 300_000_000, length: 100 };
    const read = reader.run(plan(far(1), { ahead: [guess] }), { signal: stop.signal });
    const other = reader.run(plan([guess]));
    await settled();
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect(source.inFlight).toBe(1);
    expect(await serve([source], other)).toBe(100);
    expect(source.asked).toHaveLength(2);
  });

  test("of a walk over 60 HDUs leaves nothing under way", async () => {
    const file = virtualFile([
      image(undefined, 16, [], 2880),
      ...Array.from({ length: 60 }, (_, i) => image(`S${i}`, 16, [2160, 4146], 5760)),
    ]);
    const source = held("test://a/1", file.size);
    const { getRange } = source;
    source.getRange = (range, options) => getRange(range, options).then(() => file.read(range));
    const fits = await serve([source], open(source, { session: openSession() }));
    const stop = new AbortController();
    const all = fits.hdus({ signal: stop.signal });
    for (let i = 0; i < 3; i++) {
      await settled();
      if (i < 2) source.answer();
    }
    expect(source.inFlight).toBeGreaterThan(1);
    stop.abort(new Error("enough"));
    await expect(all).rejects.toThrow("enough");
    expect(source.inFlight).toBe(0);
    const asked = source.asked.length;
    await settled();
    expect(source.asked).toHaveLength(asked);
  });
});
