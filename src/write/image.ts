/**
 * Images to be written: a primary HDU's or an IMAGE extension's (FITS Standard 4.0, sections 4.4.1, 4.4.2, 7.1).
 */
import { checkObject } from "../argument.js";
import {
  type Arrays,
  type ArrayView,
  bytesPerElement,
  cStrides,
  type DType,
  dtypeOf,
  elementCount,
} from "../array.js";
import { FitsError } from "../errors.js";
import { type AnyArray, offsetOf, toBigEndian } from "./bigendian.js";
import type { HeaderCard } from "./card.js";
import { checkScale, checkStoredNull, shown, wholeCardValue } from "./check.js";
import { checkIterable, checkPixels, headerItems } from "./given.js";
import { type DataFacts, nameCards, noFacts, type Stream, type WritableHdu } from "./hdu.js";
import { type HeaderItem, keywordOf } from "./header.js";

/** Pixels as they come: `parts` put one after another are the image in C order, cut anywhere. */
export interface ImageStream<D extends DType = DType> {
  readonly dtype: D;
  /** Slowest axis first. */
  readonly shape: readonly number[];
  readonly parts: Stream<Arrays[D]>;
}

export interface ImageOptions<D extends DType = DType> {
  /** In C order; absent for an HDU without data. */
  readonly data?: ArrayView<D> | ImageStream<D> | undefined;
  /**
   * Further cards. Those that say how the data are stored (BITPIX, NAXISn, BSCALE, BZERO, BLANK, checksums ...) are
   * the writer's own and left out, so that the header of another image can be given as it is.
   */
  readonly header?: Iterable<HeaderItem> | undefined;
  /** EXTNAME. */
  readonly name?: string | undefined;
  /** EXTVER. */
  readonly ver?: number | undefined;
  /** BSCALE and BZERO to note: `data` are stored values, of a signed type or uint8. */
  readonly bscale?: number | undefined;
  readonly bzero?: number | undefined;
  /** BLANK: the stored integer that stands for undefined pixels. */
  readonly blank?: number | bigint | undefined;
}

const bitpix: Record<DType, number> = {
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
  int64: 64,
  uint64: 64,
  float32: -32,
  float64: -64,
};

const ownKeywords =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BSCALE|BZERO|BLANK|TFIELDS|THEAP|CHECKSUM|DATASUM|END|CONTINUE)$/;

/** About how many bytes go into one chunk. */
const chunkBytes = 1 << 20;

/**
 * An image HDU: the primary one if it comes first in the file, else an IMAGE extension. The element type decides
 * BITPIX; int8, uint16, uint32 and uint64 get the BZERO of the Standard's convention.
 *
 * Throws BAD_ARGUMENT where shape and data do not go together, or scaling and element type.
 */
export function imageHdu<D extends DType>(options: ImageOptions<D> = {}): WritableHdu {
  checkObject(options, "an image to write");
  const { data } = options;
  const header = headerItems(options.header);
  const source = data === undefined ? undefined : sourceOf(data);
  const scaling = scalingCards(options, source?.dtype);
  return {
    kind: "image",
    facts: noFacts,
    repeatable: source === undefined || Array.isArray(source.parts),
    fill: 0,
    cards: (primary) => [
      ...shapeCards(primary, source),
      ...scaling,
      ...nameCards(options.name, options.ver),
      ...header.filter((item) => isFree(item, options)),
    ],
    data: () => imageChunks(source),
  };
}

function isFree(item: HeaderItem, options: Omit<ImageOptions, "data">): boolean {
  const keyword = keywordOf(item);
  if (keyword === "EXTNAME") return options.name === undefined;
  if (keyword === "EXTVER") return options.ver === undefined;
  return !ownKeywords.test(keyword);
}

