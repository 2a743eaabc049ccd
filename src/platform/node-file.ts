/**
 * Files of a local disk in Node: opened by path, read at positions, several reads at a time.
 */
import { constants, fstat, read } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { FileState, FolderName, LocalFile } from "./types.js";

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

export async function readFolder(path: string): Promise<FolderName[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .map((entry) => ({ name: entry.name, isLink: entry.isSymbolicLink() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const lookAt: (path: string) => Promise<FileState> = stat;
