/**
 * The nine families of files of the study that came after the notebook (nasa-fornax/fornax-s3-subsets), made here with
 * their layouts: number, order, type and compression of the HDUs, lengths of the headers. Pixels are made up, and large images
 * are scaled down.
 */
import type { PixelType } from "./pixels.js";
import { cutouts, headerPattern, type Pattern, type Subject } from "./subjects.js";

export interface FamilyHdu {
  readonly name?: string;
  /** Absent: an HDU without data. */
  readonly shape?: readonly number[];
  readonly type?: PixelType;
  /** Cards beside those that the data need. */
  readonly cards?: number;
  /** Instead of an image: a table of one row and so many bytes. */
  readonly tableBytes?: number;
}

export interface Family extends Subject {
  readonly hdus: readonly FamilyHdu[];
  /** Index of the image that is read. */
  readonly hdu: number;
  /** The whole file in gzip, or each image in tiles of one row by fpack. */
  readonly packed?: "gzip" | "rice";
  /** How the files made here differ from those of the archive. */
  readonly scaled: string;
}

type Plan = Pick<Family, "name" | "title" | "hdus" | "hdu" | "packed" | "scaled">;

export function families(smoke: boolean): readonly Family[] {
  return plans(smoke ? 8 : 1).map((plan) => {
    const { shape, type } = plan.hdus.find((hdu) => hdu.shape)! as { shape: number[]; type: PixelType };
    const itemSize = { uint8: 1, int16: 2, int32: 4, float32: 4, float64: 8 }[type];
    return { ...plan, shape, itemSize, chunk: 0, patterns: [...patternsOf(shape, smoke), ...last(plan)] };
  });
}

/**
 * Files of many HDUs, as mosaic cameras write them, of which one in the midst is read: what a central directory is for. Plain, and
 * in RICE tiles of one row, whose HDUs are of lengths that nobody can foresee.
 */
export function manyHdus(smoke: boolean): readonly Family[] {
  const shape = smoke ? [64, 96] : [512, 1024];
  const detectors = Array.from({ length: 60 }, (_, i) => ({
    name: `CCD${i + 1}`,
    shape,
    type: "int16" as const,
    // Headers differ in length, as those of detectors do.
    cards: 150 + ((i * 7) % 60),
  }));
  const hdus = [{ cards: 200 }, ...detectors];
  const common = { hdus, hdu: 40, shape, itemSize: 2, chunk: 0, patterns: [headerPattern, ...cuts(shape)] };
  const scaled = "60 detectors of 1024 x 512 pixels, the 40th is read";
  return [
    { ...common, name: "mosaic", title: "Mosaic camera, 61 HDUs", scaled },
    { ...common, name: "mosaic_rice", title: "Mosaic camera, 61 HDUs, RICE", scaled, packed: "rice" },
  ];

  function cuts(of: readonly number[]): Pattern[] {
    return [1, 20].map((count) => cutouts(of, count, 40));
  }
}

export const lastHeader = "last header";

/** The header of the last HDU, where another HDU has the image. fpack puts an empty HDU before a primary image. */
function last({ hdus, hdu, packed }: Plan): readonly Pattern[] {
  const index = hdus.length - (packed === "rice" ? 0 : 1);
  return index === hdu
    ? []
    : [{ ...headerPattern, name: lastHeader, title: "header of the last HDU", hdu: index }];
}

function patternsOf(shape: readonly number[], smoke: boolean): readonly Pattern[] {
  if (shape.length === 4) return cubeCuts(shape, smoke);
  const sides = smoke ? [40] : [40, 200];
  return [headerPattern, ...sides.flatMap((side) => [1, 20].map((count) => cutouts(shape, count, side)))];
}

