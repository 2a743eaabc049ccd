/**
 * Reserved keywords: types of their values, and in which HDUs they may stand (Standard 4.4.2, 7, 8).
 */
import { error, type Finding, type Subject, warning } from "./finding.js";
import { type HeaderLine, numberIn, type ValueKind } from "./lines.js";

const types: readonly [RegExp, ValueKind][] = [
  [
    /^(DATE.*|ORIGIN|TELESCOP|INSTRUME|OBSERVER|OBJECT|AUTHOR|REFERENC|EXTNAME|BUNIT|RADE(CSYS|SYS[A-Z]?)|TIMESYS|CHECKSUM|DATASUM|(CTYPE|CUNIT|CNAME)\d+[A-Z]?|WCSNAME[A-Z]?|T(TYPE|UNIT|FORM|DISP|DIM|CTYP|CUNI)\d+|PTYPE\d+|ZCMPTYPE)$/,
    "string",
  ],
  [/^(EXTVER|EXTLEVEL|BLANK|THEAP|TBCOL\d+|WCSAXES[A-Z]?|ZBITPIX|ZNAXIS\d*|ZTILE\d+)$/, "integer"],
  [
    /^(BSCALE|BZERO|DATAM(AX|IN)|EPOCH|EQUINOX[A-Z]?|(CRVAL|CRPIX|CDELT|CROTA|CRDER|CSYER)\d+[A-Z]?|(PC|CD)\d+_\d+[A-Z]?|(LON|LAT)POLE[A-Z]?|MJD-OBS|(TSCAL|TZERO|PSCAL|PZERO|TCRPX|TCRVL|TCDLT)\d+)$/,
    "float",
  ],
  [/^(SIMPLE|EXTEND|BLOCKED|GROUPS|INHERIT)$/, "logical"],
];

const words: Partial<Record<ValueKind, string>> = {
  string: "a string in quotes",
  integer: "an integer",
  float: "a number",
  logical: "T or F",
};

const columnKeyword =
  /^(TTYPE|TFORM|TUNIT|TNULL|TSCAL|TZERO|TDISP|TBCOL|TDIM|TCTYP|TCUNI|TCRPX|TCRVL|TCDLT|TCROT)(\d+)[A-Z]?$/;
const imageKeyword = /^(BSCALE|BZERO|BUNIT|BLANK|DATAMAX|DATAMIN)$/;

export function checkReserved(subject: Subject): void {
  const { lines, first, hdu } = subject;
  const isTable = /^(TABLE|BINTABLE|COMPRESSED_IMAGE)$/.test(hdu.type);
  // The header of a compressed image holds what the image is to have.
  const isImage = hdu.type === "COMPRESSED_IMAGE" || first.get("ZIMAGE")?.text === "T" || !isTable;
  const fields = numberIn(first.get("TFIELDS")) ?? 0;
  const isGroups = hdu.type === "GROUPS";
  const misplaced = (line: HeaderLine, where: string): void =>
    error(subject, line, `${line.keyword} has no place in ${where}`, "remove the card");
  for (const line of lines) {
    const { keyword } = line;
    checkType(subject, line);
    if (line.kind === undefined) continue;
    if (line.kind === "string" && /^DATE/.test(keyword) && !isDate(line.text))
      error(subject, line, `${keyword} '${line.text}' is no date`, "write YYYY-MM-DD or YYYY-MM-DDThh:mm:ss");
    if (hdu.index === 0 && keyword === "XTENSION") misplaced(line, "a primary header");
    if (hdu.index === 0 && !isGroups && /^(PCOUNT|GCOUNT)$/.test(keyword)) misplaced(line, "a primary array");
    if (hdu.index > 0 && /^(SIMPLE|EXTEND|BLOCKED)$/.test(keyword)) misplaced(line, "an extension");
    if (!isImage && imageKeyword.test(keyword)) misplaced(line, "a table");
    const [, root, n] = columnKeyword.exec(keyword) ?? [];
    if ((root !== undefined || /^(TFIELDS|THEAP)$/.test(keyword)) && !isTable && hdu.type !== "FOREIGN")
      misplaced(line, "an image");
    if (root !== undefined && isTable && (Number(n) > fields || Number(n) === 0))
      error(
        subject,
        line,
        `${keyword}: there are only ${fields} columns (TFIELDS)`,
        "remove the card, or correct TFIELDS",
      );
    checkGroups(subject, line, isGroups);
    if (/^(BSCALE|TSCAL\d+|PSCAL\d+)$/.test(keyword) && numberIn(line) === 0)
      warning(subject, line, `${keyword} is 0, so that all values are the same`, "correct the value");
    if (/^(BLOCKED|EPOCH)$/.test(keyword))
      warning(
        subject,
        line,
        `${keyword} is deprecated`,
        keyword === "EPOCH" ? "use EQUINOX" : "remove the card",
      );
  }
  checkBlank(subject);
  checkRepeated(subject);
}

/** Whether a date is of the present form, or of the one before 1998 (4.4.2.1, 9.1.1). */
function isDate(text: string): boolean {
  const [, day, month, year] = /^(\d\d)\/(\d\d)\/(\d\d)$/.exec(text) ?? [];
  const iso = year === undefined ? text : `19${year}-${month}-${day}`;
  const parts = /^([+-]\d{5}|\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d*)?)?$/.exec(iso);
  if (!parts) return false;
  const [y, m, d, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  // Leap years repeat after 400 years; Date.UTC takes the years 0 to 99 as 1900 to 1999.
  const days = new Date(Date.UTC(2000 + (y! % 400), m!, 0)).getUTCDate();
  return m! >= 1 && m! <= 12 && d! >= 1 && d! <= days && hour < 24 && minute < 60 && second < 61;
}

