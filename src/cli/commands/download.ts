/** `download`: the whole file, in parallel, resumable. */
import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { createReader, FitsError, resolveSource } from "fitslice";
import { checkSource, checkWhole, refuseStdin } from "../address.js";
import type { Downloaded, DownloadOptions } from "../download/options.js";
import { download } from "../download/ranges.js";
import { badUsage, Failure } from "../failure.js";
import { withSharedOptions } from "../options.js";
import { byteText, outputName, refuseTerminal, tell, toJson, write } from "../output.js";
import { refuseOverwriting, refuseTwoOnStdout } from "../overwrite.js";
import { withProfile } from "../session.js";

export function downloadCommand(command: Command): void {
  command
    .description(
      "Download the whole file, several ranges at a time. The file appears under its name when it is complete; until " +
        "then it is a part beside it, OUTPUT.….part. Interrupted, the same command goes on where it stopped, if the " +
        "object is still the same one (by ETag or Last-Modified); else it starts anew. Downloads to one path at once do " +
        "not disturb each other. From a server without ranges the file comes in one answer, which cannot be resumed.",
    )
    .argument("<src>", "URL, s3://bucket/key or path")
    .requiredOption("-o, --output <path>", "where to (- is stdout)")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice download https://archive.example/hst.fits -o local.fits
  $ fitslice download s3://archive/hst.fits -o local.fits --force --concurrency 4`,
    );
  withSharedOptions(command, { index: false }).action(async (src: string, options: DownloadOptions) => {
    checkSource(src);
    refuseStdin(src);
    checkWhole(
      src,
      (_, brackets) =>
        `a download is a whole file; fitslice copy 'SRC${brackets}' -o OUT makes one of a part`,
    );
    refuseOverwriting(src, options);
    refuseTwoOnStdout(options);
    refuseTerminal(options.output, "a FITS file");
    await refuseOdd(options);
    await withProfile(options, async (opened) => {
      const reader = createReader(await resolveSource(src, opened), { ...opened, cacheBytes: 0 });
      const { href } = reader.source;
      try {
        await report(href, options, await download(reader, options, opened));
      } catch (error) {
        if (!(error instanceof FitsError) || error.code !== "RANGE_IGNORED") throw error;
        throw new Failure(
          1,
          `${href}: the server knows no ranges any more; try again later, to go on where it stopped`,
          { cause: error },
        );
      } finally {
        await reader.close();
      }
    });
  });
}

/** Throws `Failure` (wrong usage) where a folder, a device or a pipe is at the place of the output. */
async function refuseOdd({ output }: DownloadOptions): Promise<void> {
  if (output === "-") return;
  const there = await stat(output).catch(() => undefined);
  if (there?.isDirectory()) throw badUsage(`${output} is a folder; name a file in it`);
  if (there && !there.isFile()) throw badUsage(`${output} is no regular file; -o - writes to stdout`);
}

/** Says what was done. */
async function report(
  href: string,
  { json, output }: DownloadOptions,
  { size, resumedBytes, note }: Downloaded,
): Promise<void> {
  if (json) await write(`${toJson({ href, path: output, size, resumedBytes })}\n`);
  else tell(`${outputName(output)}: ${byteText(size)}${note && `, ${note}`}`);
}
