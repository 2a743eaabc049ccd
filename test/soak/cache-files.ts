/**
 * Files whose pixels tell which file, which version and which pixel they are: no two are the same.
 */
export const side = 700;
export const files = 50;
export const versions = 18;

export const fileName = (file: number): string => `/file-${file}.fits`;

export function pixel(file: number, version: number, at: number): number {
  return version * 1e8 + file * 1e6 + at;
}

/** A FITS file of one image of 32-bit integers. */
export function cacheFile(file: number, version: number): Uint8Array {
  const cards = [
    ["SIMPLE", "T"],
    ["BITPIX", "32"],
    ["NAXIS", "2"],
    ["NAXIS1", String(side)],
    ["NAXIS2", String(side)],
  ].map(([keyword, value]) => `${keyword!.padEnd(8)}= ${value!.padStart(20)}`.padEnd(80));
  const dataAt = 2880;
  const bytes = new Uint8Array(dataAt + Math.ceil((side * side * 4) / 2880) * 2880);
  bytes.set(new TextEncoder().encode([...cards, "END"].join("").padEnd(dataAt)));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < side * side; i++) view.setInt32(dataAt + 4 * i, pixel(file, version, i));
  return bytes;
}
