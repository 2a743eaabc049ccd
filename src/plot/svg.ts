/**
 * SVG as text: elements whose attributes and texts are escaped, whatever a file has in them.
 */

/** A piece of SVG. */
export type Svg = string;

type Value = string | number | undefined;

/** An element; numbers are written with at most two decimals, attributes that are undefined left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, Value>>,
  ...children: readonly Svg[]
): Svg {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(typeof value === "number" ? numberText(value) : value!)}"`);
  const content = children.join("");
  return content === "" ? `<${name}${pairs.join("")}/>` : `<${name}${pairs.join("")}>${content}</${name}>`;
}

/** A text at a place; `anchor` says which of its ends stands there. */
export function text(
  x: number,
  y: number,
  content: string,
  attributes: Readonly<Record<string, Value>> & { readonly anchor?: "start" | "middle" | "end" } = {},
): Svg {
  const { anchor = "middle", ...rest } = attributes;
  return element("text", { x, y, "text-anchor": anchor, ...rest }, escaped(content));
}

/** A path through points; `null` breaks it. */
export function pathThrough(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let isBroken = true;
  let path = "";
  for (const point of points) {
    if (point) path += `${isBroken ? "M" : "L"}${numberText(point[0])},${numberText(point[1])}`;
    isBroken = point === null;
  }
  return path;
}

/** Text as XML holds it: markup as characters, and no character that XML forbids. */
export function escaped(content: string): string {
  return content
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function numberText(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The drawing as a file of its own. The font is matplotlib's where it is installed. */
export function drawing(width: number, height: number, ...children: readonly Svg[]): Svg {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width,
      height,
      viewBox: `0 0 ${numberText(width)} ${numberText(height)}`,
      "font-family": "DejaVu Sans, Verdana, Helvetica, sans-serif",
      "font-size": fontSize,
      fill: "black",
    },
    element("rect", { width, height, fill: "white" }),
    ...children,
  );
}

export const fontSize = 12;

/** Of texts on pictures: white with a dark edge, seen on every picture. */
export const lettered: Readonly<Record<string, string | number>> = {
  fill: "white",
  stroke: "black",
  "stroke-width": 3,
  "stroke-opacity": 0.8,
  "paint-order": "stroke",
};

/** About as wide as a text is drawn: digits and letters of the font are 0.62 of its size, on average. */
export function widthOf(content: string, size: number = fontSize): number {
  return content.length * size * 0.62;
}
