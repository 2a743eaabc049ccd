import { expect, test } from "vitest";
import { unlessAborted } from "../src/abort.js";

test("a promise that never settles is left as soon as one of the signals aborts", async () => {
  const controller = new AbortController();
  const left = unlessAborted(new Promise(() => {}), [undefined, controller.signal]);
  controller.abort(new Error("enough"));
  await expect(left).rejects.toThrow("enough");
  await expect(unlessAborted(new Promise(() => {}), [controller.signal])).rejects.toThrow("enough");
  expect(await unlessAborted(Promise.resolve(5), [new AbortController().signal])).toBe(5);
});
