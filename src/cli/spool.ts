/**
 * Where bytes wait on disk that are produced before their place in a file comes.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Spool } from "fitslice/write";
import { cannotWrite, Failure } from "./failure.js";
import { writeAll } from "./files.js";
import { removeAtExit } from "./signals.js";

const readBytes = 1 << 20;
/** Up to this much stays in memory. */
const heldBytes = 4 << 20;
/** Behind that, so much is gathered for one write. */
const writeBytes = 1 << 20;

/** A spool that goes on in a temporary file when it grows; the file goes with `close`. */
export function fileSpool(): Spool {
  let held: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let heldSize = 0;
  let file: FileHandle | undefined;
  const path = join(tmpdir(), `fitslice-${randomBytes(8).toString("hex")}.spool`);
  let forget = (): void => {};

  async function writeHeld(): Promise<void> {
    try {
      if (!file) {
        forget = removeAtExit(path);
        file = await open(path, "wx+", 0o600);
      }
      await writeAll(file, Buffer.concat(held), null);
    } catch (cause) {
      throw cannotWrite(`the temporary file ${path}`, cause);
    }
    held = [];
    heldSize = 0;
  }

  return {
    async append(chunk) {
      held.push(chunk);
      size += chunk.byteLength;
      heldSize += chunk.byteLength;
      if (heldSize <= (file ? writeBytes : heldBytes)) return;
      await writeHeld();
    },
    async *read() {
      if (!file) {
        yield* held;
        return;
      }
      await writeHeld();
      for (let at = 0; at < size; ) {
        const bytes = new Uint8Array(Math.min(readBytes, size - at));
        const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, at);
        if (bytesRead === 0) throw new Failure(1, `the temporary file ${path} was cut off`);
        at += bytesRead;
        yield bytes.subarray(0, bytesRead);
      }
    },
    async close() {
      held = [];
      await file?.close();
      if (file) await rm(path, { force: true });
      forget();
    },
  };
}
