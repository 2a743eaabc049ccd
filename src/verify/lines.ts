/**
 * The lines of a header by the letter of the Standard (sections 4.1 and 4.2), which readers are not held to.
 */
import { printable } from "../errors.js";
import type { Header } from "../header/header.js";

export type ValueKind = "string" | "logical" | "integer" | "float" | "complex" | "none" | "bad";

/** One card of 80 bytes; CONTINUE cards are cards of their own. */
export interface HeaderLine {
  /** From 1. */
  readonly number: number;
  /** Columns 1 to 8, without the blanks behind. */
  readonly keyword: string;
  readonly raw: string;
  /** Absent of lines without a value indicator. */
  readonly kind?: ValueKind;
  /** The value as it stands there; of strings between the quotes, doubled quotes as one. */
  readonly text: string;
}

const digits = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[DE][+-]?\\d+)?";
const kinds: readonly [ValueKind, RegExp][] = [
  ["string", /^'(?:[^']|'')*'$/],
  ["logical", /^[TF]$/],
  ["integer", /^[+-]?\d+$/],
  ["float", new RegExp(`^${digits}$`)],
  ["complex", new RegExp(`^\\( *${digits} *, *${digits} *\\)$`)],
  ["none", /^$/],
];

export function linesOf(header: Header): HeaderLine[] {
  const text = header.toString();
  return Array.from({ length: Math.ceil(text.length / 80) }, (_, i) =>
    lineOf(text.slice(i * 80, i * 80 + 80), i + 1),
  );
}

function lineOf(raw: string, number: number): HeaderLine {
  const keyword = raw.slice(0, 8).trimEnd();
  const hasValue = /^.{8}= /s.test(raw) && !/^(COMMENT|HISTORY|CONTINUE|HIERARCH|)$/.test(keyword);
  if (!hasValue) return { number, keyword, raw, text: "" };
  const field = /^ *('(?:[^']|'')*'|[^/']*?) *(\/.*)?$/s.exec(raw.slice(10))?.[1];
  const kind = field === undefined ? "bad" : (kinds.find(([, pattern]) => pattern.test(field))?.[0] ?? "bad");
  const text = kind === "string" ? field!.slice(1, -1).replaceAll("''", "'").trimEnd() : (field ?? "");
  return { number, keyword, raw, kind, text };
}

/** What is wrong with a line by itself, and what to do about it. */
export function faultOf({
  raw,
  keyword,
  kind,
}: HeaderLine): readonly [fault: string, advice: string] | undefined {
  const at = raw.search(/[^\x20-\x7e]/);
  if (at >= 0) {
    const code = raw.charCodeAt(at).toString(16).padStart(2, "0");
    return [`byte 0x${code} in column ${at + 1} is no printable ASCII`, "replace the byte"];
  }
  if (!/^[A-Z0-9_-]*$/.test(keyword))
    return [`"${printable(keyword)}" holds characters that no keyword may have`, "use A-Z, 0-9, - and _"];
  if (kind !== "bad") return undefined;
  const value = printable(raw.slice(10).trim());
  return /^'/.test(value) && !/^'(?:[^']|'')*'/.test(value)
    ? ["the string has no quote at its end", "close the string, and double quotes inside it"]
    : [
        `${value.slice(0, 40)} is no FITS value`,
        "write a string in quotes, T, F or a number, and a / before the comment",
      ];
}

/** Whether a line looks like a value, and has none: without `= ` in columns 9 and 10 a card is text (4.1.2.2). */
export function lacksIndicator({ raw, keyword, kind }: HeaderLine): boolean {
  return (
    kind === undefined && /^.{8}=[^ ]/s.test(raw) && !/^(COMMENT|HISTORY|CONTINUE|HIERARCH|)$/.test(keyword)
  );
}

/** The number of a line; undefined where it has none. */
export function numberIn(line: HeaderLine | undefined): number | undefined {
  if (line?.kind !== "integer" && line?.kind !== "float") return undefined;
  return Number(line.text.replace("D", "E"));
}
