/** `preview`: a picture in the terminal, from strided rows. */
import { type Command, Option } from "commander";
import {
  type AxisSelector,
  FitsError,
  type ImageHdu,
  type NdArray,
  ndarray,
  type ResolvedSection,
  type Selection,
} from "fitslice";
import type { Picture } from "fitslice/picture";
import { colorDepth, halfBlocks } from "../blocks.js";
import { askCell, type Cell, usualCell } from "../cell.js";
import { rare } from "../cli-command.js";
import { nestedJson } from "../formats.js";
import { detectGraphics, type Graphics, graphicsNames, iterm, kitty, sixel } from "../graphics.js";
import { wholeNumber, withSharedOptions } from "../options.js";
import { colorful, draw, tell, write } from "../output.js";
import { checkPicture, type PictureOptions, pictureOptions, pngOptions } from "../picture.js";
import { chooseImage, chooseSection, type SelectionOptions, selectionOptions } from "../selection.js";
import type { Session } from "../session.js";
import { manyHelp } from "../sources.js";
import { type StreamOptions, streamEach } from "../streamed.js";

interface PreviewOptions extends SelectionOptions, PictureOptions {
  width?: number;
  graphics?: Graphics;
  json?: boolean;
}

export function previewCommand(command: Command): void {
  command
    .description(
      "Draw an image in the terminal, from as many of its rows as the terminal can show: of a large image that moves a " +
        "few per cent of the bytes (4 % of the rows, or one for each row of characters; where the terminal shows pixels up to 8 MiB).\n\nWhat is read is averaged, so that no " +
        "star is lost in them. The first row is the lowest, as in ds9. Of a cube the first plane is drawn.",
    )
    .argument("<src...>", manyHelp);
  selectionOptions(command);
  command
    .option(
      "--width <columns>",
      "width of the picture in characters (default: the terminal's)",
      wholeNumber(2, 10_000),
    )
    .addOption(
      new Option(
        "--graphics <how>",
        "by the terminal's kitty, iterm or sixel graphics, by colored blocks, or none: by characters (default: what " +
          "the terminal has)",
      ).choices(graphicsNames),
    )
    .option("--json", "the averaged values as JSON instead")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice preview hst.fits
  $ fitslice preview hst.fits --hdu SCI --stretch asinh --colormap inferno --width 60
  $ fitslice preview 'hst.fits[SCI][51:150,101:200]' --vmin 0 --vmax 0.1`,
    );
  pictureOptions(command, { shown: ["--limits", "--vmin", "--vmax", "--stretch", "--colormap"] });
  rare(command, "--fits-section", "--bin-by", "--stretch-a", "--json");
  withSharedOptions(command).action(async (given: string[], options: PreviewOptions) => {
    await checkPicture(options, !options.json, "--json gives the values themselves", ["width", "binBy"]);
    const stream: StreamOptions = { takes: "section", reads: "data", headings: !options.json };
    await streamEach(given, options, stream, (session) => preview(session, options));
  });
}

async function preview(session: Session, options: PreviewOptions): Promise<void> {
  const image = await chooseImage(session);
  const graphics = chooseGraphics(options);
  const plane = planeOf(image, await chooseSection(session, image, options), hasPixels(graphics));
  const columns = options.width ?? Math.min(process.stdout.columns || 80, 160);
  const lines = options.width ? Number.POSITIVE_INFINITY : Math.max(4, (process.stdout.rows || 40) - 3);
  const cell = hasPixels(graphics) ? await cellOfTerminal() : usualCell;
  const step = stepOf(plane, columns, lines, hasPixels(graphics) ? cell : { width: 1, height: 2 });
  const { sampled, rows } = await sample(image, plane, step, options.binBy ?? "mean");
  if (options.json) {
    const shape = sampled.shape.join(",");
    return write(`{"step":${step},"rows":${rows},"shape":[${shape}],"data":${nestedJson(sampled)}}\n`);
  }
  const { encodePng, render } = await import("fitslice/picture");
  const picture = render(sampled, { ...pngOptions(options), width: undefined, binBy: undefined });
  await draw(await drawn(picture, graphics, { columns, lines, cell }, encodePng));
  const name = `HDU ${image.index}${image.name && ` ${image.name}`}`;
  const [height, width] = plane.shape;
  const what = `${options.binBy === "max" ? "maximum" : "mean"} of ${step} columns and ${rows} of ${step} rows`;
  tell(
    `${name}: ${height} x ${width}, ${step === 1 ? "every pixel" : `each pixel the ${what}`}, ` +
      `from ${picture.vmin.toPrecision(4)} to ${picture.vmax.toPrecision(4)}`,
  );
}

/** As asked; else what the terminal says of itself; characters where stdout is none, or colors are not wanted. */
function chooseGraphics({ graphics, json }: PreviewOptions): Graphics {
  if (json) return "blocks";
  if (graphics !== undefined) return graphics;
  if (!colorful(process.stdout)) return "none";
  return process.stdout.isTTY ? detectGraphics(process.env) : "blocks";
}

function hasPixels(graphics: Graphics): boolean {
  return graphics !== "blocks" && graphics !== "none";
}

/** Asked where the terminal can answer, else the usual size. */
async function cellOfTerminal(): Promise<Cell> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return usualCell;
  return askCell(stdin, stdout, () => process.kill(process.pid, "SIGINT"));
}

/** Images of up to so many bytes are read whole: about what opening the file reads. */
const smallImage = 262_144;
/** Of those shown by pixels so many bytes are read, where that is more than the share. */
const smallForPixels = 8_388_608;
/** Of larger ones this share of the rows is read, or one row for each row of blocks. */
const rowShare = 0.04;

/** How many pixels, each way, become one: as few as the terminal has room for, and as the share of rows allows. */
function stepOf({ shape, share }: Plane, columns: number, lines: number, { width, height }: Cell): number {
  const stepFor = (across: number, high: number): number =>
    Math.max(1, Math.ceil(shape[1] / (across * columns)), Math.ceil(shape[0] / (high * lines)));
  // One row for each row of blocks is read in any case.
  return Math.max(stepFor(width, height), Math.min(stepFor(1, 2), Math.ceil(1 / share)));
}

/** Bins of `step` columns and of a few rows out of every `step`. */
async function sample(
  image: ImageHdu,
  plane: Plane,
  step: number,
  binBy: "mean" | "max",
): Promise<{ sampled: NdArray; rows: number }> {
  const [height, width] = plane.shape;
  const rows = Math.max(1, Math.floor(step * plane.share));
  const spans = Array.from({ length: Math.ceil(height / step) }, (_, i) =>
    plane.within(i * step, Math.min(height, (i + 1) * step), rows),
  );
  const { binned } = await import("fitslice/picture");
  const lineWidth = Math.ceil(width / step);
  const sampled = new Float64Array(lineWidth * spans.length);
  const batch = Math.max(1, Math.floor(batchPixels / (width * rows)));
  for (let first = 0; first < spans.length; first += batch) {
    const some = spans.slice(first, first + batch);
    const selections = some.map(({ start, stop }) => plane.rows(start, stop));
    const arrays = await image.sections(selections, { optimize: "bytes" });
    for (const [i, { data }] of arrays.entries()) {
      const count = data.length / width;
      const line = binned(ndarray(data, [count, width]), { bin: [count, step], binBy });
      sampled.set(line.data, (first + i) * lineWidth);
    }
  }
  return { sampled: ndarray(sampled, [spans.length, lineWidth]), rows };
}

/** Rows of so many pixels are read together. */
const batchPixels = 8_000_000;

async function drawn(
  picture: Picture,
  graphics: Graphics,
  { columns, lines, cell }: { columns: number; lines: number; cell: Cell },
  encodePng: (picture: Picture) => Promise<Uint8Array>,
): Promise<string> {
  const { width, height } = picture;
  if (graphics === "none") return halfBlocks(picture, "none");
  if (graphics === "blocks") return halfBlocks(picture, colorDepth(process.env));
  const wide = Math.max(
    1,
    Math.floor(Math.min(columns, (lines * cell.height * width) / height / cell.width)),
  );
  if (graphics === "kitty") return kitty(await encodePng(picture), wide);
  if (graphics === "iterm") return iterm(await encodePng(picture), wide);
  return sixel(picture, Math.max(1, Math.floor((wide * cell.width) / width)));
}

interface Axis {
  readonly start: number;
  readonly count: number;
  readonly step: number;
  readonly dropped: boolean;
}

function axesOf({ start, count, step, dropped }: ResolvedSection): Axis[] {
  return start.map((first, axis) => ({
    start: first,
    count: count[axis]!,
    step: step[axis]!,
    dropped: dropped[axis]!,
  }));
}

interface Plane {
  readonly shape: readonly [height: number, width: number];
  /** Which share of its rows may be read: 1 of one that is read whole as soon as a part. */
  readonly share: number;
  /** The selection of the rows from `start` to before `stop`. */
  rows(start: number, stop: number): Selection;
  /** About `count` rows in the middle between two: more where they lie in the tile that has to be read anyway. */
  within(start: number, stop: number, count: number): { start: number; stop: number };
}

/** The plane to draw: the last two axes of the section, at the start of the others. */
function planeOf(image: ImageHdu, selection: Selection | undefined, hasPixels: boolean): Plane {
  const axes = axesOf(image.resolve(selection));
  const long = axes.flatMap(({ dropped }, axis) => (dropped ? [] : [axis]));
  const [y, x] = [long.at(-2), long.at(-1)];
  if (x === undefined || axes.some(({ count }) => count === 0)) {
    throw new FitsError("BAD_ARGUMENT", "no pixels to draw: the section is empty");
  }
  const height = y === undefined ? 1 : axes[y]!.count;
  const width = axes[x]!.count;
  const elementBytes = Number(/\d+$/.exec(image.rawDtype)![0]) / 8;
  const bytes = height * width * elementBytes;
  const tileRows = y !== undefined && axes[y]!.step === 1 ? (image.tileShape?.[y] ?? 1) : 1;
  const span = ({ start, step }: Axis, from: number, to: number): AxisSelector => {
    const last = start + (to - 1) * step;
    const stop = step > 0 ? last + 1 : last - 1;
    return [start + from * step, stop < 0 ? null : stop, step];
  };
  return {
    shape: [height, width],
    share: bytes <= smallImage ? 1 : Math.min(1, Math.max(rowShare, hasPixels ? smallForPixels / bytes : 0)),
    rows: (start, stop) =>
      axes.map((axis, i): AxisSelector => {
        if (i === y) return span(axis, start, stop);
        return i === x ? span(axis, 0, width) : axis.start;
      }),
    within(start, stop, count) {
      const first = start + Math.floor(Math.max(0, stop - start - count) / 2);
      const last = Math.min(stop, first + count);
      if (tileRows === 1) return { start: first, stop: last };
      const above = axes[y!]!.start;
      const tile = Math.floor((above + first) / tileRows) * tileRows - above;
      return {
        start: Math.max(start, Math.min(first, tile)),
        stop: Math.min(stop, Math.max(last, tile + tileRows)),
      };
    },
  };
}
