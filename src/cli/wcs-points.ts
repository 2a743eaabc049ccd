/**
 * Points as users give them: pixels and positions, on the command line, in a file, on standard input.
 */
import { FitsError } from "fitslice";
import { convertPoint, type Frame, isSameFrame, type SkyPoint } from "fitslice/wcs";
import { badUsage } from "./failure.js";
import { readInput } from "./files.js";
import { tellWarning } from "./output.js";
import { positionOrName } from "./position.js";

/** The texts of the points that an option names: itself, or the lines of `@file`, or with `-` those of standard input. */
export async function pointTexts(option: string, given: readonly string[] = []): Promise<string[]> {
  const texts: string[] = [];
  for (const text of given) {
    if (text === "-" || text.startsWith("@")) {
      const lines = (await readInput(text.replace(/^@/, "") || "-", option))
        .toString("utf8")
        .split(/\r\n|\n|\r/);
      texts.push(...lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#")));
    } else texts.push(text);
  }
  return texts;
}

/** Throws `Failure` (wrong usage) where two options would read standard input. */
export function refuseTwoOnStdin(...given: readonly (readonly string[] | undefined)[]): void {
  const readers = given.flatMap((texts) => texts ?? []).filter((text) => text === "-" || text === "@-");
  if (readers.length > 1) throw badUsage("standard input can be read once: give one of the lists as @file");
}

/** What this program writes where a point has no counterpart, and reads again. */
const nowhere = /^\s*nan[\s,]+nan\s*$/i;

/** A pixel: two numbers, or `nan nan`. Throws BAD_ARGUMENT. */
export function pixelOf(text: string): [x: number, y: number] {
  if (nowhere.test(text)) return [Number.NaN, Number.NaN];
  const words = text
    .trim()
    .replace(/^[([]|[)\]]$/g, "")
    .trim()
    .split(/\s*,\s*|\s+/);
  const [x, y] = words.map((word) =>
    /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word) ? Number(word) : Number.NaN,
  );
  if (words.length === 2 && Number.isFinite(x) && Number.isFinite(y)) return [x!, y!];
  throw new FitsError(
    "BAD_ARGUMENT",
    `--to-sky: a pixel is two numbers, x and y, not ${JSON.stringify(text)}`,
  );
}

/** How the texts of positions are meant. */
export interface PositionOptions {
  /** The frame of those that name none; by default the header's own. */
  readonly asked: Frame | undefined;
  /** That of the header, in which they are delivered. */
  readonly header: Frame;
  /** Whether what is no position is looked up as the name of an object. */
  readonly resolve: boolean;
}

/** A position in the frame of the header; `nan nan` is none. Throws BAD_ARGUMENT, and as a look-up does. */
export async function positionOf(
  text: string,
  { asked, header, resolve }: PositionOptions,
): Promise<SkyPoint> {
  if (nowhere.test(text)) return [Number.NaN, Number.NaN];
  const position = await positionOrName(text, resolve);
  for (const warning of position.warnings) tellWarning(`${text}: ${warning}`);
  const frame = position.frame ?? asked;
  // Linear longitudes do not repeat: those of plain numbers stay as they were given.
  const [, plain] = /^\s*([+-]?[\d.]+(?:e[+-]?\d+)?)[\s,]+[+-]?[\d.]+(?:e[+-]?\d+)?\s*$/i.exec(text) ?? [];
  const point: SkyPoint = [plain === undefined ? position.lon : Number(plain), position.lat];
  return frame && !isSameFrame(frame, header) ? convertPoint(point, frame, header)! : point;
}
