/**
 * Mandatory keywords: their order, their form, their values (Standard 4.4.1, 7.1.1 to 7.3.1).
 */
import { showValue } from "../header/header.js";
import { error, type Subject, warning } from "./finding.js";
import { type HeaderLine, numberIn, type ValueKind } from "./lines.js";

interface Rule {
  readonly keyword: string;
  readonly kind: ValueKind;
  /** What numbers are allowed. */
  readonly allows?: (value: number) => boolean;
  readonly wanted: string;
}

/** The types of extensions that the Standard defines or reserves (3.4.1, appendix F). */
const registered = /^(IMAGE|TABLE|BINTABLE|IUEIMAGE|A3DTABLE|FOREIGN|DUMP)$/;

const size = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

export function checkMandatory(subject: Subject): void {
  const { lines, first } = subject;
  const rules = rulesOf(subject);
  for (const [i, rule] of rules.entries()) {
    const line = first.get(rule.keyword);
    const place = `card ${i + 1} of its header`;
    if (!line) {
      error(subject, undefined, `${rule.keyword} is missing; it must be ${place}`, `add ${rule.keyword}`);
      continue;
    }
    if (line.number !== i + 1 && !isLate(rule.keyword))
      error(subject, line, `${rule.keyword} must be ${place}`, "move the card");
    checkValue(subject, line, rule);
  }
  const mandatory = new Set(rules.map(({ keyword }) => keyword));
  for (const line of lines)
    if (mandatory.has(line.keyword) && first.get(line.keyword) !== line)
      error(subject, line, `${line.keyword} is there twice`, "remove one of the two cards");
    else if (Number(/^NAXIS(\d+)$/.exec(line.keyword)?.[1]) > axesOf(subject))
      error(
        subject,
        line,
        `${line.keyword}: there are only ${axesOf(subject)} axes (NAXIS)`,
        "remove the card",
      );
  const simple = first.get("SIMPLE");
  if (simple?.text === "F")
    warning(subject, simple, "SIMPLE is F: the file does not claim to be FITS", "set it to T");
}

/** These have no place of their own, but must be there. */
function isLate(keyword: string): boolean {
  return keyword === "GROUPS" || /^TFORM/.test(keyword);
}

function axesOf({ first }: Subject): number {
  return Math.min(999, Math.max(0, numberIn(first.get("NAXIS")) ?? 0));
}

function rulesOf(subject: Subject): Rule[] {
  const { hdu, first } = subject;
  const isPrimary = hdu.index === 0;
  const type = first.get("XTENSION")?.text ?? "";
  const isTable = !isPrimary && /^(TABLE|BINTABLE|A3DTABLE)$/.test(type);
  const isAscii = type === "TABLE";
  const axes = axesOf(subject);
  const is = (wanted: number) => (value: number) => value === wanted;
  const bitpix: Rule = isTable
    ? { keyword: "BITPIX", kind: "integer", allows: is(8), wanted: "8" }
    : {
        keyword: "BITPIX",
        kind: "integer",
        allows: (value) => [8, 16, 32, 64, -32, -64].includes(value),
        wanted: "8, 16, 32, 64, -32 or -64",
      };
  const naxis: Rule = isTable
    ? { keyword: "NAXIS", kind: "integer", allows: is(2), wanted: "2" }
    : {
        keyword: "NAXIS",
        kind: "integer",
        allows: (value) => value >= 0 && value <= 999,
        wanted: "0 to 999",
      };
  const lengths = Array.from({ length: axes }, (_, i): Rule => {
    return { keyword: `NAXIS${i + 1}`, kind: "integer", allows: size, wanted: "0 or more" };
  });
  if (isPrimary) return [{ keyword: "SIMPLE", kind: "logical", wanted: "T" }, bitpix, naxis, ...lengths];
  const isPlain = type === "IMAGE" || isAscii;
  const pcount: Rule = isPlain
    ? { keyword: "PCOUNT", kind: "integer", allows: is(0), wanted: "0" }
    : { keyword: "PCOUNT", kind: "integer", allows: size, wanted: "0 or more" };
  const gcount: Rule =
    isPlain || isTable
      ? { keyword: "GCOUNT", kind: "integer", allows: is(1), wanted: "1" }
      : { keyword: "GCOUNT", kind: "integer", allows: size, wanted: "0 or more" };
  const fields: Rule = {
    keyword: "TFIELDS",
    kind: "integer",
    allows: (value) => value >= 0 && value <= 999,
    wanted: "0 to 999",
  };
  return [
    { keyword: "XTENSION", kind: "string", wanted: "a string" },
    ...[bitpix, naxis, ...lengths, pcount, gcount],
    ...(isTable ? [fields] : []),
  ];
}

function checkValue(subject: Subject, line: HeaderLine, { keyword, kind, allows, wanted }: Rule): void {
  const value = numberIn(line);
  if (line.kind !== kind) {
    const what = line.kind === "string" ? showValue(line.text) : line.text || "without a value";
    error(
      subject,
      line,
      `${keyword} is ${what}, and must be ${wanted}`,
      `write ${kind === "integer" ? "an integer" : `a ${kind}`}`,
    );
    return;
  }
  if (allows && value !== undefined && !allows(value))
    error(subject, line, `${keyword} is ${line.text}, and must be ${wanted}`, "correct the value");
  checkFixed(subject, line);
  if (keyword === "XTENSION" && /^ /.test(line.text))
    error(subject, line, "XTENSION begins with a blank", "remove the blank");
  if (keyword === "XTENSION" && kind === line.kind && !registered.test(line.text.trim()))
    error(subject, line, `XTENSION '${line.text}' is no registered type`, "use IMAGE, TABLE or BINTABLE");
}

/** Integers and logicals end in column 30, strings begin in column 11 and have at least 8 characters (4.2.1 to 4.2.3). */
export function checkFixed(subject: Subject, line: HeaderLine): void {
  const { raw, kind, keyword } = line;
  const isFixed = kind === "string" ? /^.{10}'.{8}/.test(raw) && raw.indexOf("'", 11) >= 19 : isRight(line);
  if (!isFixed)
    error(
      subject,
      line,
      `${keyword} is not written in the fixed format`,
      "align the value as the Standard has it",
    );
}

function isRight({ raw, text }: HeaderLine): boolean {
  return raw.slice(10, 30).trimStart() === text && /^( |\/|$)/.test(raw.slice(30));
}
