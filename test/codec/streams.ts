/**
 * Data to compress, and the reading of decoders.
 */
import type { StreamDecoder } from "../../src/codec/stream.js";

/** Bytes around 128 that spread over about `spread` values, the same at each call. */
export function noise(length: number, spread: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < length; i++) bytes[i] = 128 + Math.round((next() + next() + next() - 1.5) * spread);
  return bytes;
}

function text(): Buffer {
  const cards = Array.from({ length: 700 }, (_, i) =>
    `KEY${i}   = ${(i * 7919) % 1000} / comment no. ${i}`.padEnd(80),
  );
  return Buffer.from(cards.join(""));
}

export const kinds: Readonly<Record<string, Buffer>> = {
  nothing: Buffer.alloc(0),
  "one byte": Buffer.from([7]),
  zeros: Buffer.alloc(40_000),
  text: text(),
  noise: noise(30_000, 255),
  "narrow noise": noise(30_000, 6),
  "long matches": Buffer.concat([
    noise(33_000, 255),
    noise(33_000, 255),
    Buffer.alloc(300, 5),
    noise(500, 255),
  ]),
};

/** Copies of all that a decoder can give now. */
export function readAll(decoder: StreamDecoder): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let piece = decoder.read(); piece; piece = decoder.read()) pieces.push(piece.slice());
  return pieces;
}
