/**
 * Arguments of types that TypeScript would refuse: one clear line, never a TypeError from inside.
 */
import { expect, test } from "vitest";
import { FitsError } from "../../src/index.js";
import { type Call, entries, publicCalls, values } from "./calls.js";

const wrong: readonly unknown[] = [null, 5, "x", {}, [], undefined];

test("every public function is called with wrong arguments here", async () => {
  const named = (await publicCalls()).map(({ name }) => name).concat(values);
  const there = Object.entries(entries).flatMap(([entry, names]) =>
    Object.keys(names).map((name) => `${entry}.${name}`),
  );
  expect(there.filter((name) => !named.includes(name))).toEqual([]);
});

test("each of them takes the right ones", async () => {
  const failures: string[] = [];
  for (const { name, call, args } of await publicCalls()) {
    const error = await failureOf(call, args);
    // Nothing is there, and nobody answers.
    const isAway = error instanceof FitsError && /NOT_FOUND|NETWORK/.test(error.code);
    if (error && !isAway) failures.push(`${name}: ${String(error)}`);
  }
  expect(failures).toEqual([]);
});

test("wrong arguments are refused in one line, or taken for something sensible", async () => {
  const failures: string[] = [];
  for (const { name, call, args } of await publicCalls())
    for (const given of mistaken(args)) {
      const error = await failureOf(call, given);
      const isClear = error === undefined || (error instanceof FitsError && !error.message.includes("\n"));
      if (!isClear) failures.push(`${name}(${given.map(shown).join(", ")}): ${String(error)}`);
    }
  expect(failures).toEqual([]);
});

/** The right arguments, but for one that is wrong; and nothing else than a wrong one. */
function* mistaken(args: Call["args"]): Generator<unknown[]> {
  for (const [i] of args.entries())
    for (const value of wrong) {
      yield args.with(i, value);
      if (i === 0) yield [value];
    }
}

/** What a call throws, its stream or generator included. */
async function failureOf(call: Call["call"], args: readonly unknown[]): Promise<unknown> {
  try {
    const answer = await call(...(args as never[]));
    if (typeof answer === "object" && answer !== null) {
      if (Symbol.asyncIterator in answer && !("hdu" in answer))
        for await (const _ of answer as AsyncIterable<unknown>) break;
      else if ("next" in answer) (answer as Iterator<unknown>).next();
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

function shown(value: unknown): string {
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return String(JSON.stringify(value));
  const isPlain = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isPlain ? JSON.stringify(value) : "...";
}
