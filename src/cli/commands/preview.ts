/** `preview`: a picture in the terminal, from strided rows. */
import type { Command } from "commander";
import {
  type AxisSelector,
  FitsError,
  type ImageHdu,
  ndarray,
  type ResolvedSection,
  type Selection,
} from "fitslice";
import { nestedJson } from "../formats.js";
import { wholeNumber, withSharedOptions } from "../options.js";
import { colorful, draw, tell, write } from "../output.js";
import { checkPicture, type PictureOptions, pictureOptions } from "../picture.js";
import {
  chooseImage,
  chooseSection,
  type SelectionOptions,
  selectionOptions,
  sourceHelp,
} from "../selection.js";
import { type Session, withData } from "../session.js";

interface PreviewOptions extends SelectionOptions, PictureOptions {
  width?: number;
  json?: boolean;
}

export function previewCommand(command: Command): void {
  command
    .description(
      "Draw an image in the terminal, from as many of its rows as the terminal can show: of a large image that moves a " +
        "few per cent of the bytes. The first row is the lowest, as in ds9. Of a cube the first plane is drawn.",
    )
    .argument("<src>", sourceHelp);
  selectionOptions(command);
  command
    .option(
      "--width <columns>",
      "width of the picture in characters (default: the terminal's)",
      wholeNumber(2, 10_000),
    )
    .option("--json", "the sampled values as JSON instead")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice preview hst.fits
  $ fitslice preview hst.fits --hdu SCI --stretch asinh --colormap inferno --width 60
  $ fitslice preview 'hst.fits[SCI][51:150,101:200]' --vmin 0 --vmax 0.1`,
    );
  pictureOptions(command);
  withSharedOptions(command).action(async (src: string, options: PreviewOptions) => {
    await checkPicture(options, !options.json, "--json gives the values themselves");
    await withData(src, "section", options, (session) => preview(session, options));
  });
}

async function preview(session: Session, options: PreviewOptions): Promise<void> {
  const image = await chooseImage(session);
  const plane = planeOf(image, await chooseSection(session, image, options));
  const columns = options.width ?? Math.min(process.stdout.columns || 80, 160);
  const lines = Math.max(4, (process.stdout.rows || 40) - 3);
  const [height, width] = plane.shape;
  const step = Math.max(1, Math.ceil(width / columns), options.width ? 1 : Math.ceil(height / (2 * lines)));
  const selection = plane.selection(step);
  const pixels = await image.section(selection, { optimize: "bytes" });
  const sampled = ndarray(pixels.data, plane.sampledShape(step));
  if (options.json) {
    const shape = sampled.shape.join(",");
    return write(`{"step":${step},"shape":[${shape}],"data":${nestedJson(sampled)}}\n`);
  }
  const { render } = await import("fitslice/picture");
  const picture = render(sampled, options);
  await draw(halfBlocks(picture.width, picture.height, picture.rgb));
  const name = `HDU ${image.index}${image.name && ` ${image.name}`}`;
  tell(
    `${name}: ${height} x ${width}, ${step === 1 ? "every pixel" : `one pixel of ${step} each way`}, ` +
      `from ${picture.vmin.toPrecision(4)} to ${picture.vmax.toPrecision(4)}`,
  );
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
  selection(step: number): Selection;
  sampledShape(step: number): [number, number];
}

/** The plane to draw: the last two axes of the section, at the start of the others. */
function planeOf(image: ImageHdu, selection: Selection | undefined): Plane {
  const axes = axesOf(image.resolve(selection));
  const long = axes.flatMap(({ dropped }, axis) => (dropped ? [] : [axis]));
  const [y, x] = [long.at(-2), long.at(-1)];
  if (x === undefined || axes.some(({ count }) => count === 0)) {
    throw new FitsError("BAD_ARGUMENT", "no pixels to draw: the section is empty");
  }
  const height = y === undefined ? 1 : axes[y]!.count;
  const width = axes[x]!.count;
  const sampled = (count: number, step: number): number => Math.ceil(count / step);
  return {
    shape: [height, width],
    sampledShape: (step) => [y === undefined ? 1 : sampled(height, step), sampled(width, step)],
    selection: (step) =>
      axes.map(({ start, count, step: own }, axis): AxisSelector => {
        if (axis !== x && axis !== y) return start;
        const last = start + (count - 1) * own;
        const stop = own > 0 ? last + 1 : last - 1;
        return [start, stop < 0 ? null : stop, own * step];
      }),
  };
}

/** Two pixels a character: the upper half block in the upper pixel's color on the lower one's. */
function halfBlocks(width: number, height: number, rgb: Uint8Array): string {
  const plain = !colorful(process.stdout);
  const at = (x: number, y: number): readonly number[] =>
    y < height ? [...rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)] : [0, 0, 0];
  let text = "";
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x++) {
      const [upper, lower] = [at(x, y), at(x, y + 1)];
      text += plain ? shade(upper, lower) : `\u001b[38;2;${upper.join(";")};48;2;${lower.join(";")}m\u2580`;
    }
    text += plain ? "\n" : "\u001b[0m\n";
  }
  return text;
}

/** Where colors would only be noise, as in a file: characters of growing density. */
function shade(...colors: readonly (readonly number[])[]): string {
  const mean = colors.flat().reduce((sum, level) => sum + level, 0) / (3 * colors.length);
  return " .:-=+*#%@"[Math.min(9, Math.floor((mean / 256) * 10))]!;
}
