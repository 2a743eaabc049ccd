/**
 * Reads chosen at random, whose answers can be compared: the same read of the same file gives the same text.
 */
import { createHash } from "node:crypto";
import type { ColumnData, Fits, Hdu, ImageHdu, ReadOptions, TableHdu } from "fitslice";

/** A read of a file, for a person to read and for any opened file to run. */
export interface RandomRead {
  readonly text: string;
  run(fits: Fits, options?: ReadOptions): Promise<string>;
}

/** The HDUs of a file, as far as reads are chosen by them. */
export type KnownHdus = readonly Hdu[];

/** What `random` chooses, of a file whose HDUs are known. */
export function randomRead(hdus: KnownHdus, random: () => number): RandomRead {
  const int = (n: number): number => Math.floor(random() * n);
  if (random() < 0.06) {
    return { text: "hdus()", run: async (fits, options) => digest((await fits.hdus(options)).map(nameOf)) };
  }
  const index = int(hdus.length);
  const hdu = hdus[index]!;
  if (random() < 0.05) {
    const run: RandomRead["run"] = async (fits, options) =>
      digest([...(await fits.hdu(index, options)).header]);
    return { text: `hdu(${index}).header`, run };
  }
  if (hdu.kind === "image" && hdu.shape.length > 0) return imageRead(hdu, index, random);
  if (hdu.kind === "table" && hdu.columns.length > 0) return tableRead(hdu, index, random);
  return { text: `hdu(${index})`, run: async (fits, options) => nameOf(await fits.hdu(index, options)) };
}

function nameOf({ index, name, type, shape, dataOffset, dataSize }: Hdu): string {
  return JSON.stringify({ index, name, type, shape, dataOffset, dataSize });
}

function imageRead({ shape }: ImageHdu, index: number, random: () => number): RandomRead {
  const raw = random() < 0.2;
  const section = randomSection(shape, random);
  const image = async (fits: Fits, options?: ReadOptions): Promise<ImageHdu> => fits.image(index, options);
  const way = random();
  if (way < 0.08) {
    return {
      text: `image(${index}).bands("${section}")`,
      run: async (fits, options) => {
        // How a section is cut into bands may differ from source to source; one after the other they are the section.
        const hash = createHash("sha256");
        for await (const { data } of (await image(fits, options)).bands(section, options ?? {}))
          hash.update(bytesOf(data));
        return hash.digest("hex").slice(0, 16);
      },
    };
  }
  if (way < 0.2) {
    const sections = [section, randomSection(shape, random), randomSection(shape, random)];
    return {
      text: `image(${index}).sections(${JSON.stringify(sections)})`,
      run: async (fits, options) => {
        const all = await (await image(fits, options)).sections(sections, options ?? {});
        return digest(all.map(({ shape, data }) => [shape, digest(data)]));
      },
    };
  }
  return {
    text: `image(${index}).section("${section}"${raw ? ", { raw: true }" : ""})`,
    run: async (fits, options) => {
      const { shape, data } = await (await image(fits, options)).section(section, { ...options, raw });
      return digest([shape, digest(data)]);
    },
  };
}

/** As numpy writes it; sometimes whole axes, steps, single places. */
export function randomSection(shape: readonly number[], random: () => number): string {
  const int = (n: number): number => Math.floor(random() * n);
  return shape
    .map((length) => {
      const way = random();
      if (way < 0.12) return ":";
      if (way < 0.22) return String(int(length));
      const start = int(length);
      const stop = Math.min(length, start + 1 + int(way < 0.6 ? 40 : length));
      return way > 0.9 ? `${start}:${stop}:${1 + int(7)}` : `${start}:${stop}`;
    })
    .join(", ");
}

function tableRead({ columns, rowCount }: TableHdu, index: number, random: () => number): RandomRead {
  const int = (n: number): number => Math.floor(random() * n);
  const start = int(rowCount);
  const stop = Math.min(rowCount, start + 1 + int(random() < 0.7 ? 20 : rowCount));
  const column = int(columns.length);
  const table = (fits: Fits, options?: ReadOptions): Promise<TableHdu> => fits.table(index, options);
  const way = random();
  if (way < 0.5) {
    return {
      text: `table(${index}).column(${column}, { rows: { start: ${start}, stop: ${stop} } })`,
      run: async (fits, options) =>
        cells([await (await table(fits, options)).column(column, { ...options, rows: { start, stop } })]),
    };
  }
  if (way < 0.7) {
    const chosen = columns.map((_, i) => i).filter(() => random() < 0.5);
    return {
      text: `table(${index}).select({ columns: [${chosen}], rows: { start: ${start}, stop: ${stop} } })`,
      run: async (fits, options) =>
        cells(
          (await (await table(fits, options)).select({ columns: chosen, ...options, rows: { start, stop } }))
            .columns,
        ),
    };
  }
  return {
    text: `table(${index}).batches({ rows: { start: ${start}, stop: ${stop} }, columns: [${column}] })`,
    run: async (fits, options) => {
      const rows: string[] = [];
      const wanted = { ...options, rows: { start, stop }, columns: [column] };
      for await (const batch of (await table(fits, options)).batches(wanted)) {
        for (const value of batch.columns[0] ?? []) rows.push(text(value));
      }
      return digest(rows);
    },
  };
}

function cells(columns: readonly ColumnData[]): string {
  return digest(columns.map((data) => [data.column.name, Array.from(data, text)]));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint" || typeof part === "number") return `${typeof part} ${part}`;
    return ArrayBuffer.isView(part) ? Array.from(part as unknown as ArrayLike<unknown>, String) : part;
  });
}

function digest(value: unknown): string {
  const hash = createHash("sha256");
  if (ArrayBuffer.isView(value)) hash.update(bytesOf(value));
  else hash.update(text(value));
  return hash.digest("hex").slice(0, 16);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
