#!/usr/bin/env node
/**
 * Where the program begins. Its version is told before anything else is loaded.
 */
import metadata from "fitslice/package.json" with { type: "json" };

const [first, second] = process.argv.slice(2);
if (second === undefined && /^(-V|--version)$/.test(first ?? "")) {
  process.stdout.on("error", async (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return; // a reader that has gone
    process.exitCode = 1;
    const { reasonOf } = await import("./failure.js");
    process.stderr.write(`fitslice: cannot write to standard output: ${reasonOf(error)}\n`);
  });
  process.stdout.write(`${metadata.version}\n`);
} else {
  const { run, takeProcess } = await import("./program.js");
  takeProcess();
  process.exitCode = await run(process.argv.slice(2), metadata.version);
}
