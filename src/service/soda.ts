/**
 * SODA 1.0: what its parameters want of a file, one combination of values at a time.
 */
import type { Fits, HduSelector } from "../fits.js";
import { nothing } from "./answer.js";
import { type CutBody, type CutFormat, checkPrice, cutBody, partsOf, type Wish } from "./cut.js";
import { type Exchange, fileAnswer, today } from "./exchange.js";
import type { ServiceLimits } from "./limits.js";
import { oneValue, onlyThese, type Parameters, valuesOf } from "./parameters.js";
import { Refusal, usage } from "./refusal.js";
import {
  circleIn,
  type Interval,
  intervalIn,
  polarizationIn,
  polygonIn,
  posIn,
  type Shape,
} from "./shapes.js";

export const sodaParameters: readonly string[] = [
  ...["ID", "CIRCLE", "POLYGON", "POS", "BAND", "TIME", "POL", "HDU", "RESPONSEFORMAT"],
  ...["REQUEST", "VERSION", "RUNID", "UPLOAD", "MAXREC"],
];

/** One cutout that is asked for. */
export interface SodaWish {
  readonly id: string;
  readonly wish: Wish;
  readonly format: CutFormat;
  /** The media type of the answer, where the request has named one (DALI 1.1, section 3.4.3). */
  readonly type?: string | undefined;
}

/**
 * One wish for each combination of the values of ID, of the shapes, of BAND and of TIME; values of POL belong together. Throws Refusal for
 * values that make no sense, and for more than `most` combinations.
 */
export function sodaWishes(parameters: Parameters, most: number): SodaWish[] {
  onlyThese(parameters, sodaParameters);
  const ids = valuesOf(parameters, "ID");
  if (ids.length === 0) throw usage("ID is missing: it names the file that is cut");
  if (valuesOf(parameters, "UPLOAD").length > 0) throw usage("UPLOAD is not supported");
  const shapes: (Shape | undefined)[] = [
    ...valuesOf(parameters, "POS").map(posIn),
    ...valuesOf(parameters, "CIRCLE").map(circleIn),
    ...valuesOf(parameters, "POLYGON").map(polygonIn),
  ];
  const intervals = (name: string): (Interval | undefined)[] => {
    const values = valuesOf(parameters, name).map((text) => intervalIn(text, name));
    return values.length > 0 ? values : [undefined];
  };
  const [bands, times] = [intervals("BAND"), intervals("TIME")];
  const polarizations = valuesOf(parameters, "POL").map(polarizationIn);
  const count = ids.length * Math.max(1, shapes.length) * bands.length * times.length;
  if (count > most)
    throw new Refusal(
      400,
      most === 1 ? "MultiValuedParamNotSupported" : "UsageError",
      most === 1
        ? "one cutout at a time; /soda/async takes several values"
        : `${count} cutouts are wanted, and a job has ${most} at most`,
    );
  const hdus = hdusIn(oneValue(parameters, "HDU"));
  const named = oneValue(parameters, "RESPONSEFORMAT");
  const [format, type] = [formatIn(named), mediaTypeIn(named)];
  const all: SodaWish[] = [];
  for (const id of ids)
    for (const shape of shapes.length > 0 ? shapes : [undefined])
      for (const band of bands)
        for (const time of times)
          all.push({
            id,
            format,
            ...(type !== undefined && { type }),
            wish: { hdus, shape, band, time, ...(polarizations.length > 0 && { polarizations }) },
          });
  return all;
}

/** The body of one cutout; undefined where nothing overlaps. */
export async function sodaCut(
  fits: Fits,
  { wish, format, type }: Omit<SodaWish, "id">,
  { limits, signal }: { readonly limits: ServiceLimits; readonly signal: AbortSignal },
): Promise<CutBody | undefined> {
  const parts = await partsOf(fits, wish, signal);
  if (parts.length === 0) return undefined;
  await checkPrice(fits, parts, limits);
  const body = await cutBody(fits, parts, format, { date: today(), signal });
  return type === undefined ? body : { ...body, type };
}

/** `/soda/sync`. */
export async function sodaSync(exchange: Exchange): Promise<Response> {
  const { parameters, shared, signal } = exchange;
  const [one] = sodaWishes(parameters, 1);
  return cutAnswer(exchange, "soda", one!, { limits: shared.limits, signal });
}

/** The answer of one cutout. */
export function cutAnswer(
  exchange: Exchange,
  what: string,
  { id, ...wish }: SodaWish,
  how: { readonly limits: ServiceLimits; readonly signal: AbortSignal },
): Promise<Response> {
  return fileAnswer(exchange, what, id, async (fits) => (await sodaCut(fits, wish, how)) ?? nothing());
}

const formats: Readonly<Record<string, CutFormat>> = {
  ...{ fits: "fits", "application/fits": "fits", "image/fits": "fits" },
  ...{ png: "png", "image/png": "png" },
  ...{ npy: "npy", "application/x-npy": "npy" },
};

/** The media type that a format names, one of `formats`, without its parameters. */
function mediaTypeIn(text = ""): string | undefined {
  return text.includes("/")
    ? text
        .trim()
        .toLowerCase()
        .replace(/\s*;.*$/, "")
    : undefined;
}

/** The format by its name or its media type. Throws Refusal. */
export function formatIn(text = "fits"): CutFormat {
  const format =
    formats[
      text
        .trim()
        .toLowerCase()
        .replace(/\s*;.*$/, "")
    ];
  if (format) return format;
  throw usage("the format is one of fits, png, npy, application/fits, image/png");
}

/** `SCI`, `SCI,ERR`, `SCI,1,ERR,1`, `1,2`, `all`: a number behind a name is its version, any other one an index. Default: the first image. */
export function hdusIn(text: string | undefined): readonly HduSelector[] | "first" | "all" {
  if (text === undefined) return "first";
  if (/^\s*all\s*$/i.test(text)) return "all";
  const hdus: HduSelector[] = [];
  for (const part of text.split(",").map((word) => word.trim())) {
    if (part === "") throw usage("HDU is names or numbers with commas between them, such as SCI,ERR");
    const one = /^[+-]?\d{1,9}$/.test(part) ? Number(part) : part;
    const last = hdus.at(-1);
    if (typeof one === "number" && typeof last === "string") hdus[hdus.length - 1] = [last, one];
    else hdus.push(one);
  }
  if (hdus.length > 64) throw usage("HDU has 64 names at most");
  return hdus;
}
