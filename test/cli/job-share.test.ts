import { expect, test } from "vitest";
import { arrayExpression, partOf, shareOf } from "../../src/cli/jobs/share.js";

test.each([
  [{ SLURM_ARRAY_TASK_ID: "5", SLURM_ARRAY_TASK_COUNT: "4", SLURM_ARRAY_TASK_MIN: "4" }, undefined, [1, 4]],
  [{ SLURM_ARRAY_TASK_ID: "17" }, 50, [17, 50]],
  [{ JOB_COMPLETION_INDEX: "2" }, 8, [2, 8]],
  [{ AWS_BATCH_JOB_ARRAY_INDEX: "9", AWS_BATCH_JOB_ARRAY_SIZE: "10" }, undefined, [9, 10]],
])("%j, --of %s: task %j", (env, of, [index, all]) => {
  expect(shareOf(undefined, of, env)).toEqual({ index, of: all });
});

test("a share that is given counts before that of a scheduler; without either there is none", () => {
  expect(shareOf("1/4", undefined, { SLURM_ARRAY_TASK_ID: "3" })).toEqual({ index: 1, of: 4 });
  expect(shareOf(undefined, undefined, {})).toBeUndefined();
});

test.each([
  [
    {
      SLURM_ARRAY_TASK_ID: "3",
      SLURM_ARRAY_TASK_COUNT: "2",
      SLURM_ARRAY_TASK_MIN: "3",
      SLURM_ARRAY_TASK_MAX: "9",
    },
    /consecutive/,
  ],
  [{ JOB_COMPLETION_INDEX: "2" }, /--of how many/],
  [{ SLURM_ARRAY_TASK_ID: "3" }, /SLURM_ARRAY_TASK_ID is 3; say with --of how many/],
  [{ JOB_COMPLETION_INDEX: "x" }, /is no number/],
])("%j without --of is refused", (env, message) => {
  expect(() => shareOf(undefined, undefined, env)).toThrow(message);
});

test("indexes of two schedulers are refused, whatever --of says, unless --shard is given", () => {
  const env = { SLURM_ARRAY_TASK_ID: "3", AWS_BATCH_JOB_ARRAY_INDEX: "1" };
  const message = /^SLURM_ARRAY_TASK_ID and AWS_BATCH_JOB_ARRAY_INDEX are set.*--shard I\/N$/;
  expect(() => shareOf(undefined, 8, env)).toThrow(message);
  expect(shareOf("0/8", undefined, env)).toEqual({ index: 0, of: 8 });
  expect(shareOf(undefined, 8, { ...env, SLURM_ARRAY_TASK_ID: "" })).toEqual({ index: 1, of: 8 });
});

test("shares have every shard once, and missing tasks are written as SLURM reads them", () => {
  const entries = Array.from({ length: 23 }, (_, index) => ({ index }));
  const all = Array.from({ length: 5 }, (_, index) => partOf(entries, { index, of: 5 })).flat();
  expect(all.map(({ index }) => index).sort((a, b) => a - b)).toEqual(entries.map(({ index }) => index));
  expect(arrayExpression([7, 3, 8, 9, 0, 3])).toBe("0,3,7-9");
  expect(arrayExpression([])).toBe("");
});
