/**
 * What the benchmark's files hold: a made-up sky, the same every time. Files are made once and kept.
 */
import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type WritableHdu, writeFits } from "fitslice/write";

type Bytes = Uint8Array<ArrayBuffer>;

/** Makes the file at `path` unless it is there: `write` gets a function that appends to it. */
export async function makeOnce(
  path: string,
  write: (append: (bytes: Bytes) => Promise<void>) => Promise<unknown>,
): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there) return;
  process.stderr.write(`bench: making ${path}\n`);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(`${path}.part`, "w");
  try {
    await write((bytes) => file.writeFile(bytes));
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

/** Makes a FITS file of these HDUs unless it is there. */
export function makeFits(path: string, hdus: () => Iterable<WritableHdu>): Promise<void> {
  return makeOnce(path, (write) => writeFits({ write }, hdus()));
}

/** Uniform numbers in [0, 1), the same for the same seed. */
export function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296;
  };
}

/** Normal numbers: enough different ones for pixels, and fast. */
export function normal(seed: number): () => number {
  const random = uniform(seed);
  const values = Float32Array.from(
    { length: 1 << 16 },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
  return () => values[Math.floor(random() * values.length)]!;
}

/** A square sky of `size` pixels a side: a level of 1000, normal noise, and a star to each 10,000 pixels. */
export function sky(size: number, noise: number): Float32Array<ArrayBuffer> {
  const next = normal(1);
  const pixels = new Float32Array(size * size);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 1000 + noise * next();
  const random = uniform(2);
  const reach = 7;
  for (let star = 0; star < pixels.length / 1e4; star++) {
    const [x, y, width] = [random() * size, random() * size, 1.2 + random()];
    const peak = Math.min(20_000, 30 / (random() + 1e-4));
    for (let j = Math.max(0, Math.ceil(y - reach)); j < Math.min(size, y + reach); j++) {
      for (let i = Math.max(0, Math.ceil(x - reach)); i < Math.min(size, x + reach); i++) {
        pixels[j * size + i]! += peak * Math.exp(-((i - x) ** 2 + (j - y) ** 2) / (2 * width * width));
      }
    }
  }
  return pixels;
}
