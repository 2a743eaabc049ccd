/** Files put together of headers and data units as they are to stand there. */
import { formatHeader } from "../../src/write/index.js";

/** A file of headers and data units given as bytes, each padded to its blocks. */
export function fileOf(...units: readonly (readonly string[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const blocks = units.map((unit) => {
    if (!(unit instanceof Uint8Array)) return formatHeader(unit.map((card) => card.padEnd(80)));
    const bytes = new Uint8Array(Math.ceil(unit.length / 2880) * 2880);
    bytes.set(unit);
    return bytes;
  });
  return new Uint8Array(Buffer.concat(blocks));
}

export const primary = ["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"];
export const pixels = new Uint8Array(400).map((_, i) => i % 7);
/** An extension of 20 x 20 bytes. */
export const image = [
  "XTENSION= 'IMAGE   '           / own words",
  "BITPIX  =                    8 / a byte each",
  "NAXIS   =                    2 / two",
  "NAXIS1  =                   20 / wide",
  "NAXIS2  =                   20 / high",
  "PCOUNT  =                    0 / nothing",
  "GCOUNT  =                    1 / once",
  "EXTNAME = 'SCI     '           / caf\xe9 \xb5",
];
