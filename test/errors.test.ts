/**
 * Text and lists in messages: on one line, safe for a terminal, never endless.
 */
import { expect, test } from "vitest";
import { FitsError, hduLabel, listed, printable } from "../src/errors.js";

test("control characters, line separators and marks of direction become ?", () => {
  for (const code of [
    0, 9, 10, 13, 27, 0x7f, 0x80, 0x9b, 0x9f, 0x200e, 0x2028, 0x2029, 0x202e, 0x2066, 0xfeff,
  ])
    expect(printable(`a${String.fromCodePoint(code)}b`)).toBe("a?b");
  expect(printable("\ud800")).toBe("?");
});

test("letters of any script stay as they are", () => {
  expect(printable("flux µJy α é 星 🌟")).toBe("flux µJy α é 星 🌟");
});

test("a list shows ten items, and how many there are", () => {
  const items = Array.from({ length: 11 }, (_, i) => `c${i}`);
  expect(listed(items.slice(0, 10))).toBe("c0, c1, c2, c3, c4, c5, c6, c7, c8, c9");
  expect(listed(items)).toBe("c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, ... 11 in all");
  expect(listed(["a\u001b[2J"])).toBe("a?[2J");
  expect(listed([])).toBe("");
});

test("an HDU's name cannot write to the terminal", () => {
  expect(hduLabel({ index: 2, name: "SCI\u009b31m" })).toBe("HDU 2 (SCI?31m)");
});

test("a message is one safe line, whatever it quotes", () => {
  expect(new FitsError("BAD_DATA", "ZCTYP1 'X\u001b[2J\u009b1m\nY' is none").message).toBe(
    "ZCTYP1 'X?[2J?1m?Y' is none",
  );
});
