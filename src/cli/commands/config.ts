/** `config`: what the configuration says, and where it lies. */
import type { Command } from "commander";
import { readConfig, type Setting, settingsFor } from "../config.js";
import { configPath, hasConfig } from "../config-file.js";
import { alignColumns, printable, tell, toJson, write } from "../output.js";

export function configCommand(command: Command): void {
  command
    .description(
      "Show the options that the configuration sets, with the line of each; of a source, those that hold for it. The " +
        "configuration is $FITSLICE_CONFIG, else fitslice/config.json in $XDG_CONFIG_HOME or ~/.config. What the command " +
        "line says goes before it.",
    )
    .argument("[src]", "a path or an address, of which nothing is read")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
A configuration has options for all sources, and for those whose addresses begin alike. Keys are no part of it:
they are named by profiles.
  {"options": {"--cache": true, "--retries": 8},
   "prefixes": {"s3://survey/": {"--endpoint": "https://minio.example", "--path-style": true}}}

Examples:
  $ fitslice config s3://survey/a.fits
  $ fitslice config s3://survey/a.fits --json`,
    )
    .action(async (src: string | undefined, { json }: { json?: boolean }) => {
      const path = configPath();
      if (!hasConfig()) {
        if (json) return write(`${toJson({ path, options: [], prefixes: {} })}\n`);
        await write(`${printable(path)}\n`);
        return tell("there is no such file: nothing is set");
      }
      const config = readConfig(path);
      const options = src === undefined ? config.options : settingsFor(config, [src]);
      const prefixes = src === undefined ? config.prefixes : {};
      if (json) return write(`${toJson({ path, options, prefixes })}\n`);
      const lines = Object.entries(prefixes).flatMap(([prefix, settings]) => [
        printable(prefix),
        ...linesOf(settings),
      ]);
      await write(`${[printable(path), ...linesOf(options), ...lines].join("\n")}\n`);
    });
}

function linesOf(settings: readonly Setting[]): string[] {
  return alignColumns(
    settings.map(({ flag, value, line }) => [
      `  ${flag}`,
      value === true ? "" : printable(value),
      `line ${line}`,
    ]),
  );
}
