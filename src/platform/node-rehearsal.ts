/**
 * The way of a section, gone once through a made-up file while the first answer is on its way. V8 compiles a function
 * when it is called for the first time: for all that happens between one answer and the next question this takes 12 of
 * the 150 milliseconds of a first cutout, and nothing where there is nothing else to do.
 */
import type { NdArray } from "../array.js";
import { fitsFile } from "../fits.js";
import { padded } from "../header/scan.js";
import { createReader } from "../read/run.js";
import { httpSourceOver } from "../source/http.js";

const url = "http://rehearsal.invalid/";
const width = 4000;

/** Reads pixels of an image of zeros, which is served from memory. Sends nothing. */
export async function rehearse(): Promise<NdArray> {
  const headers = primaryHeader() + imageHeader();
  const size = headers.length + padded(4 * width * width);
  const fetch = serve(new TextEncoder().encode(headers), size);
  const access = { href: url, shown: url, url, signed: false, headers: () => ({}) };
  const fits = fitsFile(createReader(httpSourceOver(access, { fetch })));
  const image = await fits.image(1);
  // Enough rows for several requests.
  return image.section([
    [10, 70],
    [10, 90],
  ]);
}

function primaryHeader(): string {
  const many = Array.from({ length: 100 }, (_, i) => card(`KEY${i}`, "1.5"));
  return header([card("SIMPLE", "T"), card("BITPIX", "8"), card("NAXIS", "0"), ...many, "COMMENT none"]);
}

function imageHeader(): string {
  const axes = [card("NAXIS", "2"), card("NAXIS1", `${width}`), card("NAXIS2", `${width}`)];
  const name = [card("PCOUNT", "0"), card("GCOUNT", "1"), card("EXTNAME", "'SCI     '")];
  return header([card("XTENSION", "'IMAGE   '"), card("BITPIX", "-32"), ...axes, ...name]);
}

function card(keyword: string, value: string): string {
  return `${keyword.padEnd(8)}= ${value.padStart(20)} / comment`;
}

function header(cards: readonly string[]): string {
  const text = [...cards, "END"].map((line) => line.padEnd(80)).join("");
  return text.padEnd(padded(text.length));
}

/** Answers as a server would that has `start`, and zeros behind it. */
function serve(start: Uint8Array, size: number): typeof globalThis.fetch {
  const zeros = new Uint8Array(512 * 1024);
  const beginning = zeros.slice(0, 128 * 1024);
  beginning.set(start);
  return async (_, init) => {
    const { range } = init!.headers as Record<string, string>;
    const [first, last] = range!.slice("bytes=".length).split("-").map(Number) as [number, number];
    const end = Math.min(last + 1, size);
    const value = (first === 0 ? beginning : zeros).subarray(0, end - first);
    const chunks = [{ done: false, value }, { done: true }];
    const reader = { read: async () => chunks.shift()!, cancel: async () => {} };
    const told = { "content-range": `bytes ${first}-${end - 1}/${size}`, etag: '"rehearsal"' };
    return {
      ...{ status: 206, type: "basic", url, headers: Object.entries(told) },
      body: { getReader: () => reader, cancel: async () => {} },
    } as unknown as Response;
  };
}
