/**
 * Plain routes, for people and for scripts: /cutout, /section, /header.
 */
import { parseSelection } from "../image/section.js";
import { parseSize } from "../wcs/index.js";
import { type Exchange, fileAnswer } from "./exchange.js";
import { neededValue, oneValue, onlyThese } from "./parameters.js";
import { usage } from "./refusal.js";
import { cutAnswer, formatIn, hdusIn } from "./soda.js";

/** `/cutout?id=&ra=&dec=&size=&format=&hdu=`: as `fitslice cutout --at "ra dec" --size size`. */
export async function plainCutout(exchange: Exchange): Promise<Response> {
  const { parameters, shared, signal } = exchange;
  onlyThese(parameters, ["ID", "RA", "DEC", "SIZE", "FORMAT", "HDU"]);
  const [lon, lat] = [
    degreesIn(neededValue(parameters, "RA"), "ra"),
    degreesIn(neededValue(parameters, "DEC"), "dec"),
  ];
  if (Math.abs(lat) > 90) throw usage("dec is from -90 to 90");
  const size = neededValue(parameters, "SIZE");
  if (size.length > 100) throw usage("size is like 5arcsec, 64pix or 5arcsec x 3arcsec");
  // A size that is none is refused wherever the position lies.
  parseSize(size);
  const wish = { hdus: hdusIn(oneValue(parameters, "HDU")), region: { center: { lon, lat }, size } };
  const format = formatIn(oneValue(parameters, "FORMAT"));
  const id = neededValue(parameters, "ID");
  return cutAnswer(exchange, "cutout", { id, wish, format }, { limits: shared.limits, signal });
}

function degreesIn(text: string, name: string): number {
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(text)) return Number(text);
  throw usage(`${name} is a number, in degrees of ICRS`);
}

/** `/section?id=&hdu=&section=&format=`: as `fitslice section`. */
export async function plainSection(exchange: Exchange): Promise<Response> {
  const { parameters, shared, signal } = exchange;
  onlyThese(parameters, ["ID", "HDU", "SECTION", "FORMAT"]);
  const section = oneValue(parameters, "SECTION");
  if (section !== undefined && !isSection(section))
    throw usage("section is like 100:200,50:150 or ...,5,::2 (from 0, the slowest axis first)");
  const wish = { hdus: hdusIn(oneValue(parameters, "HDU")), ...(section !== undefined && { section }) };
  const format = formatIn(oneValue(parameters, "FORMAT"));
  const id = neededValue(parameters, "ID");
  return cutAnswer(exchange, "section", { id, wish, format }, { limits: shared.limits, signal });
}

/** `/header?id=&hdu=&format=text|json`: the cards of an HDU, as `fitslice header`. */
export async function plainHeader(exchange: Exchange): Promise<Response> {
  const { parameters, signal } = exchange;
  onlyThese(parameters, ["ID", "HDU", "FORMAT"]);
  const format = oneValue(parameters, "FORMAT") ?? "text";
  if (format !== "text" && format !== "json") throw usage("the format of a header is text or json");
  const hdus = hdusIn(oneValue(parameters, "HDU") ?? "0");
  const [which] = typeof hdus === "string" ? [] : hdus;
  if (which === undefined || hdus.length > 1) throw usage("one header at a time: hdu is a number or a name");
  return fileAnswer(exchange, "header", neededValue(parameters, "ID"), async (fits) => {
    const { header } = await fits.hdu(which, { signal });
    const text =
      format === "json"
        ? JSON.stringify({
            cards: header.cards.map(({ keyword, value, comment }) => ({
              keyword,
              value: plain(value),
              comment,
            })),
          })
        : header.cards
            .flatMap(({ raw }) => raw.match(/.{1,80}/gs) ?? [])
            .map((line) => line.trimEnd())
            .join("\n");
    return {
      type: format === "json" ? "application/json" : "text/plain; charset=utf-8",
      extension: format === "json" ? "json" : "txt",
      body: new TextEncoder().encode(`${text}\n`),
    };
  });
}

/** Whole numbers that JSON's readers would round are text. */
function plain(value: unknown): unknown {
  return typeof value === "bigint"
    ? Number.isSafeInteger(Number(value))
      ? Number(value)
      : String(value)
    : (value ?? null);
}

/** The library's own error names a function of the library, which a client of the service does not have. */
function isSection(text: string): boolean {
  if (text.length > 400) return false;
  try {
    parseSelection(text);
    return true;
  } catch {
    return false;
  }
}
