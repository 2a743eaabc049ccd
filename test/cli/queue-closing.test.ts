import { expect, test } from "vitest";
import { ended } from "../../src/cli/queue/closing.js";

const never = new Promise<void>(() => undefined);

test("a worker whose connection hangs ends when its shards are cut, and not before", async () => {
  let left = 3;
  expect(await ended(never, () => left-- > 0, 1)).toBe(false);
  expect(left).toBe(-1);
});

test("a worker that has closed is not waited for", async () => {
  expect(await ended(Promise.resolve(), () => true, 1)).toBe(true);
});
