/** `info` and `layout`: which HDUs there are, and where they lie. */
import type { Command } from "commander";
import type { HduLayout } from "fitslice";
import { type SharedOptions, withSharedOptions } from "../options.js";
import { alignColumns, byteText, printable, toJson, write } from "../output.js";
import { withFits } from "../session.js";

export function infoCommand(program: Command): void {
  const command = program
    .command("info")
    .summary("list the HDUs")
    .description("List the header-data units: name, version, type, cards, shape, element type.")
    .argument("<src>", "URL, s3://bucket/key or path")
    .option("--json", "as JSON")
    .action(async (src: string, options: SharedOptions) => {
      await withFits(src, options, async ({ fits }) => {
        const layouts = await fits.layouts();
        if (options.json)
          return write(`${toJson({ href: fits.href, size: fits.size ?? null, hdus: layouts.map(plain) })}\n`);
        const size = fits.size === undefined ? "" : `, ${byteText(fits.size)}`;
        const head = ["No", "Name", "Ver", "Type", "Cards", "Shape", "Bits"];
        const rows = layouts.map((hdu) => [
          `${hdu.index}`,
          printable(hdu.name),
          `${hdu.ver}`,
          hdu.type,
          `${hdu.cards}`,
          shapeText(hdu),
          hdu.shape.length > 0 && !isTable(hdu) ? `${hdu.bitpix}` : "",
        ]);
        await write(
          `${printable(fits.href)}${size}\n${alignColumns([head, ...rows], [0, 2, 4, 6]).join("\n")}\n`,
        );
      });
    });
  withSharedOptions(command);
}

export function layoutCommand(program: Command): void {
  const command = program
    .command("layout")
    .summary("where headers and data lie")
    .description("List the byte offsets and sizes of every header and data unit.")
    .argument("<src>", "URL, s3://bucket/key or path")
    .option("--json", "as JSON")
    .action(async (src: string, options: SharedOptions) => {
      await withFits(src, options, async ({ fits }) => {
        const layouts = await fits.layouts();
        if (options.json)
          return write(
            `${toJson({ href: fits.href, size: fits.size ?? null, hdus: layouts.map(placed) })}\n`,
          );
        const head = ["No", "Name", "Ver", "Type", "Header at", "size", "Data at", "size", "End"];
        const rows = layouts.map((hdu) => [
          `${hdu.index}`,
          printable(hdu.name),
          `${hdu.ver}`,
          hdu.type,
          ...[hdu.headerOffset, hdu.headerSize, hdu.dataOffset, hdu.dataSize, hdu.end].map(String),
        ]);
        await write(`${alignColumns([head, ...rows], [0, 2, 4, 5, 6, 7, 8]).join("\n")}\n`);
      });
    });
  withSharedOptions(command);
}

function plain(hdu: HduLayout): object {
  const { index, name, ver, type, bitpix, shape, headerOffset, dataOffset, dataSize, cards } = hdu;
  return { index, name, ver, type, bitpix, shape, headerOffset, dataOffset, dataSize, cards };
}

function placed(hdu: HduLayout): object {
  const { index, name, ver, type, headerOffset, headerSize, dataOffset, dataSize, end } = hdu;
  return { index, name, ver, type, headerOffset, headerSize, dataOffset, dataSize, end };
}

function isTable({ type }: HduLayout): boolean {
  return type === "BINTABLE" || type === "TABLE";
}

function shapeText(hdu: HduLayout): string {
  if (!isTable(hdu)) return hdu.shape.join(" x ");
  return `${hdu.shape[0] ?? 0} rows x ${hdu.header.integer("TFIELDS") ?? 0} columns`;
}
