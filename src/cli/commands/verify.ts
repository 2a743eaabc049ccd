/** `verify`: what is wrong with files by the Standard. */
import type { Command } from "commander";
import { type Finding, verify } from "fitslice/verify";
import { withSharedOptions } from "../options.js";
import { counted, printable } from "../output.js";
import { expectBytes } from "../progress.js";
import { type Report, type ReportOptions, reportOn, reportOptions } from "../report.js";
import { interruption } from "../signals.js";
import { manyHelp } from "../sources.js";

interface VerifyOptions extends ReportOptions {
  data?: boolean;
  errors?: boolean;
}

export function verifyCommand(command: Command): void {
  command
    .description(
      "Check files by the FITS Standard, and their CHECKSUM and DATASUM. A line for each fault: error or warning, the HDU, the card, " +
        "the fault and what to do. Exit code: 1 where there is an error. Data are read once, in bounded memory.",
    )
    .argument("<src...>", manyHelp)
    .option("--no-data", "check headers alone: no cells of tables, no padding, no checksums")
    .option("--errors", "no warnings")
    .option("--json", "as JSON");
  reportOptions(command);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice verify hst.fits
  $ fitslice verify https://archive.example/hst.fits --no-data
  $ fitslice verify 's3://archive/*.fits' --table`,
    )
    .action((given: string[], options: VerifyOptions) => reportOn(given, options, verdictsOf(options)));
  withSharedOptions(command);
}

interface Verdict {
  readonly findings: readonly Finding[];
  readonly errors: number;
  readonly warnings: number;
}

function verdictsOf({ data, errors = false }: VerifyOptions): Report<Verdict> {
  return {
    takes: "file",
    reads: "data",
    async read({ fits }) {
      const findings: Finding[] = [];
      if (data !== false) expectBytes(fits.size);
      for await (const finding of verify(fits, { ...(data === false && { data }), signal: interruption }))
        if (!errors || finding.level === "error") findings.push(finding);
      const count = findings.filter(({ level }) => level === "error").length;
      return { findings, errors: count, warnings: findings.length - count };
    },
    text: ({ findings }) => (findings.length === 0 ? "no fault\n" : findings.map(lineOf).join("")),
    json: (verdict) => verdict,
    columns: ["level", "card", "keyword", "message", "advice"],
    rows: ({ findings }) =>
      findings.map(({ hdu, level, card = null, keyword = null, message, advice }) => ({
        hdu,
        values: { level, card, keyword, message, advice },
      })),
    failure: ({ errors, warnings }) =>
      errors === 0 ? undefined : `${counted(errors, "error")}, ${counted(warnings, "warning")}`,
  };
}

function lineOf({ level, hdu, card, keyword, message, advice }: Finding): string {
  const place = card === undefined ? "" : `, card ${card} (${keyword || "blank"})`;
  return `${level}: HDU ${hdu}${place}: ${printable(message)}; ${advice}\n`;
}
