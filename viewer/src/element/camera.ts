/** Where a view goes: zooms around a place, shifts, limits of both. Pure. */
import { placementOf } from "../screen/geometry.js";
import type { Viewport } from "../screen/screen.types.js";
import { mostZoom } from "../state.js";

export type Size = readonly [width: number, height: number];

/** The least zoom: a quarter of what fits the image, and never more than 1:1. */
export function leastZoom(fit: number): number {
  return Math.min(1, fit / 4);
}

/** The view with another zoom, within the limits, in which the image's pixel at `anchor` of the canvas stays. */
export function zoomedAround(
  viewport: Viewport,
  zoom: number,
  [left, top]: readonly [left: number, top: number],
  size: Size,
  fit: number,
): Viewport {
  const next = Math.min(mostZoom, Math.max(leastZoom(fit), zoom));
  const [x, y] = placementOf(viewport, ...size).toImage(left, top);
  const share = viewport.zoom / next;
  const [cx, cy] = viewport.center;
  return { center: [x + (cx - x) * share, y + (cy - y) * share], zoom: next };
}

/** The view after the picture was shifted by CSS pixels to the right and down. */
export function shifted({ center: [x, y], zoom }: Viewport, right: number, down: number): Viewport {
  return { center: [x - right / zoom, y + down / zoom], zoom };
}

/** The view with its middle within the image, so that the image cannot be lost. */
export function heldWithin(viewport: Viewport, [width, height]: Size): Viewport {
  const within = (value: number, length: number): number => Math.min(length - 0.5, Math.max(-0.5, value));
  const [x, y] = viewport.center;
  return { ...viewport, center: [within(x, width), within(y, height)] };
}

/** Zooms that people ask for in steps: powers of two, from the next one on. */
export function nextZoom(zoom: number, direction: 1 | -1): number {
  const step = Math.log2(zoom);
  const next = direction > 0 ? Math.floor(step + 0.01) + 1 : Math.ceil(step - 0.01) - 1;
  return 2 ** next;
}

/** A zoom as people say it: `1:4` of four pixels of the image a pixel of the canvas, `x 8`. */
export function zoomText(zoom: number): string {
  const rounded = (value: number): string => String(Number(value.toPrecision(value < 10 ? 2 : 3)));
  return zoom < 0.995 ? `1:${rounded(1 / zoom)}` : `${rounded(zoom)}:1`;
}

/** The factor of the zoom that a turn of the wheel asks for. Pinches on a trackpad come as a wheel with Ctrl. */
export function wheelFactor({
  deltaY,
  deltaMode,
  ctrlKey,
}: Pick<WheelEvent, "deltaY" | "deltaMode" | "ctrlKey">): number {
  const pixels = deltaY * [1, 16, 400][deltaMode]!;
  const most = Math.max(-300, Math.min(300, pixels));
  return Math.exp(-most * (ctrlKey ? 0.01 : 0.0018));
}

/** Milliseconds after which a glide has lost two thirds of its speed. */
const glideTime = 260;

/** How far a picture that was let go with a speed has glided after `ms`; the same in both axes. */
export function glided(speed: number, ms: number): number {
  return speed * glideTime * (1 - Math.exp(-ms / glideTime));
}

/** When a glide is over: slower than a pixel in 50 ms. */
export function glideEnd(speed: number): number {
  return glideTime * Math.log(Math.max(1, Math.abs(speed) * 50));
}
