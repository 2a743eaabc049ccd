/**
 * Writes a file with exactly the byte layout of a drizzled Hubble image (the real one is 214 MB): a primary header
 * of 838 cards, SCI, WHT and CTX images of 4421 x 4223 pixels, a table of 8 rows x 292 columns. The sky is made up:
 * noise, stars and galaxies, the same every time.
 */
import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type HeaderCard,
  imageHdu,
  type TableBatch,
  tableHdu,
  type WritableHdu,
  writeFits,
} from "fitslice/write";

const codePath = "demo/hubble-file.ts";

export const height = 4421;
export const width = 4223;

/** Where the headers and data of the five HDUs lie: what the written file must have. */
export const expectedLayout: readonly { name: string; header: number; data: number }[] = [
  { name: "PRIMARY", header: 0, data: 69120 },
  { name: "SCI", header: 69120, data: 77760 },
  { name: "WHT", header: 74759040, data: 74764800 },
  { name: "CTX", header: 149446080, data: 149451840 },
  { name: "HDRTAB", header: 224133120, data: 224182080 },
];

/** Writes the file to `path`, unless it is there already and newer than this code. */
export async function writeHubbleFile(path: string): Promise<void> {
  const [made, code] = await Promise.all([stat(path).catch(() => undefined), stat(codePath)]);
  if (made && made.mtimeMs > code.mtimeMs) return;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.part`;
  const file = await open(partial, "w");
  try {
    await writeFits({ write: async (chunk) => void (await file.writeFile(chunk)) }, hdus());
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

function* hdus(): Generator<WritableHdu> {
  yield imageHdu({ header: primaryCards() });
  yield image("SCI", "float32", 80, scienceRows());
  yield image("WHT", "float32", 44, weightRows());
  yield image("CTX", "int32", 44, contextRows());
  yield headerTable();
}

function image<D extends "float32" | "int32">(
  name: string,
  dtype: D,
  cards: number,
  parts: Iterable<D extends "float32" ? Float32Array<ArrayBuffer> : Int32Array<ArrayBuffer>>,
): WritableHdu {
  const header = [...wcsCards(), ...fillers(cards)].slice(0, cards);
  return imageHdu({ name, ver: 1, header, data: { dtype, shape: [height, width], parts } as never });
}

/** Uniform numbers in [0, 1), the same for the same seed (a 32-bit multiplicative-congruential step and a mix). */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x45d9f3b);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296;
  };
}

interface Blob2d {
  x: number;
  y: number;
  flux: number;
  /** Of the core, pixels; and how much the profile is stretched along x. */
  radius: number;
  stretch: number;
  star: boolean;
}

function sources(): Blob2d[] {
  const random = uniform(42);
  const list: Blob2d[] = [];
  for (let i = 0; i < 6000; i++) {
    const star = i % 3 === 0;
    list.push({
      x: random() * width,
      y: random() * height,
      flux: 0.02 * (1 - random()) ** -0.9,
      radius: star ? 1.4 : 2 + 5 * random(),
      stretch: star ? 1 : 0.5 + random(),
      star,
    });
  }
  // The galaxy that the tutorial cuts out.
  list.push({ x: 2125, y: 1775, flux: 0.35, radius: 22, stretch: 0.55, star: false });
  list.push({ x: 2160, y: 1690, flux: 0.12, radius: 9, stretch: 1.3, star: false });
  return list.sort((a, b) => a.y - b.y);
}

function* scienceRows(): Generator<Float32Array<ArrayBuffer>> {
  const random = uniform(7);
  const all = sources();
  const noise = Float32Array.from(
    { length: 1 << 20 },
    () => 0.006 * (random() + random() + random() - 1.5) + 0.004,
  );
  for (let y = 0; y < height; y++) {
    // Every row begins at another place in the noise.
    const from = Math.floor(random() * (noise.length - width));
    const row = noise.slice(from, from + width);
    for (const source of all) addSource(row, y, source);
    yield row;
  }
}

function addSource(row: Float32Array, y: number, { x, y: y0, flux, radius, stretch, star }: Blob2d): void {
  const reach = Math.min(star ? 14 * radius : 9 * radius, 260);
  const dy = y - y0;
  if (Math.abs(dy) > reach) return;
  const first = Math.max(0, Math.ceil(x - reach));
  const last = Math.min(row.length - 1, Math.floor(x + reach));
  for (let i = first; i <= last; i++) {
    const dx = (i - x) * stretch;
    const r = Math.sqrt(dx * dx + dy * dy) / radius;
    // Stars: a Moffat profile with spikes along the axes; galaxies: exponential disks with a core.
    const profile = star
      ? (1 + r * r) ** -2.5 + spike(dx, dy)
      : Math.exp(-1.2 * r) * (1 + 0.25 * Math.cos(4 * Math.atan2(dy, dx) + 3 * r));
    row[i]! += flux * profile;
  }
}

function spike(dx: number, dy: number): number {
  const along =
    Math.abs(dx) < 0.8 ? Math.abs(dy) : Math.abs(dy) < 0.8 ? Math.abs(dx) : Number.POSITIVE_INFINITY;
  return along === Number.POSITIVE_INFINITY ? 0 : 0.02 * Math.exp(-along / 8);
}

function* weightRows(): Generator<Float32Array<ArrayBuffer>> {
  for (let y = 0; y < height; y++) {
    const row = new Float32Array(width);
    for (let x = 0; x < width; x++) if (inside(x, y)) row[x] = 1240 + ((x + y) % 17);
    yield row;
  }
}

function* contextRows(): Generator<Int32Array<ArrayBuffer>> {
  for (let y = 0; y < height; y++) {
    const row = new Int32Array(width);
    for (let x = 0; x < width; x++) if (inside(x, y)) row[x] = 255;
    yield row;
  }
}

/** The rotated field of view within the frame. */
function inside(x: number, y: number): boolean {
  return (
    Math.abs(x - width / 2 + 0.08 * (y - height / 2)) < 1950 &&
    Math.abs(y - height / 2 - 0.08 * (x - width / 2)) < 2050
  );
}

/** The galaxy that the tutorial cuts out is the reference point; north is 23 degrees to the left of up. */
function wcsCards(): HeaderCard[] {
  const scale = 0.05 / 3600;
  const [cos, sin] = [Math.cos((23 * Math.PI) / 180), Math.sin((23 * Math.PI) / 180)];
  const values: Record<string, string | number> = {
    CTYPE1: "RA---TAN",
    CTYPE2: "DEC--TAN",
    CRPIX1: 2126,
    CRPIX2: 1776,
    CRVAL1: 150.421375,
    CRVAL2: 2.422383,
    CD1_1: -scale * cos,
    CD1_2: scale * sin,
    CD2_1: scale * sin,
    CD2_2: scale * cos,
    CUNIT1: "deg",
    CUNIT2: "deg",
    RADESYS: "ICRS",
    BUNIT: "ELECTRONS/S",
  };
  return Object.entries(values).map(([keyword, value]) => ({ keyword, value }));
}

function primaryCards(): HeaderCard[] {
  const cards: HeaderCard[] = [
    { keyword: "TELESCOP", value: "HST", comment: "telescope used to acquire data" },
    { keyword: "INSTRUME", value: "ACS", comment: "identifier for instrument used to acquire data" },
    { keyword: "DETECTOR", value: "WFC" },
    { keyword: "FILTER1", value: "F814W" },
    { keyword: "TARGNAME", value: "FITSLICE-DEMO", comment: "a made-up sky with the layout of a real file" },
    { keyword: "EXPTIME", value: 2028.0, comment: "exposure duration (seconds)" },
  ];
  return [...cards, ...fillers(834 - cards.length)].slice(0, 835);
}

/** Cards like those that the drizzling software writes by the hundred. */
function fillers(count: number): HeaderCard[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => ({
    keyword: `D${String(i + 1).padStart(3, "0")}${["VER", "GEOM", "DATA", "DEXP", "OUDA"][i % 5]}`,
    value: i % 3 === 0 ? (i * 1.25) / 7 : `value ${i + 1}`,
    comment: "Drizzle, parameter as written",
  }));
}

function headerTable(): WritableHdu {
  const rows = 8;
  const kinds = ["float64", "int32", "string"] as const;
  const columns = Array.from({ length: 292 }, (_, i) => {
    const kind = kinds[i % 3]!;
    return {
      name: `KEY${String(i + 1).padStart(3, "0")}`,
      format: { float64: "D", int32: "J", string: "18A" }[kind],
      kind,
    };
  });
  const batch: TableBatch = {
    columns: columns.map(({ kind }, i) => ({
      values:
        kind === "float64"
          ? Float64Array.from({ length: rows }, (_, row) => i + row / 8)
          : kind === "int32"
            ? Int32Array.from({ length: rows }, (_, row) => i * row)
            : Array.from({ length: rows }, (_, row) => `exposure ${row + 1}`),
    })),
  };
  return tableHdu({ columns, batches: [batch], name: "HDRTAB", ver: 1 });
}
