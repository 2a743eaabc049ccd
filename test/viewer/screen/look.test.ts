/** Limits and levels of a look: made anew where something that they depend on has changed, and else not. */
import { beforeEach, describe, expect, test } from "vitest";
import { levelEdges, limitsFor, newTones } from "../../../viewer/src/screen/look.js";
import type { Look } from "../../../viewer/src/screen/screen.types.js";
import { plainOrigin, valueSample } from "../../../viewer/src/screen/values.js";

const plain: Look = {
  ...{ stretch: "asinh", limits: "99.5%", vmin: undefined, vmax: undefined },
  ...{ colormap: "gray", invert: false },
};

describe("tones", () => {
  let made: string[] = [];
  const counting: NonNullable<Parameters<typeof newTones>[0]> = {
    limitsFor: (...given) => {
      made.push("limits");
      return limitsFor(...given);
    },
    levelEdges: (...given) => {
      made.push("edges");
      return levelEdges(...given);
    },
  };
  const values = (from: number): Float64Array<ArrayBuffer> =>
    Float64Array.from({ length: 1000 }, (_, i) => from + i * i);
  const sampleOf = (from: number): ReturnType<typeof valueSample> => {
    const sample = valueSample();
    sample.add(values(from), 0, 1000);
    return sample;
  };
  let sample = sampleOf(0);
  let tonesOf = newTones(counting);
  beforeEach(() => {
    sample = sampleOf(0);
    tonesOf = newTones(counting);
    tonesOf(plain, sample, plainOrigin);
    made = [];
  });

  const changes: readonly [string, Partial<Look>, readonly string[]][] = [
    ["nothing", {}, []],
    ["the color map", { colormap: "viridis" }, []],
    ["the direction of colors", { invert: true }, []],
    ["the stretch", { stretch: "log" }, ["edges"]],
    ["the rule of the limits", { limits: "90%" }, ["limits", "edges"]],
    ["a limit", { vmax: 7 }, ["limits", "edges"]],
  ];
  test.each(changes)("of %s changed: what depends on it is made, once, as of new", (_, change, wanted) => {
    const look = { ...plain, ...change };
    const tones = tonesOf(look, sample, plainOrigin);
    expect(made).toEqual(wanted);
    expect(tones).toEqual(newTones()(look, sample, plainOrigin));
    tonesOf(look, sample, plainOrigin);
    expect(made).toEqual(wanted);
  });

  test("new values, also as many others in place of them, are looked at", () => {
    sample.add(Float64Array.of(2e6), 0, 1);
    tonesOf(plain, sample, plainOrigin);
    expect(made).toEqual(["limits", "edges"]);
    sample.clear();
    sample.add(values(5), 0, 1000);
    sample.add(Float64Array.of(3e6), 0, 1);
    expect(tonesOf(plain, sample, plainOrigin)).toEqual(newTones()(plain, sample, plainOrigin));
  });

  test("the stretch by histogram follows the values though the limits stay", () => {
    const look: Look = { ...plain, stretch: "histogram", vmin: 0, vmax: 1e6 };
    const before = tonesOf(look, sample, plainOrigin);
    sample.add(values(300_000), 0, 1000);
    const after = tonesOf(look, sample, plainOrigin);
    expect(after).toEqual(newTones()(look, sample, plainOrigin));
    expect(after.edges).not.toEqual(before.edges);
  });
});
