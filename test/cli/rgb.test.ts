/**
 * `rgb`: three bands in color, and what is refused.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NdArray, ndarray } from "../../src/array.js";
import { type LuptonOptions, lupton } from "../../src/picture/index.js";
import { fitsBytes, type ImageOptions, imageHdu } from "../../src/write/index.js";
import { fitslice, workFolder } from "./run.js";

type F32 = NdArray<"float32">;
const [height, width] = [9, 14];
const bands = [0, 1, 2].map((band) =>
  ndarray(
    Float32Array.from({ length: height * width }, (_, i) => ((i * (7 + band)) % 61) * 4 - 8 * band),
    [height, width],
  ),
) as [F32, F32, F32];
let cwd: string;

async function save(name: string, image: ImageOptions): Promise<void> {
  writeFileSync(join(cwd, name), await fitsBytes([imageHdu(image)]));
}

const sky = (ra: number): NonNullable<ImageOptions["header"]> =>
  Object.entries({
    ...{ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CRPIX1: 7, CRPIX2: 5, CRVAL1: ra, CRVAL2: 2 },
    ...{ CDELT1: -1 / 3600, CDELT2: 1 / 3600 },
  }).map(([keyword, value]) => ({ keyword, value }));

beforeAll(async () => {
  cwd = workFolder("cli-rgb");
  for (const [i, name] of ["r", "g", "b"].entries())
    await save(`${name}.fits`, { data: bands[i]!, header: sky(150) });
  const scaled = ndarray(
    Int16Array.from(bands[2].data, (value) => (Number(value) + 100) * 2),
    [height, width],
  );
  await save("scaled.fits", { data: scaled, bscale: 0.5, bzero: -100, header: sky(150) });
  await save("moved.fits", { data: bands[2], header: sky(150 + 5 / 3600) });
  await save("small.fits", { data: ndarray(new Float32Array(60), [5, 12]) });
  const all = Float32Array.from(bands.flatMap(({ data }) => Array.from(data, Number)));
  await save("cube.fits", { data: ndarray(all, [3, height, width]) });
  await save("four.fits", { data: ndarray(new Float32Array(4 * 12), [4, 3, 4]) });
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** The pixels of the picture that these arguments make, and what was said. */
async function made(...args: string[]): Promise<{ pixels: number[]; size: number[]; stderr: string }> {
  const { code, stdout, stderr } = await fitslice(["rgb", ...args, "-o", "-"], { cwd });
  expect([code, stderr.replace(/^fitslice: warning: .*\n/, "")]).toEqual([0, ""]);
  const png = decode(stdout, { checkCrc: true });
  expect([png.channels, png.depth]).toEqual([3, 8]);
  return { pixels: [...png.data], size: [png.width, png.height], stderr };
}

const expected = (options: LuptonOptions): number[] => [...lupton(...bands, options).rgb];
const three = ["r.fits", "g.fits", "b.fits"];

describe("the picture is that of lupton", () => {
  test("of three files, of a cube, of scaled integers", async () => {
    const right = { pixels: expected({}), size: [width, height], stderr: "" };
    const [files, cube, scaled] = await Promise.all([
      made(...three),
      made("cube.fits"),
      made("r.fits", "g.fits", "scaled.fits"),
    ]);
    expect(files).toEqual(right);
    expect(cube).toEqual(right);
    expect(scaled).toEqual(right);
    expect(new Set(right.pixels).size).toBeGreaterThan(50);
  });

  test("with --stretch, --q, --minimum, sections and bins", async () => {
    const [one, each, part, binned] = await Promise.all([
      made(...three, "--stretch", "40", "--q", "3", "--minimum", "12"),
      made(...three, "--minimum", "12,0,-9"),
      made(...three, "-s", "2:5,3:9"),
      made(...three, "--bin", "3"),
    ]);
    expect(one.pixels).toEqual(expected({ stretch: 40, q: 3, minimum: 12 }));
    expect(each.pixels).toEqual(expected({ minimum: [12, 0, -9] }));
    expect(part.size).toEqual([6, 3]);
    const whole = expected({});
    const rows = [4, 3, 2].map((y) =>
      whole.slice(3 * ((height - 1 - y) * width + 3), 3 * ((height - 1 - y) * width + 9)),
    );
    expect(part.pixels).toEqual(rows.flat());
    expect(binned.pixels).toEqual([...lupton(...bands, { bin: 3 }).rgb]);
  });

  test("with a warning where the bands show different places of the sky", async () => {
    const { pixels, stderr } = await made("r.fits", "g.fits", "moved.fits");
    expect(pixels).toEqual(expected({}));
    expect(stderr).toBe(
      "fitslice: warning: blue lies up to 5 pixels beside red on the sky, and colors do not fit; put the images on one grid first\n",
    );
  });
});

describe("one line says what cannot be", () => {
  test.each<[string[], RegExp]>([
    [
      ["r.fits", "g.fits", "small.fits"],
      /red, green and blue differ in size: 9 x 14, 9 x 14, 5 x 12; give images, or sections, of one size/,
    ],
    [["r.fits", "g.fits"], /two sources are one too few/],
    [["r.fits"], /a cube of three planes, not 9 x 14; name three images/],
    [
      ["four.fits"],
      /a cube of three planes, not 4 x 3 x 4; name three images, or choose planes by -s 0:3,:,:/,
    ],
    [["cube.fits", "g.fits", "b.fits"], /a picture has two axes, not 3 \(3 x 9 x 14\): choose one plane/],
    [[...three, "--minimum", "1,2"], /--minimum is one number, or three/],
    [[...three, "--minimum", "1,x,2"], /--minimum/],
    [[...three, "--stretch", "0"], /--stretch is a positive number, not 0/],
    [[...three, "--q", "-1"], /--q is a number of at least 0, not -1/],
    [[...three, "-s", "0:2,0:2", "-s", "1:2,1:2"], /this command takes one section/],
  ])("%j", async (args, message) => {
    const outcome = await fitslice(["rgb", ...args, "-o", "refused.png"], { cwd });
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.split("\n")).toHaveLength(2);
    expect([outcome.code, outcome.text, existsSync(join(cwd, "refused.png"))]).toEqual([2, "", false]);
  });

  test("a source is not overwritten, another file only with --force", async () => {
    writeFileSync(join(cwd, "there.png"), "x");
    const outcome = await fitslice(["rgb", ...three, "-o", "there.png"], { cwd });
    expect(outcome.stderr).toContain("there.png exists; add --force");
    expect(readFileSync(join(cwd, "there.png"), "utf8")).toBe("x");
    const own = await fitslice(["rgb", ...three, "-o", "g.fits", "--force"], { cwd });
    expect(own.code).not.toBe(0);
    expect(readFileSync(join(cwd, "g.fits"), "latin1")).toMatch(/^SIMPLE/);
  });
});
