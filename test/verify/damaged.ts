/**
 * Files with one fault each: sound files whose cards or bytes are changed.
 */

/** An HDU as cards and data, which are padded as they should be. */
export interface PlainHdu {
  cards: string[];
  data: Uint8Array;
  fill?: number;
}

const text = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value, "latin1"));
const int = (keyword: string, value: number): string => `${keyword.padEnd(8)}= ${String(value).padStart(20)}`;
const logical = (keyword: string, value: string): string => `${keyword.padEnd(8)}= ${value.padStart(20)}`;
const string = (keyword: string, value: string): string => `${keyword.padEnd(8)}= '${value.padEnd(8)}'`;

export function bytesOf(hdus: readonly PlainHdu[]): Uint8Array {
  const parts = hdus.flatMap(({ cards, data, fill = 0 }) => {
    const header = [...cards, "END"].map((card) => card.padEnd(80)).join("");
    const padded = header.padEnd(Math.ceil(header.length / 2880) * 2880);
    const rest = new Uint8Array((2880 - (data.length % 2880)) % 2880).fill(fill);
    return [text(padded), data, rest];
  });
  return new Uint8Array(Buffer.concat(parts));
}

function primary(): PlainHdu {
  const data = new Uint8Array(24).map((_, i) => i);
  const cards = [
    ...[logical("SIMPLE", "T"), int("BITPIX", 16), int("NAXIS", 2), int("NAXIS1", 4), int("NAXIS2", 3)],
    ...[logical("EXTEND", "T"), string("OBJECT", "M 51"), int("BLANK", -32768), int("WCSAXES", 2)],
    ...[string("CTYPE1", "RA---TAN"), string("CTYPE2", "DEC--TAN"), int("CRPIX1", 1), int("CRPIX2", 1)],
    ...["CRVAL1  =                 10.5", "CRVAL2  =                 -2.5"],
    ...["CDELT1  =              -0.0001", "CDELT2  =               0.0001"],
    ...["EXPTIME =                 2.5 / [s] time", string("DATE-OBS", "2020-01-02"), "COMMENT a comment"],
  ];
  return { cards, data };
}

function floats(): PlainHdu {
  const cards = [
    ...[string("XTENSION", "IMAGE"), int("BITPIX", -32), int("NAXIS", 1), int("NAXIS1", 3)],
    ...[int("PCOUNT", 0), int("GCOUNT", 1), string("EXTNAME", "FLOATS"), int("EXTVER", 1)],
  ];
  return { cards, data: new Uint8Array(12) };
}

/** Columns L, 5A, J, E, 3X, PJ; two rows, a heap of 12 bytes. */
function binary(): PlainHdu {
  const row = (flag: string, name: string, x: number, count: number, offset: number): Uint8Array => {
    const bytes = new Uint8Array(23);
    bytes.set(text(flag), 0);
    bytes.set(text(name.padEnd(5)), 1);
    const view = new DataView(bytes.buffer);
    view.setInt32(6, x);
    view.setFloat32(10, x / 2);
    bytes[14] = 0xa0;
    view.setInt32(15, count);
    view.setInt32(19, offset);
    return bytes;
  };
  const data = new Uint8Array(
    Buffer.concat([row("T", "abc", 1, 1, 0), row("F", "d", 2, 2, 4), new Uint8Array(12)]),
  );
  const names = ["flag", "name", "n", "x", "bits", "list"];
  const formats = ["1L", "5A", "1J", "1E", "3X", "1PJ(2)"];
  const cards = [
    ...[
      string("XTENSION", "BINTABLE"),
      int("BITPIX", 8),
      int("NAXIS", 2),
      int("NAXIS1", 23),
      int("NAXIS2", 2),
    ],
    ...[int("PCOUNT", 12), int("GCOUNT", 1), int("TFIELDS", 6)],
    ...names.flatMap((name, i) => [string(`TTYPE${i + 1}`, name), string(`TFORM${i + 1}`, formats[i]!)]),
    ...[string("EXTNAME", "ROWS"), int("TNULL3", -1), string("TUNIT4", "mag"), string("TDISP4", "F8.3")],
  ];
  return { cards, data };
}

function ascii(): PlainHdu {
  const cards = [
    ...[string("XTENSION", "TABLE"), int("BITPIX", 8), int("NAXIS", 2), int("NAXIS1", 20), int("NAXIS2", 2)],
    ...[int("PCOUNT", 0), int("GCOUNT", 1), int("TFIELDS", 3)],
    ...[string("TTYPE1", "a"), int("TBCOL1", 1), string("TFORM1", "A5")],
    ...[string("TTYPE2", "i"), int("TBCOL2", 7), string("TFORM2", "I4")],
    ...[string("TTYPE3", "x"), int("TBCOL3", 12), string("TFORM3", "F8.3"), string("EXTNAME", "TEXT")],
  ];
  return { cards, data: text("first   12    1.500 second  -3   -2.250 ".slice(0, 40)), fill: 32 };
}

