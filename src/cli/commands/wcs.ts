/** `wcs`: pixels to positions on the sky and back; without points what the WCS of an HDU is. */
import type { Command } from "commander";
import { type Fits, FitsError, type Hdu, type Header } from "fitslice";
import {
  type Celestial,
  convertFrame,
  type Frame,
  frameLabel,
  parseFrame,
  readWcs,
  type SkyPoint,
  type Wcs,
  type WcsSelection,
  wcsOf,
} from "fitslice/wcs";
import { parseAddress } from "../address.js";
import { headerOfSource, textHeader } from "../bare-header.js";
import { rare } from "../cli-command.js";
import { badUsage } from "../failure.js";
import { type HduOptions, openOptions, repeated, withSharedOptions } from "../options.js";
import { tellWarning, toJson, write } from "../output.js";
import { withFits } from "../session.js";
import { pixelOf, pointTexts, positionOf, refuseTwoOnStdin } from "../wcs-points.js";
import { factsOf, summaryLines } from "../wcs-summary.js";

interface WcsCommandOptions extends HduOptions {
  alternate?: string;
  column?: string;
  columns?: string;
  toSky?: string[];
  toPixel?: string[];
  origin?: "0" | "1";
  frame?: string;
  resolve?: boolean;
}

export function wcsCommand(command: Command): void {
  command
    .description(
      "Where pixels lie on the sky, and positions in the image, by the header's world coordinate system (WCS); without " +
        "points, what that is: projection, frame, scale, size, corners, orientation, distortions. Pixels are those of the " +
        "two celestial axes, counted from 1 as in FITS and ds9. Only headers and distortion tables are read. " +
        "SRC may also be a bare header: cards of 80 bytes, or lines of text (- is stdin).",
    )
    .argument("<src>", "path, URL or s3://bucket/key, perhaps with [EXT] behind it; or a bare header")
    .allowExcessArguments()
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first with celestial axes)")
    .option("--alternate <letter>", "an alternate WCS, A to Z")
    .option("--column <name>", "of a table: the WCS of the images in this column")
    .option("--columns <x,y>", "of a table: the WCS of the pixel list in these columns")
    .option("--to-sky <x y>", "a pixel; @FILE or - (stdin) for one a line (may be repeated)", repeated)
    .option(
      "--to-pixel <lon lat>",
      "a position: 150.1 2.2, '10h01m41.1s +02d25m20s', 'gal 120.1 -5'; @FILE or - for one a line (may be repeated)",
      repeated,
    )
    .option("--origin <0|1>", "number of the first pixel (default 1)")
    .option(
      "--frame <name>",
      "of positions: icrs, fk5, fk4, galactic, ecliptic, 'fk5 J1975' ... (default: the header's own)",
    )
    .option("--resolve", "ask CDS (Sesame) for a position that is the name of an object, such as M51")
    .option(
      "--json",
      'as JSON: {"sky": [[lon,lat]|null, ...], "pixel": [[x,y]|null, ...]}; without points what the WCS is',
    )
    .addHelpText(
      "after",
      `
One line for each point, in the order given, --to-sky first; "nan nan" where there is no counterpart. Lines that begin
with # are passed over in files of points. Positions are degrees, in full precision.

Examples:
  $ fitslice wcs hst.fits --hdu SCI
  $ fitslice wcs https://archive.example/hst.fits --hdu SCI --to-sky '100 200' --frame galactic
  $ fitslice header hst.fits --hdu SCI | fitslice wcs - --to-sky '1 1' --to-sky '60 50' --json`,
    )
    .action(async (src: string, options: WcsCommandOptions, { args }: Command) => {
      if (args.length > 1)
        throw badUsage(
          `one source is read, and ${args.length} were given (${args.join(", ")}); a point is one argument: --to-sky '10 20'`,
        );
      refuseTwoOnStdin(options.toSky, options.toPixel, src === "-" ? ["-"] : []);
      if (options.origin !== undefined && !/^[01]$/.test(options.origin))
        throw badUsage("--origin is the number of the first pixel: 1 (FITS, ds9) or 0 (numpy)");
      const asked = options.frame === undefined ? undefined : parseFrame(options.frame);
      await withWcs(src, options, async (wcs, header) => {
        const sky = await pointTexts("--to-sky", options.toSky);
        const pixel = await pointTexts("--to-pixel", options.toPixel);
        for (const warning of wcs.warnings) tellWarning(warning);
        if (options.toSky === undefined && options.toPixel === undefined)
          return describe(wcs, header, options);
        const celestial = celestialPart(wcs);
        const origin = options.origin === "0" ? 0 : 1;
        const meant = { asked, header: celestial.frame, resolve: options.resolve === true };
        const positions: SkyPoint[] = [];
        for (const text of pixel) positions.push(await positionOf(text, meant));
        await answer(
          pixelsToSky(celestial, sky.map(pixelOf), origin, asked),
          skyToPixels(celestial, positions, origin),
          options,
        );
      });
    });
  rare(command, "--alternate", "--column", "--columns", "--resolve");
  withSharedOptions(command);
}

type Point = readonly [number, number] | null;

