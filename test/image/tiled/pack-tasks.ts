/** Tasks as what decodes many of them takes them. */
import { cellColumns } from "../../../src/image/tile-coding.js";
import { field, newTasks, type TileTask, type TileTasks } from "../../../src/image/tile-tasks.js";

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
