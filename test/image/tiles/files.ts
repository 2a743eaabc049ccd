/**
 * Files in memory for these tests: their HDUs, and reads of them with every request counted.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { NdArray } from "../../../src/array.js";
import type { HduLayout } from "../../../src/hdu/hdu.js";
import { layoutOf } from "../../../src/hdu/layout.js";
import { parseHeader } from "../../../src/header/header.js";
import type { Pixels } from "../../../src/image/pixels.js";
import { resolveSection, type Selection } from "../../../src/image/section.js";
import { loadTiledPixels, type TiledOptions } from "../../../src/image/tiles/plan.js";
import type { Plan } from "../../../src/read/plan.js";
import { createReader } from "../../../src/read/run.js";
import { type Budget, budget } from "../../../src/read/session.js";
import type { ByteRange, ByteSource } from "../../../src/source/source.js";

/** All HDUs of a file. */
export function layoutsOf(bytes: Uint8Array): HduLayout[] {
  const hdus: HduLayout[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = parseHeader(bytes.subarray(at));
    const { hdu } = layoutOf(header, { index: hdus.length, headerOffset: at });
    hdus.push(hdu);
    at = hdu.end;
  }
  return hdus;
}

/** The pixels of a compressed image; with room for its tiles unless `options` say otherwise. */
export function loadPixels(layout: HduLayout, options: Partial<TiledOptions> = {}): Promise<Pixels> {
  return loadTiledPixels(layout, { memory: budget(32 * 1024 * 1024), ...options });
}

/** A source that keeps what it was asked for. */
export function countingSource(
  bytes: Uint8Array,
): ByteSource & { readonly asked: ByteRange[]; moved(): number } {
  const asked: ByteRange[] = [];
  return {
    href: "memory:",
    size: bytes.length,
    asked,
    moved: () => asked.reduce((n, { length }) => n + length, 0),
    async getRange({ offset, length }) {
      asked.push({ offset, length });
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** The plan of a section, as an image HDU makes it. */
export function sectionOf(pixels: Pixels, selection?: Selection, raw = false): Plan<NdArray> {
  return pixels.plan(resolveSection(selection, pixels.shape), { raw, keep: true });
}

/** Reads a whole image, or a section of it. */
export function readWhole(
  pixels: Pixels,
  bytes: Uint8Array,
  selection?: Selection,
  raw = false,
): Promise<NdArray> {
  return createReader(countingSource(bytes)).run(sectionOf(pixels, selection, raw));
}

/** A budget that tells the most that was ever held in it. */
export function countedBudget(limit: number, whole?: Budget): Budget & { most(): number } {
  const inner = budget(limit, whole);
  let most = 0;
  return {
    limit: inner.limit,
    get held() {
      return inner.held;
    },
    close: inner.close,
    most: () => most,
    hold(bytes, drop) {
      most = Math.max(most, inner.held + bytes);
      return inner.hold(bytes, drop);
    },
  };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of all array buffers that something still refers to. */
export function liveBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Bytes of the largest piece of memory that is asked for during `work`, whether or not there is so much. */
export async function largestAllocation(work: () => Promise<unknown>): Promise<number> {
  let largest = 0;
  const kinds = [ArrayBuffer, Uint8Array, Int16Array, Int32Array, Float32Array, Float64Array] as const;
  const scope = globalThis as unknown as Record<string, unknown>;
  for (const kind of kinds) {
    const size = "BYTES_PER_ELEMENT" in kind ? kind.BYTES_PER_ELEMENT : 1;
    scope[kind.name] = new Proxy(kind, {
      construct(target, given: unknown[], as) {
        if (typeof given[0] === "number") largest = Math.max(largest, given[0] * size);
        return Reflect.construct(target, given, as) as object;
      },
    });
  }
  try {
    await work();
  } finally {
    for (const kind of kinds) scope[kind.name] = kind;
  }
  return largest;
}
