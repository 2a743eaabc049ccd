#!/usr/bin/env node
/**
 * The command line: `fitslice COMMAND SRC ...`. Every command is a few lines over the public API.
 */
import { Command, CommanderError } from "commander";
import { FitsError } from "fitslice";
import metadata from "fitslice/package.json" with { type: "json" };
import { downloadCommand } from "./commands/download.js";
import { explainCommand } from "./commands/explain.js";
import { headerCommand } from "./commands/header.js";
import { infoCommand, layoutCommand } from "./commands/info.js";
import { previewCommand } from "./commands/preview.js";
import { sectionCommand } from "./commands/section.js";
import { statsCommand } from "./commands/stats.js";
import { printable, tell } from "./output.js";

const program = new Command("fitslice")
  .description("Read parts of FITS files where they lie: S3, HTTP, disk.")
  .version(metadata.version)
  .showHelpAfterError("(--help shows all options)")
  .exitOverride()
  .configureOutput({
    outputError: (text, put) => put(printable(text.trimEnd()).replaceAll("\\x0a", "\n").concat("\n")),
  });

for (const add of [
  infoCommand,
  layoutCommand,
  headerCommand,
  sectionCommand,
  statsCommand,
  previewCommand,
  explainCommand,
  downloadCommand,
]) {
  add(program);
}

/** 0 all is well, 1 an error, 2 bad usage. */
async function main(): Promise<number> {
  // A pipe that is closed at the other end (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    tell(`fitslice: ${message(error)}`);
    return error instanceof FitsError && error.code === "BAD_ARGUMENT" ? 2 : 1;
  }
}

/** One line, whatever went wrong. */
function message(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const text = printable(error.message.split("\n")[0]!);
  return error instanceof FitsError ? text : `${text} (unexpected; please report it: ${error.name})`;
}

process.exitCode = await main();
