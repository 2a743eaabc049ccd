/** Tasks as what decodes many of them takes them. */
import { cellColumns } from "../../../src/image/tile-coding.js";
import type { TileSink } from "../../../src/image/tile-decode.js";
import {
  field,
  newTasks,
  pixelsApart,
  type TileTask,
  type TileTasks,
} from "../../../src/image/tile-tasks.js";

export function packTasks(tasks: readonly TileTask[]): TileTasks {
  const packed = newTasks(tasks.length, tasks[0]?.shape.length ?? 0);
  tasks.forEach((task, i) => {
    const row = packed.numbers.subarray(i * packed.width, (i + 1) * packed.width);
    for (const name of ["tile", "start", "length", "pixels", "scale", "zero"] as const)
      row[field[name]] = task[name];
    row[field.column] = cellColumns.indexOf(task.column);
    row[field.blank] = task.blank ?? Number.NaN;
    row.set(task.shape, field.shape);
  });
  return packed;
}

/** Calls back with each tile that is taken: its index, and where in the data its pixels begin. */
export function eachOf(
  tasks: readonly TileTask[],
  call: (i: number, data: Parameters<TileSink["take"]>[2], start: number) => void,
): TileSink["take"] {
  return (first, count, data) => {
    let start = 0;
    for (let i = first; i < first + count; i++) {
      call(i, data, start);
      start += pixelsApart(tasks[i]!.pixels, data.BYTES_PER_ELEMENT);
    }
  };
}
