import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { type CliCommand, screen } from "../../src/cli/cli-command.js";
import { programFor } from "../../src/cli/program.js";
import { fitslice } from "./run.js";

const tree = await programFor(true, "0.0.0");

/** The words that name each command, those of subcommands behind those of their parents. */
function pathsOf(command: Command, path: readonly string[] = []): string[][] {
  return [[...path], ...command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]))];
}

const paths = pathsOf(tree);

function commandAt(path: readonly string[]): CliCommand {
  return path.reduce<Command>(
    (command, name) => command.commands.find((child) => child.name() === name)!,
    tree,
  ) as CliCommand;
}

describe("help", () => {
  test("of every command is one screen of 40 lines, of 80 columns", async () => {
    const tooLong: string[] = [];
    for (const path of paths) {
      const { text, code } = await fitslice([...path, "--help"]);
      expect([path, code]).toEqual([path, 0]);
      const lines = text.trimEnd().split("\n");
      if (lines.length > screen.lines)
        tooLong.push(`fitslice ${path.join(" ")} --help: ${lines.length} lines`);
      tooLong.push(...lines.filter((line) => line.length > screen.columns));
    }
    expect(tooLong).toEqual([]);
    expect(paths.length).toBeGreaterThan(30);
  });

  test("--help-all of every command has all its options, with what each is for", async () => {
    for (const path of paths) {
      const { text, code } = await fitslice([...path, "--help-all"]);
      expect([path, code]).toEqual([path, 0]);
      expect(text.split("\n").filter((line) => line.length > screen.columns)).toEqual([]);
      for (const { flags, long, description } of commandAt(path).options) {
        if (long === "--help-all") continue;
        expect(text).toContain(`  ${flags}`);
        expect([path, flags, description]).not.toEqual([path, flags, ""]);
      }
    }
  });

  test("every command has --quiet, --verbose and --help-all", () => {
    for (const path of paths.slice(1)) {
      const flags = commandAt(path).options.map(({ long }) => long);
      expect([path, flags]).toEqual([path, expect.arrayContaining(["--quiet", "--verbose", "--help-all"])]);
    }
  });
});
