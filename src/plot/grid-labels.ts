/**
 * Labels of meridians and parallels around a picture.
 */

import type { GridLine, Rectangle, Side } from "./sky-grid.js";
import { fontSize, type Svg, text, widthOf } from "./svg.js";

type Kind = GridLine["kind"];

/**
 * A label where a line leaves the picture: those of one kind along the lower side, those of the other along the left one,
 * whichever cross these sides more often. Labels that would touch the one before are left out.
 */
export function gridLabels(lines: readonly GridLine[], view: Rectangle): Svg[] {
  const count = (kind: Kind, side: Side): number =>
    lines.filter((line) => line.kind === kind && line.crossings.some((crossing) => crossing.side === side))
      .length;
  const straight = count("lon", "bottom") + count("lat", "left");
  const turned = count("lat", "bottom") + count("lon", "left");
  const [below, beside]: [Kind, Kind] = straight >= turned ? ["lon", "lat"] : ["lat", "lon"];
  return [...along(lines, below, ["bottom", "top"], view), ...along(lines, beside, ["left", "right"], view)];
}

/** The labels of one kind along the first of two sides, along the second where more lines cross that. */
function along(lines: readonly GridLine[], kind: Kind, sides: readonly [Side, Side], view: Rectangle): Svg[] {
  const labels = (side: Side): { at: number; label: string }[] =>
    lines
      .filter((line) => line.kind === kind)
      .flatMap(({ label, crossings }) =>
        crossings
          .filter((crossing) => crossing.side === side)
          .map(({ at }) => ({ label, at: side === "bottom" || side === "top" ? at[0] : at[1] })),
      )
      .sort((a, b) => a.at - b.at);
  const [first, second] = [labels(sides[0]), labels(sides[1])];
  const side =
    first.length >= Math.min(2, second.length) || first.length >= second.length ? sides[0] : sides[1];
  const isLevel = side === "bottom" || side === "top";
  let free = Number.NEGATIVE_INFINITY;
  const shown: Svg[] = [];
  for (const { at, label } of side === sides[0] ? first : second) {
    const half = isLevel ? widthOf(label) / 2 + 3 : fontSize / 2 + 1;
    if (at - half < free) continue;
    free = at + half;
    shown.push(labelAt(side, at, label, view));
  }
  return shown;
}

function labelAt(side: Side, at: number, label: string, { left, top, width, height }: Rectangle): Svg {
  switch (side) {
    case "bottom":
      return text(at, top + height + 5 + fontSize, label);
    case "top":
      return text(at, top - 5, label);
    case "left":
      return text(left - 5, at + 4, label, { anchor: "end" });
    case "right":
      return text(left + width + 5, at + 4, label, { anchor: "start" });
  }
}
