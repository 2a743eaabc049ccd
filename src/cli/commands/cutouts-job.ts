/** `cutouts plan`, `run`, `status`, `merge`: a list of stamps as a job in parts, which any machine can run. */
import { setTimeout as wait } from "node:timers/promises";
import { type Command, Option } from "commander";
import type { OpenOptions } from "fitslice";
import { rare } from "../cli-command.js";
import { badUsage, Failure } from "../failure.js";
import type { JobNote, ShardKind } from "../jobs/job-folder.js";
import { openOptions, type SharedOptions, wholeNumber, withSharedOptions } from "../options.js";
import { counted, printable, tell, toJson, write } from "../output.js";
import { checkPicture, pictureOptions } from "../picture.js";
import { interruption } from "../signals.js";
import { checkOptions, stampOptions } from "../stamps/cut-options.js";
import { type CutoutsOptions, pictureOf } from "../stamps/options.js";
import { queueOf, queueOption, submitCommand, workCommand } from "./cutouts-queue.js";

interface PlanOptions extends CutoutsOptions {
  source?: string;
  as?: ShardKind;
  to?: string;
  shardTargets?: number;
}

interface RunOptions extends SharedOptions {
  shard?: string;
  of?: number;
  jobs?: number;
  retryFailed?: boolean;
}

interface StatusOptions extends SharedOptions {
  of?: number;
  queue?: string;
}

interface MergeOptions extends SharedOptions {
  output?: string;
}

const defaultShardTargets = 1000;

/** Adds the commands of jobs below `cutouts`. */
export function jobCommands(cutouts: Command): void {
  // What stands behind the name of a command is that command's.
  cutouts.enablePositionalOptions();
  planCommand(cutouts.command("plan"));
  runCommand(cutouts.command("run"));
  statusCommand(cutouts.command("status"));
  mergeCommand(cutouts.command("merge"));
  submitCommand(cutouts.command("submit"));
  workCommand(cutouts.command("work"));
}

function planCommand(command: Command): void {
  command
    .summary("make a job of a list: shards, each of one file and some targets")
    .description(
      "Make a job of a list of targets: a folder of plain files, in which each shard is one source file and some of its targets, " +
        "in the order of the file. Any machine that sees the folder and the sources can run a part of it.",
    )
    .argument("<targets>", ".csv, .ecsv, .vot, .parquet, .fits or a URL of one; - is stdin")
    .option("-o, --output <folder>", "where the job goes")
    .option("--source <src>", "the file of all targets (default: what the list says)")
    .addOption(
      new Option("--as <kind>", "what a shard becomes: FITS files, or one file (default folder)").choices([
        "folder",
        "zip",
        "fits",
        "table",
        "zarr",
      ]),
    )
    .option("--to <place>", "where outputs go: a folder, s3://, gs:// or az:// (default: output in the job)")
    .option(
      "--shard-targets <n>",
      `most targets of a shard (default ${defaultShardTargets})`,
      wholeNumber(1, 1e6),
    );
  stampOptions(command).addHelpText(
    "after",
    `
Examples:
  $ fitslice cutouts plan stars.csv --source hst.fits --hdu SCI --size 32pix -o job
  $ fitslice cutouts plan stars.csv --source hst.fits --hdu SCI --size 32pix --as zarr --shard-targets 100 -o job-zarr`,
  );
  pictureOptions(command, { file: true });
  rare(command, "--mode", "--fill", "--plane");
  withSharedOptions(command, { index: false }).action(async (targets: string, options: PlanOptions) => {
    const [{ plannedJob }, { writeJob }, { located, locatedOutput }, { checkShapes }] = await Promise.all([
      import("../stamps/plan.js"),
      import("../jobs/job-folder.js"),
      import("../jobs/located.js"),
      import("../stamps/run.js"),
    ]);
    const {
      output,
      source,
      as: kind = "folder",
      format = "fits",
      shardTargets = defaultShardTargets,
    } = options;
    if (!output) throw badUsage("name with -o the folder of the job");
    checkOptions(source, options, format, kind);
    await checkPicture(options, format === "png", "say --format png");
    const job = await plannedJob(source, { ...options, targets }, format, { shardTargets, located });
    checkShapes(kind, job);
    if (job.shards.length === 0)
      throw new Failure(
        1,
        `no target can be cut; row 1: ${printable(job.settled[0]?.reason ?? "there is none")}`,
      );
    const form = { format, kind, picture: pictureOf(options), shardTargets };
    const note = await writeJob(output, job, { ...form, output: locatedOutput(options.to) }, options);
    if (options.json)
      await write(`${toJson({ job: output, id: note.id, shards: note.shards, targets: note.count })}\n`);
    const settled = job.settled.length;
    const left = settled > 0 ? `; for ${counted(settled, "target")} there is nothing to cut` : "";
    tell(`${output}: ${counted(note.count - settled, "stamp")} in ${counted(note.shards, "shard")}${left}`);
  });
}

