/**
 * The requests of the soak of the service, and files that claim more than they are.
 */
import { gzipSync } from "node:zlib";

/** A request that is always right. */
export const good = "cutout?id=hst.fits&ra=150.421375&dec=2.422383&size=64pix";

export interface Hostile {
  readonly path: string;
  readonly form?: URLSearchParams | FormData;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether an answer is right, too: what is odd about the request has nothing to do with the file. */
  readonly isServed?: boolean;
  /** Bytes of a request as no client would send it; the connection is left open, and not read. */
  readonly raw?: string;
  /** Bytes that are sent behind `raw`, as fast as they are taken. */
  readonly flood?: number;
}

export type Random = () => number;

export interface Places {
  readonly folder: string;
  readonly upstream: string;
  readonly inner: string;
  readonly named: string;
}

export function hostile({ folder, upstream, inner, named }: Places): ((random: Random) => Hostile)[] {
  const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const place = "ra=150.421375&dec=2.422383&size=8pix";
  const outside = [
    "../secret.fits",
    "..\\secret.fits",
    `${folder}/secret.fits`,
    `file://${folder}/secret.fits`,
    "link.fits",
  ];
  const odd = [
    "hst.fits/../../secret.fits",
    "hst.fits\0",
    "./hst.fits",
    "//hst.fits",
    "%2e%2e/secret.fits",
    "x".repeat(5000),
  ];
  const addresses = [
    ...[
      `${inner}/secret.fits`,
      "http://169.254.169.254/latest/meta-data",
      "s3://bucket/a.fits",
      "data:,SIMPLE",
      "http://[::1]/a.fits",
    ],
    ...[
      `${upstream}/ok/away.fits`,
      `${upstream}/ok/meta.fits`,
      `${upstream}/ok/up.fits`,
      `${upstream}/ok/loop.fits`,
    ],
    ...[`${upstream}/ok/../secret.fits`, `${upstream}/ok/%2e%2e/secret.fits`, `${named}/ok/a.fits`],
    `${upstream.replace("://", "://user:pw@")}/ok/a.fits`,
  ];
  const numbers = ["1e999", "-1", "NaN", "0x10", "1e308", "1e", "'", "<script>", "9".repeat(400), "Infinity"];
  const id = (text: string): string => encodeURIComponent(text);
  return [
    (random) => ({ path: `cutout?id=${id(pick(random, [...outside, ...odd]))}&${place}` }),
    (random) => ({ path: `file/${id(pick(random, [...outside, ...odd]))}` }),
    (random) => ({ path: `zarr/${id(pick(random, [...outside, ...odd]))}/zarr.json` }),
    (random) => ({ path: `view/${id(pick(random, outside))}` }),
    (random) => ({ path: `cutout?id=${id(pick(random, addresses))}&${place}` }),
    (random) => ({ path: `file/${id(pick(random, addresses))}` }),
    (random) => ({
      path: `soda/sync?ID=hst.fits&CIRCLE=${id(`${pick(random, numbers)} ${pick(random, numbers)} 1`)}`,
    }),
    (random) => ({
      path: `soda/sync?ID=hst.fits&POLYGON=${id(Array(1000).fill(pick(random, numbers)).join(" "))}`,
    }),
    (random) => ({ path: `cutout?id=hst.fits&ra=150&dec=2&size=${id(pick(random, numbers))}pix` }),
    (random) => ({
      path: `section?id=${pick(random, ["huge.fits", "tiles.fits", "long.fits.gz"])}&section=${pick(random, [":", "-2:,-2:", "0:99999999999999"])}`,
    }),
    (random) => ({
      path: `soda/sync?ID=${pick(random, ["huge.fits", "tiles.fits", "long.fits.gz"])}&POS=RANGE%200%20360%20-90%2090`,
    }),
    (random) => ({
      path: `table?id=hst.fits&hdu=CATALOG&where=${id(`${"(".repeat(2000)}mag${pick(random, numbers)}`)}`,
    }),
    (random) => ({
      path: pick(random, [
        "%ff",
        "soda/%zz",
        "__proto__",
        "cutout/a/b",
        "soda/async/../../x",
        "soda/async/none",
      ]),
    }),
    () => ({ path: "soda/sync", form: new URLSearchParams({ ID: "x".repeat(100_000) }) }),
    () => ({
      path: "",
      raw: `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 3000 }, (_, i) => `X-${i}: ${"y".repeat(20)}\r\n`).join("")}\r\n`,
    }),
    () => ({ path: "", raw: "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " }),
    () => ({
      path: "",
      raw: "POST /soda/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nID=",
    }),
    ...moreHostile(pick),
    () => ({ path: "", raw: "GET /section?id=hst.fits HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20) }),
  ];
}

/** Methods of others, headers without end, forms of many parts, jobs that nobody runs. */
function moreHostile(pick: <T>(random: Random, list: readonly T[]) => T): ((random: Random) => Hostile)[] {
  const methods = [
    "PROPFIND",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "SEARCH",
    "PUT",
    "PATCH",
    "DELETE",
    "X".repeat(500),
  ];
  const routes = [
    "",
    "cutout",
    "soda/sync",
    "file/hst.fits",
    "zarr/hst.fits/zarr.json",
    "view/",
    "metrics",
    "none",
  ];
  const encoded = [
    ...["..%2fsecret.fits", "%2e%2e%2fsecret.fits", "%252e%252e%252fsecret.fits", "..%5csecret.fits"],
    ...["..%c0%afsecret.fits", "%uff0e%uff0e/secret.fits", "hst.fits%00.png", "hst.fits%0d%0aSet-Cookie:a=b"],
    ...[
      "....//secret.fits",
      ".%00./secret.fits",
      "%e0%80%ae%e0%80%ae/secret.fits",
      "hst.fits/%2e%2e/%2e%2e/secret.fits",
    ],
  ];
  const etags = Array.from({ length: 300 }, (_, i) => `"${i}"`).join(", ");
  const ranges = [
    ...[
      "bytes=0-0,2-2,4-4",
      "bytes=99999999999999999999-",
      "bytes=5-1",
      "bytes=-0",
      "lines=1-2",
      "bytes=a-b",
    ],
    `bytes=${Array.from({ length: 900 }, (_, i) => `${2 * i}-${2 * i}`).join(",")}`,
  ];
  const posted = "POST /soda/sync HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";
  return [
    (random) => ({ path: pick(random, routes), method: pick(random, methods) }),
    (random) => ({ path: `cutout?id=${pick(random, encoded)}&ra=150.421375&dec=2.422383&size=8pix` }),
    (random) => ({ path: `file/${pick(random, encoded)}` }),
    (random) => ({ path: `zarr/${pick(random, encoded)}/zarr.json` }),
    (random) => ({ path: `view/${pick(random, encoded)}` }),
    () => ({ path: good, headers: { "If-None-Match": etags }, isServed: true }),
    (random) => ({ path: good, headers: { Range: pick(random, ranges) }, isServed: true }),
    (random) => ({ path: "file/hst.fits", headers: { Range: pick(random, ranges) }, isServed: true }),
    () => ({ path: `soda/sync?${"a=1&".repeat(3000)}ID=hst.fits` }),
    () => ({ path: `soda/sync?${"POL=I&".repeat(2000)}ID=hst.fits&${"CIRCLE=1%202%203&".repeat(200)}` }),
    () => ({ path: `links?${"ID=hst.fits&".repeat(500)}` }),
    () => ({ path: "soda/async", form: new URLSearchParams({ ID: "hst.fits" }), isServed: true }),
    () => ({
      path: "soda/async",
      form: new URLSearchParams({ ID: "hst.fits", PHASE: "RUN", POS: "RANGE 0 360 -90 90" }),
      isServed: true,
    }),
    () => ({ path: "soda/sync", form: manyParts() }),
    () => ({
      path: "soda/sync",
      method: "POST",
      headers: { "Content-Type": "multipart/form-data; boundary=x" },
    }),
    (random) => ({
      path: `table?id=hst.fits&hdu=CATALOG&limit=${pick(random, ["-1", "1e9", "99999999999999"])}&columns=${"id,".repeat(pick(random, [1, 900]))}`,
    }),
    (random) => ({
      path: "",
      raw: `${posted}Content-Length: ${pick(random, ["100000000", "-5", "99999999999999999999"])}\r\n\r\nID=`,
      flood: 100_000_000,
    }),
    () => ({
      path: "",
      raw: `${posted}Transfer-Encoding: chunked\r\n\r\n5f5e100\r\nID=`,
      flood: 100_000_000,
    }),
    () => ({ path: "", raw: `${posted}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n` }),
    () => ({
      path: "",
      raw: "TRACE / HTTP/1.1\r\nHost: a\r\n\r\nCONNECT inner:80 HTTP/1.1\r\nHost: inner:80\r\n\r\n",
    }),
    () => ({ path: "", raw: "GET http://169.254.169.254/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n" }),
    () => ({ path: "", raw: "GET /cutout?id=hst.fits\0 HTTP/1.1\r\nHost: a\0b\r\n\r\n" }),
    () => ({ path: "", raw: "GET / HTTP/1.1\r\nHost: a b/?#@[\r\n\r\n" }),
    () => ({
      path: "",
      raw: 'GET /capabilities HTTP/1.1\r\nHost: "><script>\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    }),
    () => ({ path: "", raw: "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" }),
    () => ({ path: "", raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" }),
  ];
}

function manyParts(): FormData {
  const form = new FormData();
  for (let i = 0; i < 300; i++) form.append(`a${i}`, "b".repeat(50));
  return form;
}

/** Files of a few bytes that claim to be large: pixels, one tile of all pixels, and zeros compressed a thousandfold. */
export function bombs(): Record<string, Uint8Array> {
  const header = (cards: Readonly<Record<string, string | number | true>>): Buffer => {
    const lines = Object.entries(cards).map(([keyword, value]) => {
      const shown = value === true ? "T" : typeof value === "string" ? `'${value.padEnd(8)}'` : String(value);
      return `${keyword.padEnd(8)}= ${typeof value === "string" ? shown.padEnd(20) : shown.padStart(20)}`.padEnd(
        80,
      );
    });
    const text = `${lines.join("")}${"END".padEnd(80)}`;
    return Buffer.from(text.padEnd(Math.ceil(text.length / 2880) * 2880));
  };
  const huge = header({ SIMPLE: true, BITPIX: -32, NAXIS: 2, NAXIS1: 2_000_000_000, NAXIS2: 2_000_000_000 });
  const table = header({
    ...{ XTENSION: "BINTABLE", BITPIX: 8, NAXIS: 2, NAXIS1: 8, NAXIS2: 1, PCOUNT: 16, GCOUNT: 1, TFIELDS: 1 },
    ...{
      TTYPE1: "COMPRESSED_DATA",
      TFORM1: "1PB(16)",
      ZIMAGE: true,
      ZBITPIX: 16,
      ZNAXIS: 2,
      ZNAXIS1: 7000,
      ZNAXIS2: 7000,
    },
    ...{ ZTILE1: 7000, ZTILE2: 7000, ZCMPTYPE: "GZIP_1" },
  });
  const data = Buffer.alloc(2880);
  data.writeInt32BE(16, 0);
  const primary = header({ SIMPLE: true, BITPIX: 8, NAXIS: 0 });
  const long = header({ SIMPLE: true, BITPIX: -32, NAXIS: 2, NAXIS1: 14_000, NAXIS2: 14_000 });
  return {
    "huge.fits": Buffer.concat([huge, Buffer.alloc(2880)]),
    "tiles.fits": Buffer.concat([primary, table, data]),
    "long.fits.gz": gzipSync(Buffer.concat([long, Buffer.alloc(100 << 20)])),
  };
}
