/** Images of more bytes than one Uint8Array can view: only plans, and what they do with the first bytes. */
import { expect, test } from "vitest";
import { elementCount } from "../../src/array.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import { gather, storedLine } from "../../src/image/gather.js";
import { resolveSection } from "../../src/image/section.js";
import { run } from "../../src/read/run.js";
import type { ByteRange } from "../../src/source/source.js";
import { at, madeLayout } from "./made.js";

/** 6 GB of float32: zeros that nobody touches take no memory. */
const shape = [1500, 1000, 1000];

function huge(): Float32Array<ArrayBuffer> | undefined {
  try {
    return new Float32Array(elementCount(shape));
  } catch {
    return undefined; // this machine does not lend so much
  }
}

test("ranges behind the first 4 GB of an image are read into their places, 1 GiB in each step", ({
  skip,
}) => {
  if (!huge()) return skip("this machine does not lend 6 GB");
  const pixels = contiguousPixels(at(madeLayout(-32, shape), 2880));
  const course = pixels.plan(resolveSection(undefined, shape), { raw: false, keep: false })();
  let round = course.next();
  for (; !round.done; round = course.next()) {
    const { ranges, into, take } = round.value;
    const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(1.01 * 2 ** 30);
    const last = ranges.length - 1;
    const memory = into!(last)!;
    memory.set([0x3f, 0x80, 0, 0], memory.length - 4);
    void take(last, memory);
  }
  expect(round.value.data.at(-1)).toBe(1);
});

test("bytes are gathered into an array behind its first 4 GB", ({ skip }) => {
  const memory = huge();
  if (!memory) return skip("this machine does not lend 6 GB");
  const bytes = new Uint8Array(80).fill(0x3f);
  gather(bytes, [{ count: 20, stride: 4, out: 1 }], memory, memory.length - 20, storedLine("float32", false));
  expect(memory.at(-1)).toBeCloseTo(0.747);
});

test("an image with an axis of length 0 is empty, however long the others are", () => {
  expect(elementCount([0, ...new Array<number>(99).fill(Number.MAX_SAFE_INTEGER)])).toBe(0);
});

test("a header that claims terabytes is found out soon where a source does not tell its size", async () => {
  const bytes = new Uint8Array(5760);
  let requests = 0;
  const getRange = async ({ offset, length }: ByteRange): Promise<Uint8Array> => {
    requests++;
    return bytes.subarray(offset, offset + length);
  };
  for (const [bitpix, cards] of [
    [8, { BSCALE: 0.5 }],
    [-32, {}],
  ] as const) {
    const layout = at(madeLayout(bitpix, [1_000_000, 1_000_000], cards), 2880);
    const source = { href: "test:", getRange };
    const plan = contiguousPixels(layout).plan(resolveSection(undefined, layout.shape), {
      raw: false,
      keep: true,
    });
    await expect(run(plan, source)).rejects.toMatchObject({
      code: expect.stringMatching(/TRUNCATED|TOO_LARGE/),
    });
  }
  expect(requests).toBeLessThan(500);
});
