/**
 * What is wrong with a file by the Standard, HDU by HDU.
 */
import { checkFile, checkObject } from "../argument.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { ReadOptions } from "../read/options.js";
import { checkColumns } from "./columns.js";
import { checkCompressed } from "./compressed.js";
import { checkData, checkEnding, readBytes, shown } from "./data.js";
import { error, type Finding, type Subject, warning } from "./finding.js";
import { faultOf, lacksIndicator, linesOf } from "./lines.js";
import { checkMandatory } from "./mandatory.js";
import { checkNames, checkReserved } from "./reserved.js";
import { checkWcs } from "./wcs.js";

/** Options of `verify`. */
export interface VerifyOptions extends ReadOptions {
  /** Whether data are read: cells of tables, padding, checksums. Default true. */
  readonly data?: boolean | undefined;
}

/**
 * Checks a file by the FITS Standard 4.0, and CHECKSUM and DATASUM: findings in the order of the HDUs. Data are read once, in
 * pieces, each HDU by itself. What keeps `open` from opening a file at all is not told here: `open` throws it.
 *
 * Throws what reading throws.
 */
export async function* verify(fits: Fits, given: VerifyOptions = {}): AsyncGenerator<Finding, undefined> {
  checkFile(fits);
  checkObject(given);
  const { data = true, ...options } = given;
  const layouts = await fits.layouts(options);
  const names: Subject[] = [];
  for (const hdu of layouts) {
    const subject = subjectOf(hdu);
    names.push({ ...subject, lines: [], first: nameLines(subject) });
    checkHeader(subject);
    if (hdu.index === 0 && layouts.length > 1) checkExtend(subject);
    const columns = checkColumns(subject);
    if (data) await checkData(fits, subject, columns, options);
    yield* subject.findings;
  }
  yield* checkNames(names);
  yield* await checkEnd(fits, layouts, options);
}

function subjectOf(hdu: HduLayout): Subject {
  const lines = linesOf(hdu.header);
  const first = new Map(lines.toReversed().map((line) => [line.keyword, line]));
  return { hdu, lines, first, findings: [] };
}

/** What tells an HDU from others: the rest of its lines need not be kept. */
function nameLines({ first }: Subject): Subject["first"] {
  return new Map([...first].filter(([keyword]) => /^EXT(NAME|VER|LEVEL)$/.test(keyword)));
}

function checkHeader(subject: Subject): void {
  for (const line of subject.lines) {
    const fault = faultOf(line);
    if (fault) error(subject, line, ...fault);
    else if (lacksIndicator(line))
      warning(
        subject,
        line,
        "no blank follows the = in column 9, so that the card has no value",
        "put a blank into column 10",
      );
  }
  checkMandatory(subject);
  checkReserved(subject);
  checkCompressed(subject);
  checkWcs(subject);
  checkEnding(subject);
}

/** EXTEND tells whether there may be extensions (4.4.2.1). */
function checkExtend(subject: Subject): void {
  const line = subject.first.get("EXTEND");
  if (line?.kind === "logical" && line.text === "F")
    error(subject, line, "EXTEND is F, and there are extensions", "set EXTEND to T");
}

/** Whether the file ends where its last HDU does. */
async function checkEnd(fits: Fits, layouts: readonly HduLayout[], options: ReadOptions): Promise<Finding[]> {
  const last = layouts.at(-1);
  if (!last) return [];
  const finding = (message: string, advice: string): Finding[] => [
    { level: "error", hdu: last.index, message, advice },
  ];
  const dataEnd = last.dataOffset + last.dataSize;
  const behind = await readBytes(fits, last, last.end, 2880, options);
  const size = fits.size ?? last.end + behind.length;
  if (size < dataEnd)
    return finding(
      `the file ends at byte ${size}, ${dataEnd - size} bytes before the data do`,
      "get the whole file",
    );
  if (size < last.end)
    return finding(
      `the file ends at byte ${size}, ${last.end - size} bytes before its last block does`,
      "fill the block",
    );
  if (behind.length === 0) return [];
  const unread = fits.warnings.find((text) => /cannot be read, nor any behind it/.test(text));
  if (unread !== undefined)
    return [{ level: "error", hdu: last.index + 1, message: unread, advice: "mend that header" }];
  return finding(
    `${size - last.end} bytes lie behind the last HDU, from byte ${last.end} on: ${shown(behind)}`,
    "cut them off",
  );
}
