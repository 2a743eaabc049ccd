/** A scatter plot on a canvas: points as they lie in their scales. */
import type { Scale } from "./chart.js";

/** Draws the points; in the color that the canvas has as its text color. */
export function drawPoints(
  canvas: HTMLCanvasElement,
  [width, height]: readonly [number, number],
  [x, y]: readonly [Float64Array, Float64Array],
  scales: { readonly x: Scale; readonly y: Scale },
): void {
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  context.fillStyle = getComputedStyle(canvas).color;
  const size = x.length > 20_000 ? 1 : x.length > 2000 ? 1.5 : 2.5;
  context.globalAlpha = x.length > 20_000 ? 0.4 : x.length > 2000 ? 0.6 : 0.9;
  for (let i = 0; i < x.length; i++) {
    const [left, top] = [scales.x.toPlace(x[i]!), scales.y.toPlace(y[i]!)];
    // NaN is nowhere.
    if (Number.isFinite(left + top)) context.fillRect(left - size / 2, top - size / 2, size, size);
  }
}
