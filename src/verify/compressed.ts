/**
 * What a compressed image must have (Standard 10.1): without that no reader makes pixels of the table.
 */
import { error, type Subject } from "./finding.js";
import { numberIn } from "./lines.js";

const algorithms = /^(RICE_(1|ONE)|GZIP_[12]|PLIO_1|HCOMPRESS_1|NOCOMPRESS)$/;

/** Types of the values are `checkReserved`'s. */
export function checkCompressed(subject: Subject): void {
  const { first, hdu } = subject;
  if (hdu.index === 0 || first.get("ZIMAGE")?.text !== "T") return;
  const axes = Math.min(999, Math.max(0, numberIn(first.get("ZNAXIS")) ?? 0));
  const lengths = Array.from({ length: axes }, (_, i) => `ZNAXIS${i + 1}`);
  const tilesAlong = (keyword: string, i: number): number => {
    const length = numberIn(first.get(keyword)) ?? Number.NaN;
    return Math.ceil(length / (numberIn(first.get(`ZTILE${i + 1}`)) ?? (i === 0 ? length : 1)));
  };
  const values = [...first.keys()]
    .filter((keyword) => /^ZNAME\d+$/.test(keyword))
    .map((keyword) => keyword.replace("NAME", "VAL"));
  for (const keyword of ["ZCMPTYPE", "ZBITPIX", "ZNAXIS", ...lengths, ...values])
    if (first.get(keyword)?.kind === undefined)
      error(subject, first.get(keyword), `a compressed image has no ${keyword}`, `add ${keyword}`);
  for (const keyword of values) checkParameter(subject, keyword);
  const bitpix = first.get("ZBITPIX");
  if (bitpix?.kind === "integer" && ![8, 16, 32, 64, -32, -64].includes(numberIn(bitpix)!))
    error(
      subject,
      bitpix,
      `ZBITPIX is ${bitpix.text}, and must be 8, 16, 32, 64, -32 or -64`,
      "correct the value",
    );
  for (const keyword of lengths) {
    const line = first.get(keyword);
    if (line?.kind === "integer" && numberIn(line)! < 0)
      error(subject, line, `${keyword} is ${line.text}, and must be 0 or more`, "correct the value");
  }
  for (const [keyword, line] of first) {
    if (/^ZTILE\d+$/.test(keyword) && line.kind === "integer" && numberIn(line)! < 1)
      error(subject, line, `${keyword} is ${line.text}, and must be 1 or more`, "correct the value");
  }
  const tiles = axes > 0 ? lengths.reduce((all, keyword, i) => all * tilesAlong(keyword, i), 1) : 0;
  const rows = first.get("NAXIS2");
  if (Number.isFinite(tiles) && numberIn(rows) !== tiles)
    error(
      subject,
      rows,
      `the image has ${tiles} tiles, and the table has ${rows?.text} rows`,
      "correct ZTILEn",
    );
  const type = first.get("ZCMPTYPE");
  if (type?.kind === "string" && !algorithms.test(type.text))
    error(subject, type, `ZCMPTYPE '${type.text}' is no compression of images`, "correct the value");
  const names = [...first].filter(([keyword]) => /^TTYPE\d+$/.test(keyword));
  if (!names.some(([, { text }]) => text.toUpperCase() === "COMPRESSED_DATA"))
    error(subject, undefined, "a compressed image has no column COMPRESSED_DATA", "name the column so");
}

/** The parameters that the Standard defines for RICE_1 and HCOMPRESS_1 are numbers (10.4.1, 10.4.4). */
function checkParameter(subject: Subject, keyword: string): void {
  const line = subject.first.get(keyword);
  const name = subject.first.get(keyword.replace("VAL", "NAME"))?.text ?? "";
  if (line?.kind === undefined || line.kind === "bad" || !/^(BLOCKSIZE|BYTEPIX|SCALE|SMOOTH)$/.test(name))
    return;
  const value = numberIn(line);
  const least = /^B/.test(name) ? 1 : 0;
  if (value === undefined || value < least)
    error(
      subject,
      line,
      `${keyword} (${name}) is ${line.text || "without a value"}, and must be a number, ${least} or more`,
      "correct the value",
    );
}
