import { expect, test } from "vitest";
import { checkRoom } from "../../src/cli/stamps/plan.js";

test("a list that memory does not hold is refused before it is planned, with what to set", () => {
  expect(() => checkRoom(1_000_000, 2 ** 31)).not.toThrow();
  expect(() => checkRoom(10_000_000, 2 ** 32)).toThrow(
    "the list has 10000000 targets, and Node has memory for about 9544371; cut it into several lists, " +
      "or set NODE_OPTIONS=--max-old-space-size=4292",
  );
});
