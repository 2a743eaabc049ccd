import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { programFor } from "../../src/cli/program.js";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;

beforeAll(async () => {
  cwd = workFolder("cli-mistakes");
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** A mistake: the words of the command line, and what the answer has to hold beside one line. */
interface Mistake {
  readonly words: readonly string[];
  readonly holds: RegExp;
}

let seed = 19;

/** A number from 0 to before `end`; the same ones in each run. */
function random(end: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * end);
}

function pick<T>(items: readonly T[]): T {
  return items[random(items.length)]!;
}

/** The word with two neighbors swapped, a letter doubled, left out, or another one; never the word itself. */
function mistyped(word: string): string {
  const at = 1 + random(word.length - 2);
  const ways = [
    word.slice(0, at) + word[at]! + word.slice(at),
    word.slice(0, at) + word.slice(at + 1),
    `${word.slice(0, at)}q${word.slice(at + 1)}`,
    word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2),
  ];
  const way = pick(ways);
  return way.toLowerCase() === word.toLowerCase() ? `${word}q` : way;
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const tree = await programFor(true, "0.0.0");
const readers = ["info", "header", "section", "stats", "table", "explain", "layout", "preview", "wcs"];
const commands = tree.commands.filter(({ options }) => options.length > 3);

/** Options of a command that have a value and are not words of their own. */
function optionsOf(command: Command, passes: (option: Option) => boolean): Option[] {
  return command.options.filter((option) => option.long !== undefined && passes(option));
}

const number = (flags: string): RegExp =>
  new RegExp(`${quoted(flags)}.*argument '1x' is invalid.*(number|It must)`);
const hdus = ["CATALOG"] as const;
const columns = ["ra", "dec", "mag", "class", "flag"] as const;

/** Kinds of mistakes, each made of the commands' own tree and of the names in the file. */
const kinds: readonly (() => Mistake | undefined)[] = [
  function command() {
    const name = pick(tree.commands).name();
    const wrong = mistyped(name);
    if (tree.commands.some((other) => other.name() === wrong)) return undefined;
    return {
      words: [wrong, "hst.fits"],
      holds: new RegExp(`unknown command '${quoted(wrong)}' \\(Did you mean`),
    };
  },
  function option() {
    // Options that are missing are told first.
    const one = pick(commands.filter(({ options }) => options.every(({ mandatory }) => !mandatory)));
    const { long } = pick(optionsOf(one, ({ long }) => long!.length > 6));
    const wrong = `--${mistyped(long!.slice(2))}`;
    if (one.options.some((other) => other.long === wrong)) return undefined;
    return {
      words: [one.name(), "hst.fits", wrong],
      holds: new RegExp(`unknown option '${wrong}' \\(Did you mean --.*see "fitslice ${one.name()} --help"`),
    };
  },
  function noValue() {
    const one = pick(commands.filter(({ options }) => options.some(({ required }) => required)));
    const { flags, long } = pick(optionsOf(one, ({ required }) => required));
    return {
      words: [one.name(), "hst.fits", long!],
      holds: new RegExp(`option '${quoted(flags)}' argument missing; see "fitslice ${one.name()}`),
    };
  },
  function choice() {
    const one = pick(commands.filter((command) => command.options.some(({ argChoices }) => argChoices)));
    const { long, argChoices } = pick(optionsOf(one, ({ argChoices }) => argChoices !== undefined));
    const word = pick(argChoices!);
    const wrong = word.length > 2 ? mistyped(word) : `${word}7`;
    if (argChoices!.includes(wrong)) return undefined;
    return {
      words: [one.name(), "hst.fits", long!, wrong],
      holds: new RegExp(
        `argument '${quoted(wrong)}' is invalid. Allowed choices are .*${quoted(argChoices![0]!)}`,
      ),
    };
  },
  function notANumber() {
    const one = pick(commands);
    const flag = pick(["--retries", "--concurrency", "--workers", "--timeout"]);
    const option = one.options.find(({ long }) => long === flag);
    return option && { words: [one.name(), "hst.fits", flag, "1x"], holds: number(option.flags) };
  },
  function missingFile() {
    const wrong = mistyped("hst.fits");
    const needs: Readonly<Record<string, string[]>> = { section: ["-s", "0:2"] };
    const name = pick(readers);
    return {
      words: [name, wrong, ...(needs[name] ?? [])],
      holds: new RegExp(`${quoted(wrong)}: no such file; check`),
    };
  },
  function noSource() {
    const one = pick(commands.filter(({ registeredArguments: [first] }) => first?.required));
    return { words: [one.name()], holds: /missing required argument '\w+'; see "fitslice|required option/ };
  },
  function hdu() {
    const wrong = mistyped(pick(hdus));
    return {
      words: [
        pick(["header", "section", "stats", "table", "explain", "preview"]),
        "hst.fits",
        "--hdu",
        wrong,
      ],
      holds: new RegExp(`no HDU "${wrong}"; there are 0 PRIMARY.*\\(Did you mean CATALOG\\?\\)`),
    };
  },
  function hduIndex() {
    const wrong = String(4 + random(1000));
    return {
      words: [pick(["header", "section", "stats", "table"]), "hst.fits", "--hdu", wrong],
      holds: new RegExp(`no HDU ${wrong}; there are 0 PRIMARY`),
    };
  },
  function column() {
    const wrong = `${pick(columns)}q`;
    return {
      words: ["table", "hst.fits", "--hdu", "CATALOG", pick(["--columns", "--where"]), wrong],
      holds: new RegExp(`no column '${wrong}'.*\\(Did you mean ${wrong.slice(0, -1)}\\?\\)`),
    };
  },
  function keyword() {
    const wrong = mistyped(pick(["EXTNAME", "BITPIX", "CRVAL1", "NAXIS1"])).toUpperCase();
    return {
      words: ["header", "hst.fits", "--hdu", "SCI", "-k", wrong],
      holds: new RegExp(`no keyword "${wrong}" in HDU 1.*(Did you mean|without --keyword all are printed)`),
    };
  },
  function section() {
    const wrong = pick(["abc", "1;2", "[1:2,1:2]", "0:2,x", "(0:2)"]);
    return {
      words: [pick(["section", "stats", "preview", "explain"]), "hst.fits", "--hdu", "SCI", "-s", wrong],
      holds: new RegExp(`argument '${quoted(wrong)}' is invalid.*(100:200,50:150|--fits-section)`),
    };
  },
  function emptySection() {
    const wrong = `${400 + random(500)}:${900 + random(50)}`;
    return {
      words: ["section", "hst.fits", "--hdu", "SCI", "-s", wrong],
      holds: new RegExp(`section ${wrong} holds no pixel of HDU 1, which is 300 x 400`),
    };
  },
  function colormap() {
    const wrong = mistyped(pick(["viridis", "inferno", "cubehelix"]));
    return {
      words: ["preview", "hst.fits", "--hdu", "SCI", "--colormap", wrong],
      holds: new RegExp(`no color map "${wrong}".*Did you mean`),
    };
  },
];

test("a hundred random mistakes are each answered in one line that names the mistake, and helps", async () => {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (let i = 0; seen.size < 100 && i < 1000; i++) {
    const mistake = kinds[i % kinds.length]!();
    if (!mistake || seen.has(mistake.words.join(" "))) continue;
    const { words, holds } = mistake;
    seen.add(words.join(" "));
    const { code, stderr } = await fitslice(words, { cwd });
    const isOneLine = /^fitslice: [^\n]+\n$/.test(stderr);
    if (
      (code !== 1 && code !== 2) ||
      !isOneLine ||
      !holds.test(stderr) ||
      /bug of fitslice| at .*\.js/.test(stderr)
    )
      wrong.push(`fitslice ${words.join(" ")}\n  ${code}: ${stderr}  wanted ${holds}`);
  }
  expect(wrong.join("\n")).toBe("");
  expect(seen.size).toBe(100);
}, 60_000);

test.each<[words: string[], answer: RegExp]>([
  [["copy", "hst.fits", "--idnex", "x"], /unknown option '--idnex' \(Did you mean --index\?\)/],
  [
    ["preview", "hst.fits", "-o", "x.png"],
    /unknown option '-o' \(section SRC -o picture\.png writes a picture\)/,
  ],
  [["header", "hst.fits", "--set", "A=1"], /unknown option '--set' \(copy SRC -o OUT --set KEY=VALUE/],
  [["cutout", "hst.fits", "--sise", "3"], /unknown option '--sise' \(Did you mean --size\?\)/],
  [["cache", "claer"], /'claer' is invalid .*\(Did you mean clear\?\)/],
  [["section", "hst.fits", "--hdu", "SCI,2"], /no HDU "SCI",2; there are 1 SCI\n$/],
  [["section", "hst.fits[CATALOG][bin]", "-o", "x.npy"], /no columns X and Y; name two: \[bin id,ra\]/],
  [["info", "@files.txt"], /^fitslice: @files\.txt, line 3: no\.fits: no such file/],
  [["stats", "@files.txt", "--table"], /^fitslice: @files\.txt, line 3: no\.fits: no such file/],
])("%j: what is wrong comes first, in one line", async (words, answer) => {
  writeFileSync(join(cwd, "files.txt"), "# mine\n\nno.fits\nhst.fits\n");
  const { code, stderr } = await fitslice(words, { cwd });
  expect(stderr).toMatch(answer);
  expect(code).not.toBe(0);
});

test("standard input may have brackets behind it, and a column's name a blank before it", async () => {
  const input = { cwd, env: {}, input: "" };
  const told = await fitslice(["section", "-[SCI][1:2,1:2]", "-o", "x.npy"], input);
  expect(told.stderr).not.toMatch(/unknown option/);
  const made = ["copy", "hst.fits[CATALOG][col mag]", "-o", "mag.fits", "--set", "[1]TTYPE1=' lead'"];
  expect((await fitslice(made, { cwd })).code).toBe(0);
  const { code, text } = await fitslice(["table", "mag.fits", "--columns", " lead", "--count"], { cwd });
  expect([code, text]).toEqual([0, "200\n"]);
  const rows = await fitslice(["table", "mag.fits", "--columns", " lead", "--limit", "1", "--json"], { cwd });
  expect([rows.code, rows.stderr]).toEqual([0, ""]);
});

test.each<[line: string, code: number, answer: string]>([
  ["rgb - -o x.png", 2, 'standard input cannot be read here; save it to a file (one called "-" is "./-")'],
  [
    "ls -",
    2,
    'ls takes an address and no standard input; name a folder or a bucket (a folder called "-" is "./-")',
  ],
  [
    "stats hst.fits --clipped 3",
    2,
    "no file is called 3, and --clipped takes no value: it clips at 3 sigma; leave out 3",
  ],
  ["header hst.fits CRVAL1", 2, "CRVAL1: no such file; a keyword stands behind -k"],
  ["header hst.fits CD*", 2, "CD*: no such file; a keyword stands behind -k"],
  [
    "section hst.fits [1:5,1:2]",
    2,
    "[1:5,1:2]: brackets stand behind the name of a file, without a blank: 'FILE[1:5,1:2]'",
  ],
  ["info @hst.fits", 2, "@hst.fits is no list of files, one a line; a file itself stands without the @"],
  ["info @none.txt", 1, "cannot read the list of files none.txt: no such file"],
  ["footprints none.fits -o x.csv", 1, "none.fits: no such file; check the path"],
  [
    "headers none.fits -k OBJECT",
    1,
    "1 row of 1 file, 1 could not be read (none.fits: no such file; check the path); the column error says why",
  ],
])("%s: one line", async (line, code, answer) => {
  const outcome = await fitslice(line.split(" "), { cwd });
  expect([outcome.code, outcome.stderr]).toEqual([code, `fitslice: ${answer}\n`]);
});
