/**
 * What stands behind `col` (CFITSIO User's Guide, Column and Keyword Filtering): `X; -BAD; NEW(1J) = PI * 2; A == B; #KEY(comment) = 3`.
 */
import { badUsage } from "../failure.js";
import { printable } from "../output.js";
import { cutAt } from "./brackets.js";

export type ColumnClause =
  /** Columns by a name or a pattern; only those named stay. */
  | { readonly kind: "keep"; readonly name: string }
  /** Columns by a name or a pattern, or a keyword. */
  | { readonly kind: "drop"; readonly name: string }
  | { readonly kind: "rename"; readonly name: string; readonly from: string }
  | {
      readonly kind: "compute";
      readonly name: string;
      /** TFORMn. */
      readonly format?: string;
      readonly expression: string;
    }
  | {
      readonly kind: "keyword";
      readonly name: string;
      readonly comment?: string;
      readonly expression: string;
    };

/** Throws `Failure` (wrong usage) for what is none of these. */
export function columnClauses(text: string): ColumnClause[] {
  if (text.startsWith("@"))
    throw badUsage(
      `[col ${printable(text)}]: clauses in a file are not read here; write them into the brackets`,
    );
  return cutAt(text.replace(/\r?\n/g, ";"), ";").flatMap((piece) => {
    const clause = piece.text.trim();
    return clause === "" ? [] : [clauseOf(clause)];
  });
}

const nameText = String.raw`[A-Za-z_][\w-]*|\$[^$]+\$`;
const renameText = new RegExp(String.raw`^(#?(?:${nameText}))\s*==\s*(#?(?:${nameText}))$`);
const assignedText = new RegExp(
  String.raw`^(#?)((?:${nameText})#?)\s*(?:\(([^()]*(?:\([^()]*\))?[^()]*)\))?\s*=(?!=)\s*([\s\S]+)$`,
);
const keptText = /^[\w*?$ .-]+$/;

function clauseOf(text: string): ColumnClause {
  const dropped = /^[-!]\s*(#?[\w*?$. -]+)$/.exec(text);
  if (dropped) return { kind: "drop", name: plain(dropped[1]!) };
  const renaming = renameText.exec(text);
  if (renaming) return { kind: "rename", name: plain(renaming[1]!), from: plain(renaming[2]!) };
  const assigned = assignedText.exec(text);
  if (assigned) {
    const [, hash, name = "", inBrackets, expression = ""] = assigned;
    if (hash === "#")
      return {
        kind: "keyword",
        name: name.toUpperCase(),
        expression,
        ...(inBrackets !== undefined && { comment: inBrackets.trim() }),
      };
    return {
      kind: "compute",
      name: plain(name),
      expression,
      ...(inBrackets !== undefined && { format: inBrackets.trim() }),
    };
  }
  if (keptText.test(text)) return { kind: "keep", name: plain(text) };
  throw badUsage(
    `[col ...]: cannot read "${printable(text)}"; write NAME, -NAME, NEW = expression, NEW(1E) = expression, NEW == OLD, or #KEY = value`,
  );
}

function plain(name: string): string {
  return name.trim().replace(/^\$|\$$/g, "");
}
