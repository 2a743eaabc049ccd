/**
 * The options that say what stamps are like, and what does not go together among them.
 */
import { type Command, Option } from "commander";
import { parseHdus } from "../cut-file.js";
import { badUsage } from "../failure.js";
import { type CutoutsOptions, type StampFormat, stampFormats } from "./options.js";

/** Adds the options that say what the stamps are like, and which files they are cut from. */
export function stampOptions(command: Command): Command {
  return command
    .option("--size <size>", "64pix, 5arcsec, '5arcsec x 3arcsec' (width first), for rows without one")
    .option(
      "--hdu <which>",
      "index, NAME or NAME,VER; several for FITS: SCI,ERR,DQ (default: the first image)",
    )
    .addOption(
      new Option(
        "--mode <name>",
        "stamps that reach beyond the image: partial fills (default), trim cuts them off, strict fails",
      ).choices(["partial", "trim", "strict"]),
    )
    .option("--fill <value>", "what partial fills with (default NaN, of integers BLANK)")
    .option("--plane <n>", "of a cube, the plane, from 0")
    .addOption(new Option("--format <name>", "of the stamps (default fits)").choices(stampFormats))
    .option(
      "--footprints <table>",
      "which file shows what: a table made by fitslice footprints, or an ObsCore one",
    )
    .addOption(
      new Option("--files <which>", "of the footprints that show a target: best (default) or all").choices([
        "best",
        "all",
      ]),
    );
}

/** Refuses options that do not go together. */
export function checkOptions(
  src: string | undefined,
  { output, footprints, files, size, fill, mode, hdu, resume, retryFailed }: CutoutsOptions,
  format: StampFormat,
  kind: string,
): void {
  if (retryFailed && !resume) throw badUsage("--retry-failed goes with --resume");
  if (output === "-") throw badUsage("stamps go into a folder or a file; name one with -o");
  if (src !== undefined && footprints !== undefined)
    throw badUsage("the targets are cut from SRC, or from the files of --footprints; leave one out");
  if (files !== undefined && footprints === undefined)
    throw badUsage("--files chooses among --footprints; name a table");
  if (fill !== undefined && mode !== undefined && mode !== "partial")
    throw badUsage(`--fill does nothing with --mode ${mode}`);
  if ((kind === "fits" || kind === "zarr") && format !== "fits")
    throw badUsage(`stamps as .${format} go into a folder or a .zip, not into a .${kind}`);
  if (kind === "zarr" && mode === "trim")
    throw badUsage(
      "--mode trim gives stamps of several shapes, and a .zarr has one; write a folder, a .zip or a .fits",
    );
  const isSeveral = hdu !== undefined && (parseHdus(hdu)?.length ?? 2) > 1;
  if (isSeveral && (kind === "zarr" || format === "png" || format === "npy"))
    throw badUsage("several HDUs go into FITS stamps only; name one with --hdu");
  if (size?.trim() === "") throw badUsage("--size is empty; give 64pix or 5arcsec");
}
