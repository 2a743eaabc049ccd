/**
 * Sections that the screen read, so that a user who blinks two images does not read them again. Long runs of plain images come
 * straight into their arrays, and not into the file's cache; of compressed images that cache has the tiles.
 */
import type { ImageHdu, NdArray, SectionOptions, Selection } from "fitslice";

/** Most bytes of sections that are kept. */
const keptBytes = 64e6;

export class KeptSections {
  /** By image and section, those used last behind. */
  readonly #held = new Map<string, NdArray>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number = keptBytes) {
    this.#limit = limit;
  }

  /** The image, whose `sections` come from here where they are kept. */
  of(image: ImageHdu): ImageHdu {
    if (image.tileShape) return image;
    const sections = (selections: readonly Selection[], options: SectionOptions = {}): Promise<NdArray[]> =>
      this.#sections(image, selections, options);
    return Object.create(image, { sections: { value: sections } }) as ImageHdu;
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  async #sections(
    image: ImageHdu,
    selections: readonly Selection[],
    options: SectionOptions,
  ): Promise<NdArray[]> {
    const keys = selections.map((selection) => `${image.index} ${JSON.stringify(selection)}`);
    const found = keys.map((key) => this.#use(key));
    const missing = keys.flatMap((_, i) => (found[i] ? [] : [i]));
    if (missing.length > 0) {
      const read = await image.sections(
        missing.map((i) => selections[i]!),
        options,
      );
      for (const [n, i] of missing.entries()) {
        found[i] = read[n]!;
        this.#keep(keys[i]!, read[n]!);
      }
    }
    return found as NdArray[];
  }

  #use(key: string): NdArray | undefined {
    const array = this.#held.get(key);
    if (array) {
      this.#held.delete(key);
      this.#held.set(key, array);
    }
    return array;
  }

  #keep(key: string, array: NdArray): void {
    if (this.#held.has(key)) return;
    this.#held.set(key, array);
    this.#bytes += array.data.byteLength;
    for (const [oldest, { data }] of this.#held) {
      if (this.#bytes <= this.#limit) return;
      this.#held.delete(oldest);
      this.#bytes -= data.byteLength;
    }
  }
}
