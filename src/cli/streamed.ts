/**
 * Many files by commands that write what they read as it comes: one file after the other, to stdout or each into a file of
 * its own.
 */
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { showAddress } from "fitslice";
import { parseFiltered, type Takes } from "./address.js";
import { badUsage, cannotWrite, Failure, failsOneFile } from "./failure.js";
import { isFolder } from "./files.js";
import { addressOf, type Reads, type Session, withAddress } from "./opening.js";
import type { HduOptions } from "./options.js";
import { counted, draw, printable, tellFailure } from "./output.js";
import { withProfile } from "./session.js";
import { interruption } from "./signals.js";
import { filesOf, listPlace, namesMany, sourcesOf } from "./sources.js";

/** How a command reads, and where its results go. */
export interface StreamOptions {
  readonly takes: Takes;
  readonly reads: Reads;
  /** What files of results end in, of many; undefined where nothing is written into files. */
  readonly extension?: string | undefined;
  /** Whether a heading stands before what is shown of each of many. */
  readonly headings: boolean;
}

/**
 * Lets `work` use each source, with the options that are to count for it: where `-o` of many names a folder, the output of each
 * is a file in it, named after the source. A file that cannot be read is told on stderr, and ends nothing; in the end that is a
 * `Failure`.
 */
export async function streamEach<O extends HduOptions>(
  given: readonly string[],
  options: O,
  { takes, reads, extension, headings }: StreamOptions,
  work: (session: Session, options: O) => Promise<void>,
): Promise<void> {
  if (!namesMany(given)) {
    const address = addressOf(given[0]!, takes, options);
    return withProfile(options, (opened) =>
      withAddress(address, reads, opened, options.index, (session) => work(session, options)),
    );
  }
  if (options.index !== undefined) throw badUsage("--index is of one file; name one");
  const { output, ...rest } = options;
  const place = output === undefined ? undefined : folderOf(output, extension);
  const sources = await sourcesOf(given);
  if (sources.length === 0) throw badUsage("no file is named");
  let files = 0;
  let failed = 0;
  await withProfile(options, async (opened) => {
    if (output !== undefined && place)
      await mkdir(output, { recursive: true }).catch((cause: unknown) => {
        throw cannotWrite(output, cause);
      });
    for await (const source of filesOf(sources, opened)) {
      const file = showAddress(source);
      const own = { ...rest, ...(place && { output: place(parseFiltered(source).source) }) } as O;
      files++;
      try {
        const address = addressOf(source, takes, own);
        await withAddress(address, reads, opened, undefined, async (session) => {
          if (headings && !place) await draw(`${files > 1 ? "\n" : ""}==> ${printable(file)} <==\n`);
          await work(session, own);
        });
      } catch (error) {
        interruption.throwIfAborted();
        if (!failsOneFile(error)) throw error;
        failed++;
        tellFailure(file, error.message, listPlace(file));
      }
    }
    if (failed > 0) throw new Failure(1, `${failed} of ${counted(files, "file")} failed`);
  });
}

/** Where in a folder the result of each source goes: names that come again get a number. */
function folderOf(output: string, extension: string | undefined): (source: string) => string {
  if (extension === undefined) throw badUsage("-o of many files is not for this");
  if (!isFolder(output) && /\.[a-z0-9]+$/i.test(output))
    throw badUsage(
      `${output} is named like a file, and many files go into a folder; name one with -o, and --format`,
    );
  const taken = new Map<string, number>();
  return (source) => {
    const path = source.replace(/^([a-z][a-z0-9+.-]+:)([^?#]*).*$/is, "$2");
    const name = basename(source === "-" ? "stdin" : path).replace(
      /(\.fits?|\.fts)?(\.(gz|fz|bz2|Z|zst))?$/i,
      "",
    );
    const stem = name.replace(/[^\w.+-]/g, "_").replace(/^\.+/, "") || "file";
    const count = (taken.get(stem) ?? 0) + 1;
    taken.set(stem, count);
    return join(output, `${stem}${count > 1 ? `-${count}` : ""}.${extension}`);
  };
}