/** Lets `work` use the WCS that the source and the options name. */
async function withWcs(
  src: string,
  options: WcsCommandOptions,
  work: (wcs: Wcs, header: Header) => Promise<void>,
): Promise<void> {
  const selection: WcsSelection = {
    ...(options.alternate !== undefined && { alternate: options.alternate.toUpperCase() }),
    ...(options.column !== undefined && { column: options.column }),
    ...(options.columns !== undefined && { columns: options.columns.split(",").map((name) => name.trim()) }),
  };
  const ofHeader = (header: Header): Promise<void> =>
    work(wcsOf(header, { ...selection, tables: {} }), header);
  const text = await textHeader(src);
  if (text && options.hdu !== undefined && options.hdu !== "0")
    throw badUsage(`${src} is a header on its own, without other HDUs; leave out --hdu ${options.hdu}`);
  if (text) return ofHeader(text);
  let isFits = false;
  try {
    await withFits(src, "hdu", options, async ({ fits, hdu: which }) => {
      const hdu = await (which === undefined ? defaultHdu(fits, selection) : fits.hdu(which));
      isFits = true;
      await work(await readWcs(fits, hdu, selection), hdu.header);
    });
  } catch (error) {
    const header = isFits ? undefined : await headerInstead(error, src, options);
    if (!header) throw error;
    await ofHeader(header);
  }
}

/** The bare header that a source holds which could not be opened as a FITS file. */
async function headerInstead(
  error: unknown,
  src: string,
  options: WcsCommandOptions,
): Promise<Header | undefined> {
  if (!(error instanceof FitsError) || !/^(NOT_FITS|BAD_HEADER|TRUNCATED)$/.test(error.code))
    return undefined;
  const { source, hdu } = parseAddress(src);
  if (hdu !== undefined || options.hdu !== undefined) return undefined;
  try {
    return await headerOfSource(source, await openOptions(options));
  } catch (second) {
    if (!(second instanceof FitsError) || second.code !== "UNSUPPORTED") return undefined;
    throw new FitsError(error.code, `${error.message} (${second.message})`, { cause: error });
  }
}

/** The first HDU with celestial axes; without one the first image with pixels, or else the first HDU. */
async function defaultHdu(fits: Fits, selection: WcsSelection): Promise<Hdu> {
  if (selection.column !== undefined || selection.columns !== undefined) return fits.table();
  for await (const hdu of fits) if (isSky(hdu.header, selection)) return hdu;
  try {
    return await fits.image();
  } catch (error) {
    if (!(error instanceof FitsError) || error.code !== "NO_SUCH_HDU") throw error;
  }
  return fits.hdu(0);
}

/** Whether a header has celestial axes; of one that cannot be read the reading will say why. */
function isSky(header: Header, selection: WcsSelection): boolean {
  try {
    return wcsOf(header, { ...selection, tables: {} }).celestial !== undefined;
  } catch (error) {
    if (error instanceof FitsError) return error.code === "BAD_HEADER";
    throw error;
  }
}

async function describe(wcs: Wcs, header: Header, { json }: WcsCommandOptions): Promise<void> {
  const facts = factsOf(wcs, header);
  await write(json ? `${toJson(facts)}\n` : `${summaryLines(facts).join("\n")}\n`);
}

function celestialPart({ celestial, axes }: Wcs): Celestial {
  if (celestial) return celestial;
  const types = axes.map(({ ctype }) => ctype || "-").join(", ");
  throw new FitsError(
    "BAD_HEADER",
    `this WCS has no celestial axes (CTYPE: ${types || "none"}); try another --hdu or --alternate`,
  );
}

function pixelsToSky(
  celestial: Celestial,
  pixels: readonly (readonly [number, number])[],
  origin: number,
  asked: Frame | undefined,
): Point[] {
  const x = Float64Array.from(pixels, (point) => point[0] - origin);
  const y = Float64Array.from(pixels, (point) => point[1] - origin);
  const sky = celestial.skyOf(x, y);
  const { lon, lat } = asked ? converted(sky, celestial.frame, asked) : sky;
  return points(lon, lat, 0);
}

function converted(
  { lon, lat }: { readonly lon: Float64Array; readonly lat: Float64Array },
  from: Frame,
  to: Frame,
): { readonly lon: Float64Array; readonly lat: Float64Array } {
  if (from.name !== "unknown") return convertFrame(lon, lat, from, to);
  throw new FitsError(
    "BAD_ARGUMENT",
    `positions in the frame of this header (${frameLabel(from)}) cannot be converted; leave out --frame`,
  );
}

function skyToPixels(celestial: Celestial, sky: readonly SkyPoint[], origin: number): Point[] {
  const lon = Float64Array.from(sky, (point) => point[0]);
  const lat = Float64Array.from(sky, (point) => point[1]);
  const { x, y } = celestial.pixelsOf(lon, lat);
  return points(x, y, origin);
}

function points(first: Float64Array, second: Float64Array, origin: number): Point[] {
  return Array.from(first, (value, i) =>
    Number.isFinite(value) && Number.isFinite(second[i]) ? [value + origin, second[i]! + origin] : null,
  );
}

async function answer(
  sky: readonly Point[],
  pixel: readonly Point[],
  { json }: WcsCommandOptions,
): Promise<void> {
  if (json) return write(`${toJson({ sky, pixel })}\n`);
  await write([...sky, ...pixel].map((point) => `${point ? point.join(" ") : "nan nan"}\n`).join(""));
}
