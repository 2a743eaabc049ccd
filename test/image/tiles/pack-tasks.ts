/** Tasks as what decodes many of them takes them. */
import type { TakeTiles } from "../../../src/image/tiles/kernel.js";
import {
  cellColumns,
  newTasks,
  pixelsApart,
  setCell,
  setMeasure,
  setStart,
  type TileTask,
  type TileTasks,
} from "../../../src/image/tiles/tasks.js";

export function packTasks(tasks: readonly TileTask[]): TileTasks {
  const packed = newTasks(tasks.length, tasks[0]?.shape.length ?? 0);
  tasks.forEach((task, i) => {
    const { tile, pixels, shape, length, scale, zero, start } = task;
    setMeasure(packed, i, {
      tile,
      index: tile,
      pixels,
      needed: pixels,
      whole: true,
      place: -1,
      shape: [...shape],
    });
    const column = cellColumns.indexOf(task.column);
    const blank = task.blank ?? Number.NaN;
    setCell(packed, i, { column, offset: start, length, scale, zero, blank, maskOffset: 0, maskLength: 0 });
    setStart(packed, i, start);
  });
  return packed;
}

/** Calls back with each tile that is taken: its index, and where in the data its pixels begin. */
export function eachOf(
  tasks: readonly TileTask[],
  call: (i: number, data: Parameters<TakeTiles>[2], start: number) => void,
): TakeTiles {
  return (first, count, data) => {
    let start = 0;
    for (let i = first; i < first + count; i++) {
      call(i, data, start);
      start += pixelsApart(tasks[i]!.pixels, data.BYTES_PER_ELEMENT);
    }
  };
}
