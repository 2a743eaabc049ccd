/** `cutouts`: small cutouts around all targets of a list. */
import type { Command } from "commander";
import { rare } from "../cli-command.js";
import { badUsage, Failure } from "../failure.js";
import { wholeNumber, withSharedOptions } from "../options.js";
import { counted, printable, tell, toJson, write } from "../output.js";
import { refuseOverwriting } from "../overwrite.js";
import { checkPicture, pictureOptions } from "../picture.js";
import { withProfile } from "../session.js";
import { checkOptions, stampOptions } from "../stamps/cut-options.js";
import type { CutoutsOptions } from "../stamps/options.js";
import type { RunResult } from "../stamps/run.js";
import { jobCommands } from "./cutouts-job.js";

export function cutoutsCommand(command: Command): void {
  command
    .description(
      "Cut stamps around all targets of a list: CSV, ECSV, VOTable, Parquet or a FITS table with columns ra and dec, and perhaps name, " +
        "size (arcsec) or size_pix, and file, under the names that people use. The file is SRC for all, or what the list " +
        "says, or found for each target in a table of footprints. manifest.ndjson says what became of each target; one that fails " +
        "does not stop the others.\n\nA run that was killed goes on with --resume.",
    )
    .usage("[options] [src]")
    .argument("[src]", "path, http(s):// URL or s3://bucket/key, for all targets; [EXT] may follow")
    .option("--targets <list>", "the list: a file, a URL, or - for stdin")
    .option("-o, --output <path>", "a folder, or one file of all stamps: .zip, .fits, .zarr");
  stampOptions(command)
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
  $ fitslice cutouts --targets stars.csv --footprints images.parquet --size 32pix -o found

On several machines, as a job in parts: cutouts plan, run, status, merge; on a queue: cutouts submit, work. Each has its --help.`,
    );
  pictureOptions(command, { file: true });
  jobCommands(command);
  rare(command, "--mode", "--fill", "--plane", "--retry-failed", "--files", "--json");
  withSharedOptions(command, { index: false }).action(
    async (src: string | undefined, options: CutoutsOptions) => {
      if (options.targets === undefined) throw badUsage("name the list of targets with --targets");
      if (options.output === undefined) throw badUsage("name with -o where the stamps go");
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