function sourceOf<D extends DType>(data: ArrayView<D> | ImageStream<D>): ImageStream {
  checkPixels(data, "the image's data");
  const { shape } = data;
  if (shape.length > 999 || shape.some((n) => !Number.isSafeInteger(n) || n < 0)) {
    throw new FitsError("BAD_ARGUMENT", `an image cannot have the shape [${shape.join(", ")}]`);
  }
  if ("parts" in data) {
    checkIterable(data.parts, "the image's parts", "typed arrays one by one");
    if (bitpix[data.dtype] !== undefined) return data as unknown as ImageStream;
    throw new FitsError("BAD_ARGUMENT", `the image's dtype is ${shown(data.dtype)}, no type of pixels`);
  }
  const dtype = dtypeOf(data.data, "the image's data");
  if (shape.length === 0) throw noAxes();
  if (data.data.length !== elementCount(shape)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${data.data.length} pixels do not fill the shape [${shape.join(", ")}]`,
    );
  }
  if (
    cStrides(shape).some(
      (step, axis) => step !== data.stride[axis] && shape[axis] !== 1 && data.data.length > 0,
    )
  ) {
    throw new FitsError(
      "BAD_ARGUMENT",
      "only arrays in C order can be written; copy this one into C order first",
    );
  }
  return { dtype, shape, parts: [data.data] };
}

/** FITS has no image of one pixel without axes: an image without axes has no pixels. */
export function noAxes(): FitsError {
  return new FitsError("BAD_ARGUMENT", "an image needs an axis; give a single pixel the shape [1]");
}

function shapeCards(primary: boolean, source: ImageStream | undefined): HeaderCard[] {
  const axes = source ? [...source.shape].reverse() : [];
  const cards: HeaderCard[] = [
    primary
      ? { keyword: "SIMPLE", value: true, comment: "conforms to FITS standard" }
      : { keyword: "XTENSION", value: "IMAGE", comment: "image extension" },
    {
      keyword: "BITPIX",
      value: source ? bitpix[source.dtype] : 8,
      comment: "bits per pixel, negative: float",
    },
    { keyword: "NAXIS", value: axes.length, comment: "number of axes" },
    ...axes.map((n, i) => ({ keyword: `NAXIS${i + 1}`, value: n, comment: `length of axis ${i + 1}` })),
  ];
  if (primary) return [...cards, { keyword: "EXTEND", value: true, comment: "there may be extensions" }];
  return [
    ...cards,
    { keyword: "PCOUNT", value: 0, comment: "no parameters" },
    { keyword: "GCOUNT", value: 1, comment: "one group" },
  ];
}

function scalingCards(options: Omit<ImageOptions, "data">, dtype: DType | undefined): HeaderCard[] {
  const { bscale, bzero, blank } = options;
  checkScale(bscale, bzero, ["bscale", "bzero"]);
  const offset = dtype && offsetOf(dtype);
  if (offset !== undefined && (bscale !== undefined || bzero !== undefined)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${dtype} pixels are stored with a BZERO of their own; give stored values to scale`,
    );
  }
  const cards: HeaderCard[] = [];
  const scale = bscale ?? (offset === undefined ? undefined : 1);
  const zero = bzero ?? offset;
  if (scale !== undefined)
    cards.push({
      keyword: "BSCALE",
      value: scale,
      real: bscale !== undefined,
      comment: "physical = BZERO + BSCALE * stored",
    });
  if (zero !== undefined)
    cards.push({
      keyword: "BZERO",
      value: zero,
      real: bzero !== undefined,
      comment: "offset of stored values",
    });
  if (blank === undefined) return cards;
  if (!dtype || dtype.startsWith("float")) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `BLANK is for integer pixels, not for ${dtype ?? "no pixels"}; floats have NaN`,
    );
  }
  checkStoredNull(blank, bitpix[dtype], "blank");
  cards.push({ keyword: "BLANK", value: wholeCardValue(blank), comment: "stored value of undefined pixels" });
  return cards;
}

async function* imageChunks(
  source: ImageStream | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>, DataFacts, void> {
  if (!source) return noFacts;
  // An image without axes has no data (Standard 4.4.1.1), not the one pixel of an array without axes.
  const wanted = source.shape.length === 0 ? 0 : elementCount(source.shape);
  const step = chunkBytes / bytesPerElement(source.dtype);
  let written = 0;
  for await (const part of source.parts) {
    if (dtypeOf(part as AnyArray, "a part of the image") !== source.dtype) {
      throw new FitsError(
        "WRONG_TYPE",
        `a part of an image of ${source.dtype} holds another type of elements`,
      );
    }
    written += part.length;
    if (written > wanted) break;
    for (let i = 0; i < part.length; i += step)
      yield toBigEndian(part, source.dtype, i, Math.min(part.length, i + step));
  }
  if (written === wanted) return noFacts;
  throw new FitsError(
    "BAD_ARGUMENT",
    `got ${written > wanted ? "more than" : `only ${written} of`} the ${wanted} pixels of the shape`,
  );
}
