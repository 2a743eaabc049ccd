/** Text of float32: as short as it can be, and the same bits when it is read back. */
import { open } from "fitslice";
import { shortestFloat32, toCsv, toJson, toNdjson, toVotable } from "fitslice/export";
import { fitsChunks, tableHdu } from "fitslice/write";
import { expect, test } from "vitest";

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

function* randomFloats(count: number): Generator<number> {
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bits[0] = state;
    if (Number.isFinite(float[0])) yield float[0]!;
  }
}

test("the text of every float32 gives the same bits, and needs at most nine digits", () => {
  const edges = [
    0,
    -0,
    2 ** -149,
    2 ** -126,
    2 ** -127,
    2 ** 24,
    2 ** 24 + 2,
    3.4028234663852886e38,
    2 ** 63,
  ];
  for (const value of [...edges, ...randomFloats(5_000)]) {
    const text = String(shortestFloat32(value));
    const [digits] = text.replace("-", "").split("e");
    expect(Object.is(Math.fround(Number(Object.is(value, -0) ? "-0" : text)), value), text).toBe(true);
    if (!Number.isSafeInteger(value)) expect(digits!.replace(/^[0.]+|\.|0+$/g, "").length).toBeLessThan(10);
  }
});

test("shortest texts are those that numpy prints", () => {
  const texts: [number, string][] = [
    [22.068357467651367, "22.068357"],
    [Math.fround(0.1), "0.1"],
    [Math.fround(1 / 3), "0.33333334"],
    [2 ** -149, "1e-45"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [-16777216, "-16777216"],
  ];
  for (const [value, text] of texts) expect(String(shortestFloat32(value))).toBe(text);
  for (const value of [Number.NaN, Infinity, -Infinity, -0]) expect(shortestFloat32(value)).toBe(value);
});

test("all formats of text write float32 so, in vectors, arrays of variable length and complex numbers, too", async () => {
  const third = Math.fround(1 / 3);
  const chunks: Uint8Array[] = [];
  const hdu = tableHdu({
    columns: [
      { name: "e", format: "E" },
      { name: "v", format: "2E" },
      { name: "p", format: "PE" },
      { name: "c", format: "C" },
      { name: "d", format: "D" },
    ],
    batches: [
      {
        columns: [
          { values: Float32Array.of(third) },
          { values: Float32Array.of(third, 0.5) },
          { values: { offsets: [0, 1], values: Float32Array.of(third) } },
          { values: Float32Array.of(third, 1) },
          { values: Float64Array.of(third) },
        ],
      },
    ],
  });
  for await (const chunk of fitsChunks([hdu])) chunks.push(chunk.slice());
  const fits = await open(Buffer.concat(chunks));
  const table = await fits.table();
  const text = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
    let all = "";
    for await (const piece of pieces) all += new TextDecoder().decode(piece);
    return all;
  };
  const s = "0.33333334";
  const d = "0.3333333432674408";
  expect(await text(toCsv(table))).toBe(`e,v,p,c,d\r\n${s},"[${s},0.5]",[${s}],"[${s},1]",${d}\r\n`);
  expect(await text(toNdjson(table))).toBe(`{"e":${s},"v":[${s},0.5],"p":[${s}],"c":[${s},1],"d":${d}}\n`);
  expect(await text(toJson(table))).toContain(`"values":[[${s},0.5]]`);
  expect(await text(toVotable(table))).toContain(
    `<TR><TD>${s}</TD><TD>${s} 0.5</TD><TD>${s}</TD><TD>${s} 1</TD><TD>${d}</TD></TR>`,
  );
  await fits.close();
});
