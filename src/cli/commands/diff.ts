/** `diff`: what differs between two files. */
import { type Command, InvalidArgumentError } from "commander";
import { Failure } from "../failure.js";
import { addressOf, withAddress } from "../opening.js";
import { repeated, type SharedOptions, wholeNumber, withSharedOptions } from "../options.js";
import { counted, printable, tell, toJson, write } from "../output.js";
import { expectBytes } from "../progress.js";
import { withProfile } from "../session.js";

interface DiffOptions extends SharedOptions {
  rtol?: number;
  atol?: number;
  ignoreKeyword?: string[];
  ignoreComment?: string[];
  ignoreHdu?: string[];
  ignoreColumn?: string[];
  data?: boolean;
  most?: number;
}

export function diffCommand(command: Command): void {
  command
    .description(
      "Tell what differs between two files, HDU by HDU: keywords, values and comments of headers, pixels, columns, cells. " +
        "Compressed images and tables count as what they hold. Exit code: 0 where nothing differs, else 1.",
    )
    .argument("<src>", "A: path, URL or s3://bucket/key, or - for standard input")
    .argument("<other>", "B: the same")
    .option("--rtol <r>", "numbers are the same where |a - b| <= atol + r |b| (default 0)", tolerance)
    .option("--atol <a>", "see --rtol (default 0)", tolerance)
    .option("--ignore-keyword <name>", "leave out a keyword, or a pattern (may be repeated)", repeated)
    .option("--ignore-comment <name>", "leave out its comment; '*' for all (may be repeated)", repeated)
    .option("--ignore-hdu <which>", "leave out an HDU, by index, name or pattern (may be repeated)", repeated)
    .option("--ignore-column <name>", "leave out a column, or a pattern (may be repeated)", repeated)
    .option("--no-data", "headers alone")
    .option("--most <n>", "pixels or cells told one by one (default 10)", wholeNumber(0, 1_000_000))
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ fitslice diff hst.fits https://archive.example/hst.fits
  $ fitslice diff hst.fits https://archive.example/hst.fits --rtol 1e-6 --ignore-keyword 'DATE*' --ignore-hdu WHT`,
    );
  withSharedOptions(command, { index: false }).action(
    async (src: string, other: string, options: DiffOptions) => {
      const { differences } = await import("../diff/files.js");
      const { rtol = 0, atol = 0, data = true, most = 10 } = options;
      const rules = {
        ...{ rtol, atol, data, most },
        ignored: options.ignoreKeyword ?? [],
        commentsIgnored: options.ignoreComment ?? [],
        hdusIgnored: (options.ignoreHdu ?? []).map((name) => name.trim()),
        columnsIgnored: options.ignoreColumn ?? [],
      };
      const [one, two] = [src, other].map((text) => addressOf(text, "file", options));
      let count = 0;
      await withProfile(options, (opened) =>
        withAddress(one!, "data", opened, undefined, ({ fits: a }) =>
          withAddress(two!, "data", opened, undefined, async ({ fits: b }) => {
            if (data && a.size !== undefined && b.size !== undefined) expectBytes(a.size + b.size);
            if (options.json) await write("[");
            for await (const difference of differences(a, b, rules)) {
              const { hdu, part, message } = difference;
              const place = hdu === undefined ? "" : `HDU ${hdu}, ${part}: `;
              if (options.json) await write(`${count > 0 ? "," : ""}\n${toJson(difference)}`);
              else await write(`${place}${printable(message)}\n`);
              count++;
            }
            if (options.json) await write("\n]\n");
            else if (count === 0) await write("no difference\n");
          }),
        ),
      );
      if (count === 0) return;
      tell(counted(count, "difference"));
      throw new Failure(1, "");
    },
  );
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("It must be a number of 0 or more.");
  return value;
}
