/**
 * Memory touched by Node's own threads. Of what they can be asked to do with memory that is given, filling it with random
 * bytes is what writes to it in user mode at memory speed: where the kernel would write (zeros read from a device),
 * virtual machines may have the page mapped a second time when a program first writes to it.
 */
import { randomFill } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Touch } from "../image/warmth.js";

/** `undefined` where no processor is to spare. */
export const touch: Touch | undefined =
  availableParallelism() < 2
    ? undefined
    : (bytes) =>
        new Promise((resolve, reject) => {
          randomFill(bytes, (error) => (error ? reject(error) : resolve()));
        });
