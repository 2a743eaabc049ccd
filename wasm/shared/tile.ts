/**
 * A tile, as JavaScript writes it (the tile kernel of src/image): places are addresses in this memory; counts are of bytes
 * and pixels.
 */
@unmanaged
export class Tile {
  source: u32;
  length: u32;
  target: u32;
  pixels: u32;
  /** What follows is of quantized floats. */
  scale: f64;
  zero: f64;
  /** Which random number chooses where the tile's own ones begin. */
  chooser: u32;
  /** Level of NaN, if there is one. */
  blank: i32;
  hasBlank: u32;
  unused: u32;
}
