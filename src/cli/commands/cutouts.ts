/** `cutouts`: small cutouts around all targets of a list. */
import { type Command, Option } from "commander";
import { parseHdus } from "../cut-file.js";
import { badUsage, Failure } from "../failure.js";
import { wholeNumber, withSharedOptions } from "../options.js";
import { counted, printable, tell, toJson, write } from "../output.js";
import { refuseOverwriting } from "../overwrite.js";
import { checkPicture, pictureOptions } from "../picture.js";
import { withProfile } from "../session.js";
import { type CutoutsOptions, type StampFormat, stampFormats } from "../stamps/options.js";
import type { RunResult } from "../stamps/run.js";

export function cutoutsCommand(command: Command): void {
  command
    .description(
      "Cut stamps around all targets of a list: CSV, ECSV, Parquet or a FITS table with columns ra and dec, and perhaps name, " +
        "size (arcsec) or size_pix, and file, under the names that people use. The file is SRC for all, or what the list " +
        "says, or found for each target in a table of footprints. manifest.ndjson says what became of each target; one that fails " +
        "does not stop the others. A run that was killed goes on with --resume.",
    )
    .argument("[src]", "path, http(s):// URL or s3://bucket/key, for all targets; [EXT] may follow")
    .requiredOption("--targets <list>", ".csv, .ecsv, .parquet, .fits or a URL of one; - is stdin")
    .requiredOption("-o, --output <path>", "a folder, or one file of all stamps: .zip, .fits, .zarr")
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
    )
    .option("--jobs <n>", "threads (default: the processors)", wholeNumber(1, 256))
    .option("--resume", "go on with a run that was stopped: the same list, the same options")
    .option("--retry-failed", "with --resume: cut again what failed")
    .option("--json", "print how many stamps there are, as JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 all stamps are there, whole or partial; 1 a target is outside its image or failed: the manifest says which.

Examples:
  $ fitslice cutouts hst.fits --hdu SCI --targets stars.csv --size 32pix -o stamps
  $ fitslice cutouts hst.fits --hdu SCI --targets stars.csv --size 2arcsec -o stamps.zip --format png
  $ fitslice footprints hst.fits https://archive.example/hst.fits -o images.parquet
  $ fitslice cutouts --targets stars.csv --footprints images.parquet --size 32pix -o found`,
    );
  pictureOptions(command, { file: true });
  withSharedOptions(command, { index: false }).action(
    async (src: string | undefined, options: CutoutsOptions) => {
      // Loaded with the first run: all of fitslice/stamps, of which --help needs nothing.
      const [{ placeOf }, { plannedJob }, { runStamps }] = await Promise.all([
        import("../stamps/place.js"),
        import("../stamps/plan.js"),
        import("../stamps/run.js"),
      ]);
      const place = placeOf(options.output);
      const format = options.format ?? "fits";
      checkOptions(src, options, format, place.kind);
      await checkPicture(options, format === "png", "say --format png");
      const { output: _, ...files } = options;
      refuseOverwriting(src ?? options.targets, files);
      const job = await plannedJob(src, options, format);
      let result: RunResult | undefined;
      await withProfile(options, async ({ profile }) => {
        result = await runStamps(place, job, format, options, profile);
      });
      await report(result!, place.finalManifest, options);
    },
  );
}

function checkOptions(
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

async function report(
  { counts, failure }: RunResult,
  manifest: string,
  { json }: CutoutsOptions,
): Promise<void> {
  const { done, partial, outside, failed, before } = counts;
  if (json) await write(`${toJson({ ...counts, manifest })}\n`);
  const notes = [
    ...(partial > 0 ? [`${partial} of them partial`] : []),
    ...(before > 0 ? [`${before} from before`] : []),
  ];
  tell(`${counted(done + partial, "stamp")}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`);
  if (outside + failed === 0) return;
  const why = failure === undefined ? "" : ` (${failed > 1 ? "the first: " : ""}${printable(failure)})`;
  const what = [
    ...(outside > 0 ? [`${counted(outside, "target")} outside`] : []),
    ...(failed > 0 ? [`${failed} failed${why}`] : []),
  ];
  throw new Failure(1, `${what.join(", ")}; ${manifest} says why`);
}
