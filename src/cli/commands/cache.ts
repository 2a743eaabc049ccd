/** `cache`: what the cache on disk holds, and the end of it. */
import { Argument, type Command, Option } from "commander";
import { lastingCache } from "fitslice";
import type { CacheOptions } from "../options.js";
import { byteText, counted, toJson, write } from "../output.js";

interface CacheCommandOptions extends CacheOptions {
  json?: boolean;
}

export function cacheCommand(command: Command): void {
  command
    .description(
      "Show or clear the cache that commands with --cache share. It holds parts of files as they came over the network, " +
        "and neither addresses nor keys. A cache keeps the limit that it was made with; clear it to give it another one.",
    )
    .addArgument(
      new Argument("<what>", "info: where it is, and how full; clear: remove all of it").choices([
        "info",
        "clear",
      ]),
    )
    .addOption(new Option("--cache-dir <folder>", "folder of the cache (default: FITSLICE_CACHE_DIR)"))
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice cache info
  $ fitslice cache clear --cache-dir fits-cache`,
    )
    .action(async (what: "info" | "clear", { cacheDir, json }: CacheCommandOptions) => {
      const cache = lastingCache({ folder: cacheDir });
      const found = await cache.info();
      if (what === "clear") await cache.clear();
      if (json) return write(`${toJson({ ...found, cleared: what === "clear" })}\n`);
      const { folder, bytes, entries, limit } = found;
      const holds = `${byteText(bytes)} in ${counted(entries, "part")}`;
      if (what === "clear") return write(`${folder}: cleared; it held ${holds}\n`);
      await write(
        `${folder}: ${holds}${limit === undefined ? "; no cache yet" : `, at most ${byteText(limit)}`}\n`,
      );
    });
}
