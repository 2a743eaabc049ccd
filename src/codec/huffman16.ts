/**
 * The fixed Huffman code of HCOMPRESS_1 for the 16 patterns of a 2x2 block: patterns of one pixel are the shortest.
 */

/** The code of each pattern. */
export const HUFFMAN_CODES: readonly number[] = [
  0x3e, 0x00, 0x01, 0x08, 0x02, 0x09, 0x1a, 0x1b, 0x03, 0x1c, 0x0a, 0x1d, 0x0b, 0x1e, 0x3f, 0x0c,
];

/** Its bits. */
export const HUFFMAN_LENGTHS: readonly number[] = [6, 3, 3, 4, 3, 4, 5, 5, 3, 5, 4, 5, 4, 5, 6, 4];