/** Compressed tables and images keep some cards of the HDU that they were. */
function isCompressed({ first }: Subject): boolean {
  return first.get("ZTABLE")?.text === "T" || first.get("ZIMAGE")?.text === "T";
}

function wantedOf(subject: Subject, keyword: string): ValueKind | undefined {
  if (/^TNULL\d+$/.test(keyword) && subject.hdu.type !== "FOREIGN")
    return subject.hdu.type === "TABLE" ? "string" : "integer";
  // Other HDUs may use these names as they like.
  if (/^Z(BITPIX|NAXIS|TILE|CMPTYPE)/.test(keyword) && !isCompressed(subject)) return undefined;
  return types.find(([pattern]) => pattern.test(keyword))?.[1];
}

function checkType(subject: Subject, line: HeaderLine): void {
  const { keyword, kind, text } = line;
  const wanted = wantedOf(subject, keyword);
  if (wanted === undefined || kind === "bad" || kind === wanted) return;
  if (wanted === "float" && kind === "integer") return;
  const hasValue = kind !== undefined && kind !== "none";
  const what = hasValue ? `is ${kind === "string" ? `'${text}'` : text}` : "has no value";
  error(subject, line, `${keyword} ${what}, and must be ${words[wanted]}`, "correct the value");
}

function checkGroups(subject: Subject, line: HeaderLine, isGroups: boolean): void {
  const n = /^(?:PTYPE|PSCAL|PZERO)(\d+)$/.exec(line.keyword)?.[1];
  if (n === undefined) return;
  if (!isGroups) {
    error(subject, line, `${line.keyword} is for random groups`, "remove the card");
    return;
  }
  const most = numberIn(subject.first.get("PCOUNT")) ?? 0;
  if (Number(n) > most)
    error(subject, line, `${line.keyword}: there are only ${most} parameters (PCOUNT)`, "remove the card");
}

const ranges: Readonly<Record<number, readonly [number, number]>> = {
  8: [0, 255],
  16: [-32768, 32767],
  32: [-(2 ** 31), 2 ** 31 - 1],
};

function checkBlank(subject: Subject): void {
  const { first, hdu } = subject;
  const line = first.get("BLANK");
  if (!line || !/^(PRIMARY|IMAGE|GROUPS)$/.test(hdu.type)) return;
  if (hdu.bitpix < 0) {
    error(
      subject,
      line,
      "BLANK is for integers, and the pixels are floats",
      "remove the card: NaN stands for blank",
    );
    return;
  }
  const value = numberIn(line);
  const [least, most] = ranges[hdu.bitpix] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (value !== undefined && (value < least || value > most))
    warning(subject, line, `BLANK is ${line.text}, which no pixel can be`, "correct the value");
}

/** Mandatory keywords are `checkMandatory`'s. */
function checkRepeated(subject: Subject): void {
  const told = new Set<string>();
  for (const line of subject.lines) {
    const { keyword, kind } = line;
    const isOwn = /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS)$/.test(keyword);
    if (kind === undefined || isOwn || told.has(keyword) || subject.first.get(keyword) === line) continue;
    if (isRecord(line)) continue;
    told.add(keyword);
    const tell = isOtherFormat(subject, line) ? error : warning;
    tell(subject, line, `${keyword} is there more than once`, "keep the card that counts");
  }
}

/** Whether a column has another format, or another place in the rows, than its first card says. */
function isOtherFormat({ first, hdu }: Subject, { keyword, text }: HeaderLine): boolean {
  const isFormat = hdu.type === "TABLE" ? /^(TFORM|TBCOL)\d/ : /^TFORM\d/;
  return hdu.type !== "FOREIGN" && isFormat.test(keyword) && text !== first.get(keyword)?.text;
}

/** Record-valued cards repeat their keyword by design (`DP1 = 'AXIS.1: 2'`). */
function isRecord({ keyword, kind, text }: HeaderLine): boolean {
  return kind === "string" && /^(D[PQ]\d+|D2IM\w+)[A-Z]?$/.test(keyword) && text.includes(": ");
}

/** EXTNAME, EXTVER and EXTLEVEL tell HDUs apart (4.4.2.6). */
export function checkNames(subjects: readonly Subject[]): Finding[] {
  const seen = new Map<string, number>();
  return subjects.flatMap(({ hdu, first }): Finding[] => {
    const name = first.get("EXTNAME");
    if (!name || hdu.index === 0) return [];
    const key = [
      name.text.toUpperCase(),
      numberIn(first.get("EXTVER")) ?? 1,
      numberIn(first.get("EXTLEVEL")) ?? 1,
    ].join();
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, hdu.index);
      return [];
    }
    const message = `EXTNAME, EXTVER and EXTLEVEL are those of HDU ${before}`;
    return [
      {
        level: "warning",
        hdu: hdu.index,
        card: name.number,
        keyword: "EXTNAME",
        message,
        advice: "give another EXTVER",
      },
    ];
  });
}
