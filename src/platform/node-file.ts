/**
 * Files of a local disk in Node: opened by path, read at positions, several reads at a time.
 */
import { constants, fstat, read } from "node:fs";
import { open } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { LocalFile } from "./types.js";

export const pathOf: (url: string | URL) => string = fileURLToPath;

export function urlOf(path: string): string {
  return pathToFileURL(path).href;
}

export async function openFile(path: string): Promise<LocalFile> {
  // A named pipe that nobody writes to would be waited for before it is seen to be no file.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return {
    stat: () =>
      new Promise((resolve, reject) => {
        fstat(file.fd, (error, stats) => (error ? reject(error) : resolve(stats)));
      }),
    // `file.read` makes an object and two promises for each call, which cost three times as much.
    read: (into, position) =>
      new Promise((resolve, reject) => {
        read(file.fd, into, 0, into.length, position, (error, bytes) =>
          error ? reject(error) : resolve(bytes),
        );
      }),
    close: () => file.close(),
  };
}
