/**
 * The memory for what is kept, which the files of a session share.
 */
import { describe, expect, test } from "vitest";
import { openSession } from "../../src/index.js";
import { createReader, type Reader } from "../../src/read/run.js";
import { type Held, held, plan, serve } from "./held.js";

describe("memory", () => {
  const bytes = 1_000_000;
  async function read(reader: Reader, source: Held, n: number): Promise<void> {
    await serve([source], reader.run(plan([{ offset: n * 50_000_000, length: bytes }])));
  }
  const holds = async (reader: Reader, n: number): Promise<boolean> =>
    (await reader.explain(plan([{ offset: n * 50_000_000, length: bytes }]))).heldBytes === bytes;

  test("is shared by the files of a session: what was used longest ago goes first, whosoever it is", async () => {
    const session = openSession({ cacheBytes: 3.5 * bytes });
    const sources = [held("test://a/1"), held("test://b/1")] as const;
    const [a, b] = [createReader(sources[0], { session }), createReader(sources[1], { session })] as const;
    await read(a, sources[0], 0);
    await read(b, sources[1], 0);
    await read(a, sources[0], 1);
    await read(a, sources[0], 0); // used again
    await read(b, sources[1], 1); // no room for b's first any more
    expect(await Promise.all([holds(a, 0), holds(b, 0), holds(a, 1), holds(b, 1)])).toEqual([
      true,
      false,
      true,
      true,
    ]);
    await a.close();
    // The room of a closed file is free.
    await read(b, sources[1], 2);
    await read(b, sources[1], 3);
    expect(await Promise.all([holds(b, 1), holds(b, 2), holds(b, 3)])).toEqual([true, true, true]);
  });

  test.each([
    ["of the file", { cacheBytes: 0 }],
    ["of the session", { session: openSession({ cacheBytes: 0 }) }],
  ])("cacheBytes: 0 %s keeps nothing", async (_, options) => {
    const source = held();
    const reader = createReader(source, options);
    await read(reader, source, 0);
    const once = source.asked.length;
    await read(reader, source, 0);
    expect(source.asked).toHaveLength(2 * once);
    expect(await holds(reader, 0)).toBe(false);
  });
});
