/**
 * Writes the man pages, fitslice(1) and one for each command, into dist/man: from the commands' own descriptions and options,
 * as --help-all has them.
 *
 * Usage: node scripts/build-man.mjs
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programFor } from "../dist/cli/program.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, "dist", "man");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { SOURCE_DATE_EPOCH: epoch } = process.env;
const date = (epoch ? new Date(Number(epoch) * 1000) : new Date()).toISOString().slice(0, 10);
const program = await programFor(true, version);

/** Text of a page: nothing in it is a request of roff, a hyphen is a minus sign. */
function plain(text) {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .split("\n")
    .map((line) => line.trim().replace(/^(?=[.'])/, "\\&"))
    .join("\n");
}

/** What stands behind the options: paragraphs as they are, lines that are indented as code. */
function after(command) {
  let text = "";
  const write = (more) => (text += more);
  command.emit("afterHelp", { error: false, command, write });
  const lines = [];
  let isCode = false;
  for (const line of text
    .replace(/^Also: .*\n.*\n/m, "")
    .trim()
    .split("\n")) {
    if (line === "Examples:") {
      if (isCode) lines.push(".fi");
      isCode = false;
      while (lines.at(-1) === ".PP") lines.pop();
      lines.push(".SH EXAMPLES");
      continue;
    }
    const code = line.startsWith("  ");
    if (code !== isCode) lines.push(code ? ".nf" : ".fi");
    isCode = code;
    if (line.trim() === "") {
      if (lines.at(-1) !== ".PP" && !lines.at(-1)?.startsWith(".SH")) lines.push(".PP");
    } else lines.push(plain(line));
  }
  if (isCode) lines.push(".fi");
  while (lines.at(-1) === ".PP") lines.pop();
  if (lines.join("") === "") return [];
  return lines[0].startsWith(".SH") ? lines : [".SH NOTES", ...lines];
}

function optionLines(command) {
  const groups = new Map();
  for (const option of [...command.options, { flags: "-h, --help", description: "the short help" }]) {
    const heading = option.helpGroupHeading ?? "Options:";
    groups.set(heading, [...(groups.get(heading) ?? []), option]);
  }
  return [...groups].flatMap(([heading, options]) => [
    `${heading === "Options:" ? ".SH" : ".SS"} ${heading === "Options:" ? "OPTIONS" : plain(heading.replace(/:$/, ""))}`,
    ...options.flatMap((option) => [
      ".TP",
      `.B ${plain(option.flags)}`,
      plain(option.argChoices ? command.createHelp().optionDescription(option) : described(option)),
    ]),
  ]);
}

function described({ description, defaultValue }) {
  return defaultValue === undefined || defaultValue === true
    ? description
    : `${description} (default: ${defaultValue})`;
}

/** The command and its own commands. */
function family(command, path) {
  return [{ command, path }, ...command.commands.flatMap((child) => family(child, [...path, child.name()]))];
}

function page(command, path) {
  const name = path.join("-");
  const isProgram = path.length === 1;
  const summary = isProgram ? "read parts of FITS files where they lie" : command.summary();
  const usage = isProgram ? "COMMAND SRC [options]" : command.usage();
  const lines = [
    `.TH ${name.toUpperCase()} 1 "${date}" "fitslice ${version}" "fitslice"`,
    ".SH NAME",
    `${plain(name)} \\- ${plain(summary)}`,
    ".SH SYNOPSIS",
    `.B ${plain(path.join(" "))}`,
    plain(usage),
    ".SH DESCRIPTION",
    ...command
      .description()
      .split("\n\n")
      .flatMap((text, i) => [...(i > 0 ? [".PP"] : []), plain(text)]),
  ];
  const args = command.registeredArguments;
  if (args.length > 0) lines.push(".SH ARGUMENTS");
  for (const one of args) lines.push(".TP", `.I ${plain(one.name())}`, plain(one.description));
  const children = command.commands.filter((child) => child.name() !== "help");
  if (children.length > 0) lines.push(".SH COMMANDS");
  for (const child of children) lines.push(".TP", `.B ${plain(child.name())}`, plain(child.summary()));
  lines.push(...optionLines(command), ...after(command), ".SH SEE ALSO");
  const others = isProgram
    ? program.commands.map((child) => `fitslice-${child.name()}`)
    : [path.slice(0, -1).join("-"), ...children.map((child) => `${name}-${child.name()}`)];
  lines.push(others.map((other) => `.BR ${plain(other)} (1)`).join(" ,\n"));
  return { name, text: `${lines.join("\n")}\n` };
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
program.showsAll = true;
for (const { command, path } of family(program, ["fitslice"])) {
  command.showsAll = true;
  const { name, text } = page(command, path);
  writeFileSync(join(out, `${name}.1`), text);
}
