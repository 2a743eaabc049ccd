/**
 * What Node and browsers provide, each in its own way: the interfaces of the files in this folder. They import nothing of
 * what is built on them.
 */

/**
 * The output of a gzip file, all its members. Throws when the file is corrupt, cut off or longer than `maxLength` bytes.
 */
export type Gunzip = (bytes: Uint8Array, maxLength: number) => Uint8Array;