/** The three cuts that the study makes through a cube of TESS. */
function cubeCuts([rows, columns, times]: readonly number[], smoke: boolean): readonly Pattern[] {
  const n = Math.min(smoke ? 8 : 40, rows!, columns!, times!);
  const cut = (title: string, box: readonly (readonly [number, number])[]): Pattern => ({
    name: title,
    title: `cut ${title}`,
    want: { kind: "boxes", boxes: [box] },
  });
  return [
    headerPattern,
    cut(`(1,${n},${n},1)`, [
      [3, 4],
      [0, n],
      [9, 9 + n],
      [0, 1],
    ]),
    cut(`(${n},${n},1,1)`, [
      [0, n],
      [0, n],
      [9, 10],
      [0, 1],
    ]),
    cut(`(${n},1,${n},1)`, [
      [0, n],
      [5, 6],
      [9, 9 + n],
      [0, 1],
    ]),
  ];
}

/** `by`: divides the sides of all images once more. */
function plans(by: number): readonly Plan[] {
  const square = (height: number, width = height): number[] => [
    Math.ceil(height / by),
    Math.ceil(width / by),
  ];
  const galex: FamilyHdu[] = [
    { shape: square(1600), type: "float64" },
    { shape: square(1600), type: "uint8" },
    { shape: square(1600), type: "uint8" },
  ];
  const hst = (shape: number[], last: readonly FamilyHdu[]): FamilyHdu[] => [
    { cards: 355 },
    { name: "SCI", shape, type: "float32", cards: 70 },
    { name: "WHT", shape, type: "float32", cards: 35 },
    { name: "CTX", shape, type: "int32", cards: 35 },
    ...last,
  ];
  const jwst = ["SCI", "ERR", "DQ", "AREA", "VAR_POISSON", "VAR_RNOISE", "VAR_FLAT"].map((name) => ({
    name,
    shape: square(2048),
    type: name === "DQ" ? ("int32" as const) : ("float32" as const),
    cards: name === "SCI" ? 130 : 10,
  }));
  return [
    {
      name: "galex_gzip",
      title: "GALEX, gPhoton 2, in gzip",
      hdus: galex,
      hdu: 0,
      packed: "gzip",
      scaled: "1600 of about 3100 pixels on a side",
    },
    {
      name: "galex_rice",
      title: "GALEX, gPhoton 2, RICE",
      hdus: galex,
      hdu: 1,
      packed: "rice",
      scaled: "1600 of about 3100 pixels on a side",
    },
    {
      name: "hst",
      title: "HST, WFPC2 drizzled",
      hdus: hst(square(1495, 1514), []),
      hdu: 1,
      scaled: "full size",
    },
    {
      name: "hst_big",
      title: "HST, ACS drizzled",
      hdus: hst(square(2210, 2111), [{ name: "HDRTAB", tableBytes: 2139 }]),
      hdu: 1,
      scaled: "half of about 4400 pixels on a side",
    },
    {
      name: "jwst_crf",
      title: "JWST, NIRCam crf",
      hdus: [{ cards: 355 }, ...jwst, { name: "ASDF", tableBytes: Math.ceil(25e6 / by) }],
      hdu: 1,
      scaled: "full size; the table ASDF has 25 of 101 MB",
    },
    {
      name: "panstarrs",
      title: "Pan-STARRS stack, RICE",
      hdus: [{ shape: square(3130, 3137), type: "int16", cards: 150 }],
      hdu: 1,
      packed: "rice",
      scaled: "half of about 6260 pixels on a side; BSCALE 1",
    },
    {
      name: "spitzer_cosmos",
      title: "Spitzer, COSMOS mosaic",
      hdus: [{ shape: square(5548, 5428), type: "float32", cards: 60 }],
      hdu: 0,
      scaled: "half of 11096 x 10857 pixels",
    },
    {
      name: "spitzer_irac",
      title: "Spitzer, IRAC mosaic",
      hdus: [{ shape: square(1600, 1600), type: "float32", cards: 200 }],
      hdu: 0,
      scaled: "full size",
    },
    {
      name: "tesscut",
      title: "TESS, cube of images",
      hdus: [
        { cards: 20 },
        { shape: [...square(80, 80), Math.ceil(1245 / by), 2], type: "float32", cards: 5 },
        { name: "TIMES", tableBytes: 1e5 },
      ],
      hdu: 1,
      scaled: "80 x 80 of 2078 x 2136 pixels, all 1245 times",
    },
  ];
}
