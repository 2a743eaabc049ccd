import { expectTypeOf, test } from "vitest";
import type { Chunk } from "zarrita";
import type { Arrays, DType, Fits, Hdu, ImageHdu, NdArray, TableHdu } from "../src/index.js";

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
