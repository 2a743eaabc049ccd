/**
 * Ways to spoil a FITS file.
 */

const cardLength = 80;
const blockLength = 2880;

/** A spoiled copy of `bytes`, and what was done to it. */
export function mutate(bytes: Uint8Array, random: () => number): { bytes: Uint8Array; how: string } {
  let spoiled: Uint8Array = bytes.slice();
  const how: string[] = [];
  for (let n = random() < 0.6 ? 1 : 1 + Math.floor(random() * 4); n > 0; n--) {
    const names = Object.keys(ways);
    const name = names[Math.floor(random() * names.length)]!;
    const { result, detail } = ways[name]!(spoiled, random);
    spoiled = result;
    how.push(`${name} ${detail}`);
  }
  return { bytes: spoiled, how: how.join(", then ") };
}

type Way = (bytes: Uint8Array, random: () => number) => { result: Uint8Array; detail: string };

const numbers =
  "-1 0 1 2 3 7 8 16 32 64 -32 -64 99 999 1000 65535 65536 2147483647 2147483648 4294967296 9007199254740991 9007199254740993 9223372036854775807 18446744073709551616 1E308 1E400 -1E30 1.5 0.1 -0.0 NaN INF";
const strings =
  "'' ' ' 'X' '1X' '0A' '1PE(0)' '1QJ(999999999)' '2147483647D' '99999999999999999999B' '1PB(-1)' 'PJ' '3X' 'A' 'E15.7' 'I999999' 'RICE_1' 'GZIP_1' 'GZIP_2' 'PLIO_1' 'HCOMPRESS_1' 'NOCOMPRESS' 'SUBTRACTIVE_DITHER_2' 'NO_DITHER' 'BINTABLE' 'IMAGE' 'TABLE' '(1,2)' '(99999,99999,99999)' '(-1)' '()' 'NONE' 'COMPRESSED_DATA' 'ZSCALE' 'é'";
const values = [
  ...numbers.split(" "),
  ...(strings.match(/'[^']*'/g) ?? []),
  "T",
  "F",
  "",
  "(1.0, 2.0)",
  "= =",
  "/",
  "'no end",
];

/** Keywords that decide on sizes, places and types. */
const keywords =
  "BITPIX NAXIS NAXIS1 NAXIS2 NAXIS3 NAXIS999 PCOUNT GCOUNT TFIELDS TFORM1 TFORM2 TFORM3 TTYPE1 TTYPE2 TDIM1 TDIM2 TNULL1 TSCAL1 TZERO1 TBCOL1 TBCOL2 THEAP BSCALE BZERO BLANK ZIMAGE ZTABLE ZBITPIX ZNAXIS ZNAXIS1 ZNAXIS2 ZTILE1 ZTILE2 ZCMPTYPE ZNAME1 ZVAL1 ZNAME2 ZVAL2 ZQUANTIZ ZDITHER0 ZSCALE ZZERO ZBLANK ZTILELEN ZFORM1 ZCTYP1 ZMASKCMP GROUPS SIMPLE XTENSION EXTNAME EXTVER EXTEND INHERIT END CONTINUE".split(
    " ",
  );

const ways: Readonly<Record<string, Way>> = {
  "flip bytes": (bytes, random) => {
    const n = 1 + Math.floor(random() ** 3 * 40);
    for (let i = 0; i < n; i++) bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
    return { result: bytes, detail: String(n) };
  },
  "set bytes": (bytes, random) => {
    const from = Math.floor(random() * bytes.length);
    const length = 1 + Math.floor(random() ** 2 * 64);
    const value = [0, 255, 127, 128, 32, 65][Math.floor(random() * 6)]!;
    bytes.fill(value, from, from + length);
    return { result: bytes, detail: `${from}+${length} to ${value}` };
  },
  "set a word": (bytes, random) => {
    const words = [0, 1, -1, 0x7fffffff, -0x80000000, 0x10000, bytes.length];
    const value = words[Math.floor(random() * words.length)]!;
    const at = Math.floor((random() * bytes.length) / 4) * 4;
    if (at + 4 <= bytes.length) new DataView(bytes.buffer, bytes.byteOffset).setInt32(at, value);
    return { result: bytes, detail: `at ${at} to ${value}` };
  },
  "change a value": (bytes, random) => {
    const value = values[Math.floor(random() * values.length)]!;
    const cards = cardsOf(bytes).filter(({ keyword }) => random() < 0.05 || keywords.includes(keyword));
    const card = cards[Math.floor(random() * cards.length)];
    if (!card) return { result: bytes, detail: "of no card" };
    writeCard(bytes, card.at, card.keyword, value);
    return { result: bytes, detail: `${card.keyword}=${value}` };
  },
  "write a card": (bytes, random) => {
    const keyword = keywords[Math.floor(random() * keywords.length)]!;
    const value = values[Math.floor(random() * values.length)]!;
    const cards = cardsOf(bytes);
    const card = cards[Math.floor(random() * cards.length)];
    if (card) writeCard(bytes, card.at, keyword, value);
    return { result: bytes, detail: `${keyword}=${value} over ${card?.keyword}` };
  },
  "swap cards": (bytes, random) => {
    const cards = cardsOf(bytes);
    const [a, b] = [cards[Math.floor(random() * cards.length)], cards[Math.floor(random() * cards.length)]];
    if (!a || !b) return { result: bytes, detail: "" };
    const kept = bytes.slice(a.at, a.at + cardLength);
    bytes.copyWithin(a.at, b.at, b.at + cardLength);
    bytes.set(kept, b.at);
    return { result: bytes, detail: `${a.keyword} and ${b.keyword}` };
  },
  truncate: (bytes, random) => {
    const length = Math.floor(random() * bytes.length);
    return { result: bytes.slice(0, length), detail: `to ${length}` };
  },
  "take out": (bytes, random) => splice(bytes, random, -1),
  "put in": (bytes, random) => splice(bytes, random, 1),
};

/** Takes bytes out of the middle, or puts some in: what lies behind has moved. */
function splice(
  bytes: Uint8Array,
  random: () => number,
  sign: number,
): { result: Uint8Array; detail: string } {
  const length = [1, 80, blockLength, Math.floor(random() * 5000)][Math.floor(random() * 4)]!;
  const at = Math.floor(random() * bytes.length);
  const rest = bytes.subarray(sign < 0 ? at + length : Math.max(0, at - length));
  const result = new Uint8Array(at + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(rest, at);
  return { result, detail: `${length} at ${at}` };
}

/** What looks like cards, of the first 40 blocks. */
function cardsOf(bytes: Uint8Array): { at: number; keyword: string }[] {
  const cards: { at: number; keyword: string }[] = [];
  const end = Math.min(bytes.length - cardLength, 40 * blockLength);
  for (let at = 0; at <= end; at += cardLength) {
    const keyword = String.fromCharCode(...bytes.subarray(at, at + 8)).trimEnd();
    if (/^[A-Z][A-Z0-9_-]*$/.test(keyword)) cards.push({ at, keyword });
  }
  return cards;
}

function writeCard(bytes: Uint8Array, at: number, keyword: string, value: string): void {
  const text = `${keyword.padEnd(8)}= ${value.startsWith("'") ? value : value.padStart(20)}`;
  const card = keyword === "END" ? "END" : text;
  for (let i = 0; i < cardLength; i++) bytes[at + i] = (card.padEnd(cardLength).charCodeAt(i) || 32) & 255;
}