function runCommand(command: Command): void {
  command
    .summary("run a job, or a share of it")
    .description(
      "Run the shards of a job that are not done: all, or with --shard I/N those whose index is I modulo N. In a task of a SLURM array, " +
        "a Kubernetes Indexed Job or an AWS Batch array the share is the task's. A shard that is run twice, or by two at once, counts once. " +
        "Targets that fail are rows of the manifests, and no failure of the run.",
    )
    .argument("<job>", "the folder of the job, or its address")
    .option(
      "--shard <i/n>",
      "a share, I from 0 (default: from SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX,\nAWS_BATCH_JOB_ARRAY_INDEX, else all)",
    )
    .option("--of <n>", "how many tasks the array has, where the scheduler does not say so", wholeNumber(1))
    .option("--jobs <n>", "threads (default: the processors)", wholeNumber(1, 256))
    .option("--retry-failed", "run shards again in which targets failed")
    .option("--json", "print the counts as JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 all shards of the share are done; 1 one could not be run.

Examples:
  $ fitslice cutouts run job
  $ fitslice cutouts run job --shard 0/4`,
    );
  withSharedOptions(command, { index: false }).action(async (job: string, options: RunOptions) => {
    const [{ readNote, readEntries }, { runJob }, { shareOf, partOf }] = await Promise.all([
      import("../jobs/job-folder.js"),
      import("../jobs/run.js"),
      import("../jobs/share.js"),
    ]);
    const share = shareOf(options.shard, options.of, process.env);
    const open = await openOptions(options);
    const note = await readNote(job, open);
    const entries = partOf(await readEntries(job, note, open), share);
    const { shard: _, of: __, jobs, retryFailed, ...access } = options;
    const { counts, shards, before } = await runJob(job, note, entries, { access, jobs, retryFailed });
    if (options.json) await write(`${toJson({ shards, before, ...counts })}\n`);
    const known = before > 0 ? ` (${before} from before)` : "";
    tell(`${counted(shards, "shard")}${known}: ${countsText(counts)}`);
  });
}

/** What became of targets, in words. */
function countsText({
  done,
  partial,
  outside,
  failed,
}: Record<"done" | "partial" | "outside" | "failed", number>): string {
  return [
    counted(done + partial, "stamp"),
    ...(partial > 0 ? [`${partial} of them partial`] : []),
    ...(outside > 0 ? [`${counted(outside, "target")} outside`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(", ");
}

/** Failures that are named; --json names all. */
const mostNamed = 10;

function statusCommand(command: Command): void {
  command
    .summary("how far a job is, what failed, which shards are missing")
    .description(
      "Say how far a job is: how many stamps there are, which targets failed, and which shards are missing, as an --array of SLURM.",
    )
    .argument("<job>", "the folder of the job, or its address")
    .option(queueOption[0], "say, too, what a queue has of it, live in a terminal")
    .option("--of <n>", "how many tasks the array has (default: one for each shard)", wholeNumber(1))
    .option("--json", "print all of it as JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 all shards are done; 1 some are missing.

Examples:
  $ fitslice cutouts status job
  $ sbatch --array=$(fitslice cutouts status job --of 100 --json | jq -r .array) job.sh`,
    );
  withSharedOptions(command, { index: false }).action(async (job: string, options: StatusOptions) => {
    const [{ readNote }, { statusOf }] = await Promise.all([
      import("../jobs/job-folder.js"),
      import("../jobs/status.js"),
    ]);
    const open = await openOptions(options);
    const note = await readNote(job, open);
    const { of, queue, ...access } = options;
    if (queue !== undefined) await watchQueue(job, note, queueOf(queue), open);
    const status = await statusOf(job, note, access, open, of);
    if (options.json) await write(`${toJson(status)}\n`);
    else {
      const lines = [`${status.done} of ${counted(status.shards, "shard")}: ${countsText(status.counts)}`];
      for (const { name, row, reason } of status.failures.slice(0, mostNamed))
        lines.push(`failed: ${printable(name)} (row ${row + 1}): ${printable(reason ?? "")}`);
      const more = status.failures.length - mostNamed;
      if (more > 0) lines.push(`and ${more} more that failed; --json names all`);
      await write(`${lines.join("\n")}\n`);
    }
    if (status.array === "") return;
    const missing = status.shards - status.done;
    throw new Failure(
      1,
      `${counted(missing, "shard")} missing (${counted(status.waiting, "target")}): --array=${status.array} of ${counted(status.tasks, "task")}`,
    );
  });
}