/** A compressed image: one row of 4 bytes in the heap, which nobody unpacks here. */
function compressed(): PlainHdu {
  const data = new Uint8Array(12);
  data[3] = 4;
  const cards = [
    ...[
      string("XTENSION", "BINTABLE"),
      int("BITPIX", 8),
      int("NAXIS", 2),
      int("NAXIS1", 8),
      int("NAXIS2", 1),
    ],
    ...[int("PCOUNT", 4), int("GCOUNT", 1), int("TFIELDS", 1)],
    ...[string("TTYPE1", "COMPRESSED_DATA"), string("TFORM1", "1PB(4)"), logical("ZIMAGE", "T")],
    ...[
      string("ZCMPTYPE", "RICE_1"),
      int("ZBITPIX", 16),
      int("ZNAXIS", 2),
      int("ZNAXIS1", 4),
      int("ZNAXIS2", 3),
    ],
    ...[int("ZTILE1", 4), int("ZTILE2", 3), string("ZNAME1", "BLOCKSIZE"), int("ZVAL1", 32)],
    string("EXTNAME", "PACKED"),
  ];
  return { cards, data };
}

export const soundFile = (): PlainHdu[] => [primary(), floats(), binary(), ascii()];

type Change = (hdus: PlainHdu[]) => unknown;

const at = (hdu: PlainHdu, keyword: string): number => {
  const found = hdu.cards.findIndex((card) => card.startsWith(keyword.padEnd(8)));
  if (found < 0) throw new Error(`no ${keyword}`);
  return found;
};
const drop =
  (n: number, keyword: string): Change =>
  (hdus) =>
    hdus[n]!.cards.splice(at(hdus[n]!, keyword), 1);
const put =
  (n: number, keyword: string, card: string): Change =>
  (hdus) => {
    hdus[n]!.cards[at(hdus[n]!, keyword)] = card;
  };
const add =
  (n: number, card: string): Change =>
  (hdus) =>
    hdus[n]!.cards.push(card);
const swap =
  (n: number, one: string, two: string): Change =>
  (hdus) => {
    const { cards } = hdus[n]!;
    const [a, b] = [at(hdus[n]!, one), at(hdus[n]!, two)];
    [cards[a], cards[b]] = [cards[b]!, cards[a]!];
  };
const poke =
  (n: number, offset: number, value: number): Change =>
  (hdus) => {
    hdus[n]!.data[offset] = value;
  };

