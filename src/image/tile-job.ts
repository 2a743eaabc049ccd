/**
 * What a worker is given to decode, and how it is sent: copying an object for each of thousands of tiles from thread to
 * thread takes longer than decoding them, so that tasks go as an array of numbers.
 */
import { bytesPerElement } from "../array.js";
import { cellColumns, type TileCoding } from "./tile-coding.js";
import type { TileTask } from "./tile-decode.js";

/** Tiles to be decoded together. */
export interface TileJob {
  readonly coding: TileCoding;
  readonly tasks: readonly TileTask[];
  readonly bytes: Uint8Array;
}

/** Tasks on their way to a worker. */
export interface PackedTasks {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** Of each tile, or one for all. */
  readonly shapes: readonly (readonly number[])[];
}

const perTask = 8;

export function packTasks(tasks: readonly TileTask[]): PackedTasks {
  const numbers = new Float64Array(tasks.length * perTask);
  const shape = tasks[0]?.shape ?? [];
  let same = true;
  for (let i = 0, at = 0; i < tasks.length; i++, at += perTask) {
    const task = tasks[i]!;
    numbers[at] = task.tile;
    numbers[at + 1] = cellColumns.indexOf(task.column);
    numbers[at + 2] = task.start;
    numbers[at + 3] = task.length;
    numbers[at + 4] = task.pixels;
    numbers[at + 5] = task.scale;
    numbers[at + 6] = task.zero;
    numbers[at + 7] = task.blank ?? Number.NaN;
    same &&= task.shape === shape;
  }
  return { numbers, shapes: same ? [shape] : tasks.map((task) => task.shape) };
}

export function unpackTasks({ numbers, shapes }: PackedTasks): TileTask[] {
  const tasks: TileTask[] = [];
  for (let at = 0; at < numbers.length; at += perTask) {
    const [tile, column, start, length, pixels, scale, zero, blank] = numbers.subarray(at, at + perTask);
    tasks.push({
      tile: tile!,
      column: cellColumns[column!]!,
      start: start!,
      length: length!,
      shape: shapes[tasks.length] ?? shapes[0]!,
      pixels: pixels!,
      scale: scale!,
      zero: zero!,
      blank: Number.isNaN(blank) ? undefined : blank,
    });
  }
  return tasks;
}

/** Where each tile of a job lies in its pixels, in bytes, and how many there are in all. */
export function jobLayout({ coding, tasks }: Pick<TileJob, "coding" | "tasks">): {
  starts: number[];
  bytes: number;
} {
  const size = bytesPerElement(coding.dtype);
  const starts: number[] = [];
  let at = 0;
  for (const { pixels } of tasks) {
    starts.push(at);
    at = Math.ceil((at + pixels * size) / 8) * 8;
  }
  return { starts, bytes: at };
}
