import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { elementCount } from "../../src/array.js";
import { loadCodec } from "../../src/codec/codec.js";
import { decodeRice } from "../../src/codec/rice.js";
import type { TileParams } from "../../src/codec/tile.js";
import { FitsError } from "../../src/errors.js";
import { bytes, tiles, values } from "./tiles.js";

interface Sample {
  name: string;
  stream: Uint8Array;
  params: TileParams;
}

const riceType = { 1: "uint8", 2: "int16", 4: "int32" } as const;
const gzipped = gzipSync(bytes(tiles.rice[10]!.values));
const samples: Sample[] = [
  ...tiles.rice.map(({ bytePix, blockSize, stream, values: want }) => ({
    name: "RICE_1",
    stream: bytes(stream),
    params: {
      dtype: riceType[bytePix],
      shape: [values(want, riceType[bytePix]).length],
      bytePix,
      blockSize,
    },
  })),
  ...tiles.hcompress.map(({ shape, stream }) => ({
    name: "HCOMPRESS_1",
    stream: bytes(stream),
    params: { dtype: "int32" as const, shape, smooth: true },
  })),
  ...tiles.plio.slice(0, 5).map(({ stream, pixels }) => ({
    name: "PLIO_1",
    stream: bytes(stream),
    params: { dtype: "int16" as const, shape: [pixels] },
  })),
  ...["GZIP_1", "GZIP_2"].map((name) => ({
    name,
    stream: new Uint8Array(gzipped),
    params: { dtype: "int32" as const, shape: [values(tiles.rice[10]!.values, "int32").length] },
  })),
];

let state = 12345;
function random(below: number): number {
  state = (state * 48271) % 2147483647;
  return state % below;
}

/** Decodes; a FitsError is fine, anything else is not. */
async function decodes({ name, stream, params }: Sample): Promise<FitsError | undefined> {
  const decode = await loadCodec(name);
  try {
    const data = decode(stream, params);
    expect(data.length).toBe(params.shape.reduce((a, b) => a * b, 1));
    return undefined;
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
}

describe.each(["RICE_1", "HCOMPRESS_1", "PLIO_1", "GZIP_1", "GZIP_2"])("%s, corrupt", (name) => {
  const own = samples.filter((sample) => sample.name === name);

  test("flipped bits end in a tile or a FitsError", async () => {
    const rounds = Math.ceil(1500 / own.length);
    for (const sample of own) {
      for (let round = 0; round < rounds; round++) {
        const stream = sample.stream.slice();
        for (let flips = 1 + random(4); flips > 0; flips--) stream[random(stream.length)]! ^= 1 << random(8);
        await decodes({ ...sample, stream });
        const tilePixels = elementCount(sample.params.shape);
        const part = { ...sample.params, shape: [random(tilePixels)], tilePixels };
        await decodes({ ...sample, stream, params: part });
      }
    }
  });

  test("truncated streams end in BAD_DATA", async () => {
    for (const sample of own) {
      for (let round = 0; round < 40; round++) {
        const stream = sample.stream.slice(0, random(sample.stream.length - 1));
        const error = await decodes({ ...sample, stream });
        expect(error?.code).toBe("BAD_DATA");
      }
    }
  });

  test("random bytes end in a tile or a FitsError", async () => {
    for (let round = 0; round < 1000; round++) {
      const sample = own[random(own.length)]!;
      const stream = sample.stream.slice(0, 12 + random(200));
      for (let i = random(2) * 12; i < stream.length; i++) stream[i] = random(256);
      await decodes({ ...sample, stream });
    }
  });

  test("a tile of another size than the header says ends in a FitsError or is filled", async () => {
    for (const sample of own) {
      const larger = { ...sample, params: { ...sample.params, shape: [3, ...sample.params.shape] } };
      const error = await decodes(larger);
      // A line list may leave its end out, and a RICE stream of flat blocks its last bits.
      if (name !== "RICE_1" && name !== "PLIO_1") expect(error?.code).toBe("BAD_DATA");
      const smaller = { ...sample, params: { ...sample.params, shape: [1] } };
      await decodes(smaller);
    }
  });

  test("an absurd tile is refused before any room is made for it", async () => {
    if (name === "PLIO_1") return; // a short list may well be a large tile of zeros
    const sample = own[0]!;
    const error = await decodes({ ...sample, params: { ...sample.params, shape: [2 ** 31, 2 ** 15] } });
    expect(error?.code).toMatch(/BAD_DATA|TOO_LARGE/);
  });
});

test("errors say what in the stream is wrong", async () => {
  const rice = samples[9]!;
  const short = await decodes({ ...rice, stream: rice.stream.slice(0, 20) });
  expect(short?.message).toBe(`the stream of 20 bytes ends before its ${rice.params.shape[0]} pixels do`);
  const h = samples.find(({ name }) => name === "HCOMPRESS_1")!;
  const magic = await decodes({ ...h, stream: h.stream.map((byte, i) => (i === 0 ? 0 : byte)) });
  expect(magic?.message).toBe("the stream does not start with the bytes DD 99");
  const size = await decodes({ ...h, params: { ...h.params, shape: [3, 3] } });
  expect(size?.message).toBe("the stream is of 16 x 32 pixels, the tile has 9");
});

test("a RICE_1 stream that is cut inside its last block is too short", () => {
  const difference = "1" + "00000010"; // no zeros before the one, then eight low bits: + 1
  const bits = `${"0".repeat(32)}01001${difference.repeat(3)}`;
  const stream = Uint8Array.from(bits.match(/.{8}/g)!, (byte) => Number.parseInt(byte, 2));
  const params = { dtype: "int32" as const, shape: [3], bytePix: 4, blockSize: 32 };
  expect([...decodeRice(stream, params)]).toEqual([1, 2, 3]);
  expect(() => decodeRice(stream.subarray(0, 7), params)).toThrow(
    "the stream of 7 bytes ends before its 3 pixels do",
  );
});

test("a stream of zero bits ends in BAD_DATA", async () => {
  const params = { dtype: "int32" as const, shape: [1 << 20], bytePix: 4, blockSize: 32 };
  const stream = new Uint8Array(4 << 20);
  stream[4] = 0x08; // code 1, then zeros for ever
  expect((await decodes({ name: "RICE_1", stream, params }))?.code).toBe("BAD_DATA");
});