/** Changes of HDUs, by name. */
function changes(): [string, Change][] {
  const all: [string, Change][] = [["nothing", () => undefined]];
  const note = (name: string, change: Change): void => void all.push([name, change]);
  const mandatory = [
    ["SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2"],
    ["XTENSION", "BITPIX", "NAXIS", "NAXIS1", "PCOUNT", "GCOUNT"],
    ["XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "PCOUNT", "GCOUNT", "TFIELDS"],
    ["XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "PCOUNT", "GCOUNT", "TFIELDS"],
  ];
  for (const [n, keywords] of mandatory.entries())
    for (const [i, keyword] of keywords.entries()) {
      if (i > 2) note(`${n} without ${keyword}`, drop(n, keyword));
      if (i > 1 && i + 1 < keywords.length) note(`${n} ${keyword} late`, swap(n, keyword, keywords[i + 1]!));
      note(`${n} ${keyword} again`, (hdus) => add(n, hdus[n]!.cards[at(hdus[n]!, keyword)]!)(hdus));
      if (i > 0) note(`${n} ${keyword} as a string`, put(n, keyword, string(keyword, "8")));
      if (i > 0)
        note(`${n} ${keyword} as a float`, put(n, keyword, `${keyword.padEnd(8)}=                  1.5`));
      note(`${n} ${keyword} to the left`, (hdus) => {
        const place = at(hdus[n]!, keyword);
        hdus[n]!.cards[place] = hdus[n]!.cards[place]!.replace(/= +/, "= ").replace("= '", "=  '");
      });
    }
  for (const n of [0, 1, 2, 3]) {
    note(`${n} bad keyword`, add(n, "lower   =                    1"));
    note(`${n} odd keyword`, add(n, "A.B     =                    1"));
    note(`${n} blank in a keyword`, add(n, "A B     =                    1"));
    note(`${n} bad number`, add(n, "NUMBER  =                 1,50"));
    note(`${n} no slash`, add(n, "NUMBER  =                  1.5 seconds"));
    note(`${n} open string`, add(n, "WORDS   = 'open"));
    note(`${n} lonely quote`, add(n, "WORDS   = 'it's here'"));
    note(`${n} control byte`, add(n, "COMMENT a \u0007 bell"));
    note(`${n} high byte`, add(n, "COMMENT caf\u00e9"));
    note(`${n} lower-case exponent`, add(n, "NUMBER  =                1.5e3"));
    note(`${n} lower-case logical`, add(n, "FLAG    =                    t"));
    note(`${n} free format`, add(n, "NUMBER  = 15 / free"));
    note(`${n} undefined`, add(n, "NUMBER  =  / nothing"));
    note(`${n} complex`, add(n, "NUMBER  = (1.5, 2) / complex"));
    note(`${n} OBJECT as a number`, add(n, int("TELESCOP", 5)));
    note(`${n} EXTVER as a string`, add(n, string("EXTVER", "2")));
    note(`${n} EQUINOX as a string`, add(n, string("EQUINOX", "J2000")));
    note(`${n} BSCALE`, add(n, int("BSCALE", 2)));
    note(`${n} BUNIT`, add(n, string("BUNIT", "Jy")));
    note(`${n} DATAMAX`, add(n, int("DATAMAX", 2)));
    note(`${n} TTYPE9`, add(n, string("TTYPE9", "x")));
    note(`${n} TDIM1`, add(n, string("TDIM1", "(1,1)")));
    note(`${n} THEAP`, add(n, int("THEAP", 46)));
    note(`${n} continued`, (hdus) => hdus[n]!.cards.push("WORDS   = 'one &'", "CONTINUE  'two'"));
    note(`${n} padding`, (hdus) => {
      const { data } = hdus[n]!;
      hdus[n]!.data = new Uint8Array(Buffer.concat([data, new Uint8Array([7])]));
    });
    if (n > 0) note(`${n} SIMPLE inside`, add(n, logical("SIMPLE", "T")));
    if (n > 0) note(`${n} EXTEND`, add(n, logical("EXTEND", "T")));
  }
  note("XTENSION in the primary", add(0, string("XTENSION", "IMAGE")));
  note("PCOUNT in the primary", add(0, int("PCOUNT", 0)));
  note("BLANK of floats", add(1, int("BLANK", -1)));
  note("BLANK as a float", put(0, "BLANK", "BLANK   =                  1.5"));
  note("BITPIX 12", put(0, "BITPIX", int("BITPIX", 12)));
  note("PCOUNT of an image", put(1, "PCOUNT", int("PCOUNT", 4)));
  note("GCOUNT of an image", put(1, "GCOUNT", int("GCOUNT", 2)));
  note("unknown extension", put(1, "XTENSION", string("XTENSION", "NONSENSE")));
  note("WCSAXES late", (hdus) => {
    const { cards } = hdus[0]!;
    cards.push(...cards.splice(at(hdus[0]!, "WCSAXES"), 1));
  });
  note("WCSAXES too small", put(0, "WCSAXES", int("WCSAXES", 1)));
  note("axis without WCSAXES", (hdus) => {
    drop(0, "WCSAXES")(hdus);
    add(0, int("CRPIX3", 1))(hdus);
  });
  note("CRPIX1 as a string", put(0, "CRPIX1", string("CRPIX1", "1")));
  note("CTYPE1 as a number", put(0, "CTYPE1", int("CTYPE1", 1)));
  note("TFIELDS too small", put(2, "TFIELDS", int("TFIELDS", 5)));
  note("TFIELDS too large", put(2, "TFIELDS", int("TFIELDS", 7)));
  note("no TFORM", drop(2, "TFORM3"));
  note("bad TFORM", put(2, "TFORM3", string("TFORM3", "1Z")));
  note("TFORM with a blank", put(2, "TFORM3", string("TFORM3", " 1J")));
  note("TFORM in lower case", put(2, "TFORM3", string("TFORM3", "1j")));
  note("widths", put(2, "TFORM3", string("TFORM3", "2J")));
  note("TNULL of a float", add(2, int("TNULL4", 1)));
  note("TNULL as a float", put(2, "TNULL3", "TNULL3  =                  1.5"));
  note("TSCAL of text", add(2, int("TSCAL2", 2)));
  note("TZERO of logicals", add(2, int("TZERO1", 2)));
  note("TSCAL as a string", add(2, string("TSCAL3", "2")));
  note("TBCOL in a binary table", add(2, int("TBCOL1", 1)));
  note("bad TDIM", add(2, string("TDIM2", "5,1")));
  note("large TDIM", add(2, string("TDIM2", "(5,2)")));
  note("small TDIM", add(2, string("TDIM2", "(2,2)")));
  for (const text of ["5,1", "(5,2)", " (5)"])
    note(`TDIM2 again as ${text}`, (hdus) =>
      hdus[2]!.cards.push(string("TDIM2", "(5)"), string("TDIM2", text)),
    );
  for (const text of ["Q8.3", "A8", " F8.3"]) note(`TDISP4 again as ${text}`, add(2, string("TDISP4", text)));
  for (const text of ["1J", "1I", "1R"]) note(`TFORM3 again as ${text}`, add(2, string("TFORM3", text)));
  note("TFORM4 again as 1J", add(2, string("TFORM4", "1J")));
  for (const column of [7, 8]) note(`ASCII: TBCOL2 again as ${column}`, add(3, int("TBCOL2", column)));
  note("EXTEND is F", put(0, "EXTEND", logical("EXTEND", "F")));
  for (const value of ["'T'", "1"]) note(`EXTEND is ${value}`, put(0, "EXTEND", `EXTEND  = ${value}`));
  note("bad TDISP", put(2, "TDISP4", string("TDISP4", "Q8.3")));
  note("TDISP of another type", put(2, "TDISP4", string("TDISP4", "A8")));
  note("TDISP of text", add(2, string("TDISP2", "I5")));
  note("logical", poke(2, 0, 88));
  note("logical in the second row", poke(2, 23, 1));
  note("text", poke(2, 2, 200));
  note("text behind a null", (hdus) => {
    poke(2, 2, 0)(hdus);
    poke(2, 3, 200)(hdus);
  });
  note("bits", poke(2, 14, 0xa1));
  note("array outside the heap", poke(2, 45, 9));
  note("long array", poke(2, 18, 3));
  note("negative offset", poke(2, 42, 255));
  note("PCOUNT of 0", put(2, "PCOUNT", int("PCOUNT", 0)));
  note("ASCII: bad TFORM", put(3, "TFORM2", string("TFORM2", "J4")));
  note("ASCII: TBCOL outside", put(3, "TBCOL3", int("TBCOL3", 14)));
  note("ASCII: no TBCOL", drop(3, "TBCOL2"));
  note("ASCII: letters in an integer", poke(3, 8, 65));
  note("ASCII: a blank in an integer", (hdus) => {
    poke(3, 6, 49)(hdus);
    poke(3, 7, 32)(hdus);
  });
  note("ASCII: no point", poke(3, 15, 49));
  note("ASCII: text", poke(3, 0, 200));
  note("ASCII: TSCAL of text", add(3, int("TSCAL1", 2)));
  note("ASCII: PCOUNT", put(3, "PCOUNT", int("PCOUNT", 1)));
  note("ASCII: GCOUNT", put(3, "GCOUNT", int("GCOUNT", 2)));
  const dates = [
    ...[
      "2020-02-29",
      "2020-02-30",
      "1900-02-29",
      "2020-13-01",
      "2020-1-2",
      "2020-01-02T24:00:00",
      "",
      "unknown",
    ],
    ...[
      "2020-01-02T23:59:60.5",
      "2020-01-02T12:00",
      "2020-01-02T01:02:03Z",
      "01/02/99",
      "31/02/99",
      "1/2/99",
    ],
    ...["2020-01-02 01:02:03", "12020-01-02", "+12020-01-02", "0000-01-01"],
  ];
  for (const date of dates) note(`date ${date}`, add(1, string("DATE", date)));
  for (const card of ["BUNIT", "EQUINOX =", "OBJECT  = / none", "CUNIT1  =", "DATE-AVG=", "EXTLEVEL="])
    note(`no value: ${card}`, add(1, card));
  for (const keyword of ["DATASUM", "CHECKSUM"]) note(`${keyword} as a number`, add(1, int(keyword, 5)));
  note("a tab in a comment", put(1, "BITPIX", `${int("BITPIX", -32)} / a\ttab`));
  for (const keyword of ["DATE_OBS", "DATE1", "DATE-X"]) {
    note(`${keyword} as a number`, add(0, int(keyword, 5)));
    note(`${keyword} as words`, add(0, string(keyword, "today")));
    note(`${keyword} as a date`, add(0, string(keyword, "2020-01-02")));
  }
  for (const card of ["DATE", "OBJECT", "TNULL1", "FOO     =5", "OBJECT  ='M 51'", "BSCALE  =2"])
    note(`no indicator: ${card}`, add(0, card));
  for (const n of [0, 1, 2, 3])
    for (const card of [int("NAXIS7", 5), string("NAXIS3", "a"), "NAXIS0  = 1"])
      note(`${n} ${card.replace(/ +/g, " ")}`, add(n, card));
  for (const value of ["", "'a'", "5.5", "T", "5"]) {
    note(`TNULL3 again as ${value}`, add(2, `TNULL3  = ${value}`.trimEnd().padEnd(9)));
    note(`ASCII: TNULL2 as ${value}`, add(3, `TNULL2  = ${value}`.trimEnd().padEnd(9)));
  }
  note("PTYPE without groups", add(2, string("PTYPE1", "x")));
  note("TCTYP without a value", add(2, "TCTYP1  ="));
  note("ASCII: TBCOL in free format", put(3, "TBCOL2", "TBCOL2  = 7"));
  note("ASCII: TBCOL without a value", put(3, "TBCOL2", "TBCOL2 ="));
  const packed = (name: string, change: (hdu: PlainHdu) => unknown): void =>
    note(`packed: ${name}`, (hdus) => {
      hdus.push(compressed());
      change(hdus[4]!);
    });
  packed("nothing", () => undefined);
  for (const keyword of ["SIMPLE", "EXTEND", "BLOCKED"])
    packed(`${keyword} beside ZSIMPLE`, ({ cards }) =>
      cards.push(logical("ZSIMPLE", "T"), logical(keyword, "T")),
    );
  for (const keyword of ["ZCMPTYPE", "ZBITPIX", "ZNAXIS", "ZNAXIS1", "ZVAL1", "TTYPE1"])
    packed(`no ${keyword}`, ({ cards }) => cards.splice(at({ cards } as PlainHdu, keyword), 1));
  for (const card of [
    ...[string("ZCMPTYPE", "RICE_ONE"), string("ZCMPTYPE", "rice_1"), int("ZCMPTYPE", 1), int("ZNAXIS", 1)],
    ...[
      int("ZBITPIX", 12),
      string("ZNAXIS", "a"),
      string("ZNAXIS2", "a"),
      int("ZNAXIS2", 4),
      int("ZTILE2", 2),
      string("ZTILE1", "a"),
      "ZTILE1  =                  1.5",
      string("ZVAL1", "a"),
      string("ZVAL1", "32"),
      "ZVAL1   = (1, 2)",
      "ZVAL1   =",
      int("ZVAL1", -4),
    ],
  ])
    packed(card.replace(/ +/g, " "), (hdu) => (hdu.cards[at(hdu, card.slice(0, 8).trimEnd())] = card));
  for (const keyword of ["ZNAXIS3", "ZTILE1", "ZBITPIX"])
    note(`${keyword} of an image that is not compressed`, add(1, string(keyword, "a")));
  note("ASCII: BITPIX", put(3, "BITPIX", int("BITPIX", 16)));
  return all;
}

/** Changes of the bytes of the file. */
const cuts: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ["junk behind", (bytes) => new Uint8Array(Buffer.concat([bytes, Buffer.from("junk".repeat(720))]))],
  ["zeros behind", (bytes) => new Uint8Array(Buffer.concat([bytes, new Uint8Array(2880)]))],
  ["a byte behind", (bytes) => new Uint8Array(Buffer.concat([bytes, new Uint8Array([1])]))],
  ["short padding", (bytes) => bytes.subarray(0, bytes.length - 100)],
  ["short data", (bytes) => bytes.subarray(0, bytes.length - 2870)],
  ["short header", (bytes) => bytes.subarray(0, bytes.length - 4000)],
  ["END with text", (bytes) => replaced(bytes, "END     ", "END  x  ")],
  ["padding of the header", (bytes) => changed(bytes, 2879, 65)],
  ["zeros in the header", (bytes) => changed(bytes, 2870, 0)],
  ["half of the file", (bytes) => bytes.subarray(0, 5760 + 1440)],
  ["a wrong first word", (bytes) => replaced(bytes, "SIMPLE  ", "SIMPEL  ")],
  ["a wrong second word", (bytes) => replaced(bytes, "XTENSION", "XTENTION")],
];

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return text(Buffer.from(bytes).toString("latin1").replace(from, to));
}

/** All files, by what was done to them. The first one is sound. */
export function damagedFiles(): [string, Uint8Array][] {
  const files = changes().map(([name, change]): [string, Uint8Array] => {
    const hdus = soundFile();
    change(hdus);
    return [name, bytesOf(hdus)];
  });
  return [...files, ...cuts.map(([name, cut]): [string, Uint8Array] => [name, cut(bytesOf(soundFile()))])];
}
