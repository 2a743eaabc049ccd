/**
 * What can be wrong with a file, and the HDU that checks look at.
 */
import type { HduLayout } from "../hdu/hdu.js";
import type { HeaderLine } from "./lines.js";

/** Something that is wrong with a file, or doubtful. */
export interface Finding {
  /** An error breaks a rule of the Standard; a warning is doubtful, or against its advice. */
  readonly level: "error" | "warning";
  readonly hdu: number;
  /** The card of the header, from 1, each 80 bytes counted; absent of what is no card. */
  readonly card?: number | undefined;
  readonly keyword?: string | undefined;
  /** What is wrong, in one line. */
  readonly message: string;
  /** What to do, in one line. */
  readonly advice: string;
}

/** An HDU while it is checked. */
export interface Subject {
  readonly hdu: HduLayout;
  readonly lines: readonly HeaderLine[];
  /** The first line of each keyword. */
  readonly first: ReadonlyMap<string, HeaderLine>;
  readonly findings: Finding[];
}

/** Where a finding is: a line of the header, or the HDU as a whole. */
type Place = Pick<HeaderLine, "number" | "keyword"> | undefined;

export function error(subject: Subject, place: Place, message: string, advice: string): void {
  note(subject, "error", place, message, advice);
}

export function warning(subject: Subject, place: Place, message: string, advice: string): void {
  note(subject, "warning", place, message, advice);
}

function note(
  { hdu, findings }: Subject,
  level: Finding["level"],
  place: Place,
  message: string,
  advice: string,
): void {
  const at = place && { card: place.number, keyword: place.keyword };
  findings.push({ level, hdu: hdu.index, ...at, message, advice });
}
