/** `ls`: what is in a bucket, on a server, in a folder. */
import type { Command } from "commander";
import { showAddress } from "fitslice";
import type { ListEntry } from "fitslice/list";
import { badUsage, Failure } from "../failure.js";
import { type SharedOptions, wholeNumber, withSharedOptions } from "../options.js";
import { byteText, printable, tell, toJson, write } from "../output.js";
import { withProfile } from "../session.js";
import { interruptible } from "../signals.js";

interface LsOptions extends SharedOptions {
  recursive?: boolean;
  long?: boolean;
  names?: boolean;
  limit?: number;
}

export function lsCommand(command: Command): void {
  command
    .description(
      "List what an address names: the contents of a folder, a file, or all that begins so; with wildcards what matches " +
        "them: * and ? within a name, [0-9], {a,b}, ** for any folders. Of S3 the bucket is asked, of an HTTP server its index " +
        "pages (Apache, nginx). Shown are size, time (UTC) and address.",
    )
    .argument(
      "<src>",
      "folder, s3://bucket/prefix (gs, az, webhdfs, ftp), http(s):// of an index page; a pattern in quotes",
    )
    .option("--recursive", "files at all depths, without the folders")
    .option("--long", "all digits of sizes, and seconds")
    .option("--names", "addresses only, one a line: a list for @list.txt")
    .option("--limit <n>", "no more than n", wholeNumber(0))
    .option("--json", "as JSON: {entries: [{href, folder, size, modified}]}")
    .addHelpText(
      "after",
      `
A size that an index page rounds is shown with a ~. Exit code: 1 where nothing is there, or nothing matches.

Examples:
  $ fitslice ls s3://archive/ --anonymous
  $ fitslice ls 's3://archive/*.fits' --long
  $ fitslice ls 's3://archive/**/*.fits' --names > files.txt
  $ fitslice ls . --recursive --json`,
    );
  withSharedOptions(command, { index: false }).action(async (src: string, options: LsOptions) => {
    if (src === "-")
      throw badUsage(
        'ls takes an address and no standard input; name a folder or a bucket (a folder called "-" is "./-")',
      );
    const { isPattern, list } = await import("fitslice/list");
    await withProfile(options, async (opened) => {
      const { limit = Number.POSITIVE_INFINITY, recursive } = options;
      let count = 0;
      if (options.json) await write('{"entries":[');
      let text = "";
      const entries = limit === 0 ? none() : list(src, { ...opened, recursive });
      for await (const entry of interruptible(entries)) {
        text += options.json ? `${count > 0 ? "," : ""}\n${entryJson(entry)}` : `${line(entry, options)}\n`;
        count++;
        if (text.length > pieceLength) {
          await write(text);
          text = "";
        }
        if (count >= limit) break;
      }
      await write(options.json ? `${text}\n]}\n` : text);
      if (count > 0 || limit === 0) return;
      if (isPattern(src)) throw new Failure(1, `${showAddress(src)}: nothing matches`);
      tell("nothing is in there");
    });
  });
}

const pieceLength = 1 << 15;

async function* none(): AsyncGenerator<ListEntry, undefined> {}

function entryJson({ href, isFolder, size, sizeAbout, modified }: ListEntry): string {
  const when = modified?.toISOString() ?? null;
  return toJson({ href, folder: isFolder, size: size ?? null, sizeAbout, modified: when });
}

function line({ href, isFolder, size, sizeAbout, modified }: ListEntry, { names, long }: LsOptions): string {
  const address = printable(href);
  if (names) return address;
  const exact = size === undefined ? "" : long ? String(size) : byteText(size);
  const about = sizeAbout === undefined ? "" : `~${long ? sizeAbout : byteText(sizeAbout)}`;
  const time =
    modified
      ?.toISOString()
      .replace("T", " ")
      .slice(0, long ? 19 : 16) ?? "";
  const amount = isFolder ? "folder" : exact || about;
  return `${amount.padStart(long ? 15 : 8)}  ${time.padEnd(long ? 19 : 16)}  ${address}`;
}