const watchInterval = 1000;

/** Shows what a queue has, in one line that changes where somebody looks, until it has nothing. */
async function watchQueue(job: string, note: JobNote, url: string, open: OpenOptions): Promise<void> {
  const [{ withQueue }, { queueStatus }, { readEntries }] = await Promise.all([
    import("../queue/connection.js"),
    import("../queue/status.js"),
    import("../jobs/job-folder.js"),
  ]);
  const entries = await readEntries(job, note, open);
  const isLive = process.stderr.isTTY === true;
  await withQueue(url, async (queue, { shown }) => {
    for (;;) {
      const { waiting, active, delayed, failed, workers, failures } = await queueStatus(queue, entries);
      const text = `${shown}: ${waiting} waiting, ${active} being cut, ${delayed} to be tried again, ${failed} failed, ${counted(workers, "worker")}`;
      if (isLive) process.stderr.write(`\r\x1b[K${text}`);
      else tell(text);
      if (!isLive || waiting + active + delayed === 0) {
        if (isLive) process.stderr.write("\n");
        for (const { shard, reason } of failures.slice(0, mostNamed))
          tell(`shard ${shard} failed: ${printable(reason)}`);
        return;
      }
      await wait(watchInterval, undefined, { signal: interruption });
    }
  });
}

function mergeCommand(command: Command): void {
  command
    .summary("join what the shards have left")
    .description(
      "Join the manifests of all shards, and with -o the parts of a .fits or of a .zarr. Outputs of runs that were killed are removed. " +
        "Every file is checked against its manifest.",
    )
    .argument("<job>", "the folder of the job, or its address")
    .option("-o, --output <path>", "of a job --as fits or zarr: the one file of all stamps")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice cutouts merge job
  $ fitslice cutouts merge job-zarr -o all.zarr`,
    );
  withSharedOptions(command, { index: false }).action(async (job: string, options: MergeOptions) => {
    const [{ readNote }, { mergeJob }] = await Promise.all([
      import("../jobs/job-folder.js"),
      import("../jobs/merge.js"),
    ]);
    const open = await openOptions(options);
    const note = await readNote(job, open);
    const { output, ...access } = options;
    const manifest = await mergeJob(job, note, output, { access, open, force: options.force });
    tell(`${output === undefined ? "" : `${output}, `}${manifest}: ${counted(note.count, "target")}`);
  });
}
