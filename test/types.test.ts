import { expectTypeOf, test } from "vitest";
import type { Chunk } from "zarrita";
import {
  type Arrays,
  type Batch,
  type Cell,
  type CellOf,
  type ColumnData,
  type DType,
  type Fits,
  type Hdu,
  type ImageHdu,
  type NdArray,
  type Plan,
  type TableHdu,
  together,
} from "../src/index.js";

declare const image: ImageHdu;
declare const hdu: Hdu;

test("is() narrows sections to the right typed array", () => {
  expectTypeOf<ReturnType<typeof image.section>>().resolves.toEqualTypeOf<NdArray<DType>>();
  const narrowed = (): Promise<NdArray<"float32">> | undefined =>
    image.is("float32") ? image.section() : undefined;
  expectTypeOf(narrowed)
    .returns.exclude(undefined)
    .resolves.toHaveProperty("data")
    .toEqualTypeOf<Float32Array<ArrayBuffer>>();
  const wide = (): Promise<NdArray<"int64">> | undefined =>
    image.is("int64") ? image.section("0") : undefined;
  expectTypeOf(wide)
    .returns.exclude(undefined)
    .resolves.toHaveProperty("data")
    .toEqualTypeOf<BigInt64Array<ArrayBuffer>>();
});

test("kind tells images from tables", () => {
  const table = (): TableHdu | undefined => (hdu.kind === "table" ? hdu : undefined);
  expectTypeOf(table).returns.toEqualTypeOf<TableHdu | undefined>();
  expectTypeOf<Fits["image"]>().returns.resolves.toEqualTypeOf<ImageHdu>();
  expectTypeOf<Arrays["uint16"]>().toEqualTypeOf<Uint16Array<ArrayBuffer>>();
});

test("arrays are zarrita's chunks", () => {
  expectTypeOf<NdArray<"float32">>().toExtend<Chunk<"float32">>();
  expectTypeOf<NdArray<"int16">>().toExtend<Chunk<"int16">>();
  expectTypeOf<NdArray<"uint64">>().toExtend<Chunk<"uint64">>();
});

test("dtype tells the typed array of a column of numbers", () => {
  const single = (column: ColumnData): Float32Array | undefined =>
    column.kind === "number" && column.dtype === "float32" ? column.data : undefined;
  const wide = (column: ColumnData): BigInt64Array | undefined =>
    column.kind === "number" && column.dtype === "int64" ? column.data : undefined;
  expectTypeOf(single).returns.toEqualTypeOf<Float32Array | undefined>();
  expectTypeOf(wide).returns.toEqualTypeOf<BigInt64Array | undefined>();
});

test("dtype tells the typed array of a section", () => {
  const wide = (array: NdArray): BigInt64Array | undefined =>
    array.dtype === "int64" ? array.data : undefined;
  expectTypeOf(wide).returns.toEqualTypeOf<BigInt64Array | undefined>();
});

test("kind tells the cells of a column", () => {
  const text = (column: ColumnData) => (column.kind === "string" ? column.get(0) : undefined);
  expectTypeOf(text).returns.toEqualTypeOf<CellOf<string> | undefined>();
  const number = (column: ColumnData) =>
    column.kind === "number" && column.dtype === "float32" ? column.at(-1) : undefined;
  expectTypeOf(number).returns.toEqualTypeOf<CellOf<number> | undefined>();
  expectTypeOf<ColumnData>().toExtend<Iterable<Cell>>();
});

test("together gives each plan's own answer, in order; of a list a list", () => {
  const mixed = (pixels: Plan<NdArray<"float32">>, rows: Plan<Batch>) => together([pixels, rows]);
  expectTypeOf(mixed).returns.toEqualTypeOf<Plan<[NdArray<"float32">, Batch]>>();
  const list = (plans: Plan<Batch>[]) => together(plans);
  expectTypeOf(list).returns.toEqualTypeOf<Plan<Batch[]>>();
});
