/**
 * Files that are no FITS files are called what they are.
 */
import { describe, expect, test } from "vitest";
import { describeForeign } from "../../src/hdu/foreign.js";

const bytes = (...head: (number | string)[]): Uint8Array => {
  const file = new Uint8Array(1024);
  file.set(
    head.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : [part])),
  );
  return file;
};

/** A tar archive with one member; `magic` is what POSIX and GNU put at byte 257, and the first tar did not. */
function tar(magic: string): Uint8Array {
  const file = new Uint8Array(1024);
  const put = (text: string, at: number): void =>
    file.set(
      Uint8Array.from(text, (c) => c.charCodeAt(0)),
      at,
    );
  put("data/a.fits", 0);
  put("0000644\0", 100);
  put("0001750\0", 108);
  put("0001750\0", 116);
  put("00000005500\0", 124);
  put("14712345670\0", 136);
  put("0", 156);
  put(magic, 257);
  put("        ", 148);
  const sum = file.subarray(0, 512).reduce((n, byte) => n + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return file;
}

describe("archives and compressed files are to be unpacked first", () => {
  test.each([
    ["a tar archive", tar("ustar\u000000")],
    ["a tar archive", tar("ustar  \u0000")],
    ["a tar archive", tar("")],
    ["a zip archive", bytes("PK", 3, 4)],
    ["a 7z archive", bytes("7z", 0xbc, 0xaf, 0x27, 0x1c)],
    ["a rar archive", bytes("Rar!", 0x1a, 7, 1, 0)],
    ["xz data", bytes(0xfd, "7zXZ", 0)],
  ])("%s", (what, file) => {
    expect(describeForeign(file)).toBe(`this is ${what}, not FITS: unpack it first`);
  });
});

describe("other formats are named", () => {
  test.each([
    ["an HDF5 file", bytes(0x89, "HDF\r\n", 0x1a, "\n")],
    ["an ASDF file", bytes("#ASDF 1.0.0\n")],
    ["a PNG image", bytes(0x89, "PNG\r\n", 0x1a, "\n")],
    ["a JPEG image", bytes(0xff, 0xd8, 0xff, 0xe0)],
    ["a TIFF image", bytes("II*", 0)],
    ["a PDF document", bytes("%PDF-1.7")],
  ])("%s", (what, file) => expect(describeForeign(file)).toBe(`this is ${what}, not FITS`));
});

test("text that looks a little like a tar archive is no archive", () => {
  expect(describeForeign(bytes("name ".repeat(100)))).toContain("it is no FITS file");
});
