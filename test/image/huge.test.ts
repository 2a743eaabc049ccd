/** Images of more bytes than one Uint8Array can view: only plans, and what they do with the first bytes. */
import { expect, test } from "vitest";
import { elementCount } from "../../src/array.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import { gatherer } from "../../src/image/gather.js";
import { resolveSection } from "../../src/image/section.js";
import { isStep } from "../../src/read/plan.js";
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

test("a range behind the first 4 GB of an image is read into its place", ({ skip }) => {
  if (!huge()) return skip("this machine does not lend 6 GB");
  const pixels = contiguousPixels(at(madeLayout(-32, shape), 2880));
  const step = pixels.plan(resolveSection(undefined, shape), { raw: false, keep: false });
  if (!isStep(step)) throw new Error("no step");
  const last = step.ranges.at(-1)!;
  last.into!.set([0x3f, 0x80, 0, 0], last.length - 4);
  void step.take(step.ranges.length - 1, last.into!);
  const plan = step.next();
  expect(!isStep(plan) && plan.value.data.at(-1)).toBe(1);
});

test("bytes are gathered into an array behind its first 4 GB", ({ skip }) => {
  const memory = huge();
  if (!memory) return skip("this machine does not lend 6 GB");
  const bytes = new Uint8Array(80).fill(0x3f);
  gatherer("float32")(bytes, [{ count: 20, stride: 4, out: 1 }], memory, memory.length - 20);
  expect(memory.at(-1)).toBeCloseTo(0.747);
});

test("an image with an axis of length 0 is empty, however long the others are", () => {
  expect(elementCount([0, ...new Array<number>(99).fill(Number.MAX_SAFE_INTEGER)])).toBe(0);
});
