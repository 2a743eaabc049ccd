/**
 * Labels of meridians and parallels around a picture.
 */
import type { GridLine, Place, Rectangle, Side } from "./sky-grid.js";
import { fontSize, lettered, type Svg, text, widthOf } from "./svg.js";

type Kind = GridLine["kind"];

export interface GridLabels {
  readonly svg: readonly Svg[];
  /** Which lines have their labels along the lower side; the others have theirs at the left or the right one. */
  readonly below: Kind;
  /** How far labels at the sides reach beyond the left and the right side of the picture. */
  readonly left: number;
  readonly right: number;
  /** How far labels under the picture, or over it, do. */
  readonly overhang: number;
}

/**
 * A label where a line leaves the picture: those of one kind along the lower side, those of the other along the left one,
 * whichever gives both kinds their labels, or more of them. Labels that would touch the one before are left out.
 * Lines of a whole sky end within the picture: where fewer than two of a kind leave it, all have their labels where they
 * cross the middle of the picture, on the picture.
 */
export function gridLabels(lines: readonly GridLine[], view: Rectangle): GridLabels {
  const count = (kind: Kind, side: Side): number =>
    lines.filter((line) => line.kind === kind && line.crossings.some((crossing) => crossing.side === side))
      .length;
  const straight = [count("lon", "bottom"), count("lat", "left")];
  const turned = [count("lat", "bottom"), count("lon", "left")];
  // Two labels of each kind say more than many of one.
  const capped = (counts: readonly number[]): number => total(counts.map((n) => Math.min(n, 2)));
  const gain =
    capped(straight) - capped(turned) || (capped(turned) < 4 ? 0 : total(straight) - total(turned));
  const [below, beside]: [Kind, Kind] = gain >= 0 ? ["lon", "lat"] : ["lat", "lon"];
  const beneath = along(lines, below, ["bottom", "top"], view);
  const side = along(lines, beside, ["left", "right"], view);
  const [inner, upright] = [onPicture(lines, below, view), onPicture(lines, beside, view)];
  const isInner = beneath.lines < 2 && inner.length > beneath.lines;
  const isUpright = side.lines < 2 && upright.length > side.lines;
  return {
    svg: [...(isInner ? inner : beneath.svg), ...(isUpright ? upright : side.svg)],
    below,
    left: isUpright ? 0 : side.left,
    right: isUpright ? 0 : side.right,
    overhang: isInner ? 0 : beneath.right,
  };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

interface Labels extends Pick<GridLabels, "svg" | "left" | "right"> {
  /** How many lines have a label. */
  readonly lines: number;
}

/** A label on each line of a kind, where the line crosses the horizontal or the vertical middle of the picture. */
function onPicture(lines: readonly GridLine[], kind: Kind, view: Rectangle): Svg[] {
  const across = kind === "lon" ? 1 : 0;
  const middle = across === 1 ? view.top + view.height / 2 : view.left + view.width / 2;
  const taken: Place[] = [];
  return lines.flatMap((line) => {
    if (line.kind !== kind) return [];
    const at = crossingOf(line.points, across, middle);
    const half = widthOf(line.label) / 2;
    const isWithin =
      at &&
      at[0] - half > view.left &&
      at[0] + half < view.left + view.width &&
      at[1] - fontSize > view.top &&
      at[1] < view.top + view.height;
    if (!isWithin) return [];
    const touches = taken.some(
      ([x, y]) => Math.abs(x - at[0]) < 2 * half + 6 && Math.abs(y - at[1]) < fontSize + 2,
    );
    if (touches) return [];
    taken.push(at);
    return [text(at[0], at[1] - 4, line.label, lettered)];
  });
}

/** Where a line first crosses a level or an upright line. */
function crossingOf(points: GridLine["points"], axis: 0 | 1, middle: number): Place | undefined {
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    if (!from || !to || from[axis] > middle === to[axis] > middle) continue;
    const t = (middle - from[axis]) / (to[axis] - from[axis]);
    return [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
  }
  return undefined;
}

/** The labels of one kind along the first of two sides, along the second where more lines cross that. */
function along(
  lines: readonly GridLine[],
  kind: Kind,
  sides: readonly [Side, Side],
  view: Rectangle,
): Labels {
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
  const svg: Svg[] = [];
  const labeled = new Set<string>();
  let [left, right] = [0, 0];
  for (const { at, label } of side === sides[0] ? first : second) {
    const half = isLevel ? widthOf(label) / 2 + 3 : fontSize / 2 + 1;
    if (at - half < free) continue;
    free = at + half;
    svg.push(labelAt(side, at, label, view));
    labeled.add(label);
    if (side === "left") left = Math.max(left, widthOf(label) + 5);
    if (side === "right") right = Math.max(right, widthOf(label) + 5);
    if (isLevel) right = Math.max(right, at + half - view.left - view.width);
  }
  return { svg, left, right, lines: labeled.size };
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
