/** The field "go to": pixels, and what the finders know. */
import { FitsError } from "fitslice";
import { finders } from "./layers.js";
import type { Stage } from "./stage.js";

const number = "([+-]?\\d+(?:\\.\\d*)?|[+-]?\\.\\d+)";
const pair = new RegExp(
  `^(pixel|pix|px)?\\s*(?:x\\s*=?\\s*)?${number}(?:\\s*[,;]\\s*|\\s+)(?:y\\s*=?\\s*)?${number}\\s*(pixels?|pix|px)?$`,
  "i",
);

let asking = new AbortController();

/** Goes to what `text` says; answers with the 0-based pixel, or nothing where another text came meanwhile. */
export async function goTo(
  stage: Stage,
  text: string,
): Promise<{ readonly x: number; readonly y: number } | undefined> {
  asking.abort();
  const { signal } = (asking = new AbortController());
  const [, before, x, y, after] = pair.exec(text) ?? [];
  const isPixel = before !== undefined || after !== undefined || /[xy]/i.test(text);
  let to: { x: number; y: number; zoom?: number } | undefined;
  if (x === undefined || !isPixel) {
    try {
      for (const { load } of finders) to ??= await (await load())(text, stage, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  if (signal.aborted) return undefined;
  if (!to && x !== undefined) to = { x: Number(x) - 1, y: Number(y) - 1 };
  if (!to)
    throw new FitsError("BAD_ARGUMENT", `cannot read "${text.slice(0, 80)}"; write a pixel as 512, 300`);
  const [width, height] = stage.imageSize;
  if (!(to.x > -1 && to.y > -1 && to.x < width && to.y < height))
    throw new FitsError(
      "BAD_SELECTION",
      `pixel ${Number((to.x + 1).toFixed(2))}, ${Number((to.y + 1).toFixed(2))} lies outside the image of ${width} x ${height} pixels`,
    );
  stage.goTo(to.x, to.y, to.zoom);
  return to;
}
