/** Where the labels of a grid stand on the picture: within it, where their lines leave it. Pure. */
import type { GridLine, Place, Rectangle, Side } from "fitslice/plot";

export interface GridLabel {
  readonly text: string;
  readonly kind: GridLine["kind"];
  /** The baseline of the text begins, ends or has its middle here. */
  readonly at: Place;
  readonly anchor: "start" | "middle" | "end";
}

/** Units of the drawing a letter takes, and a line of text. */
const letter = 7.4;
const lineHeight = 14;
const inset = 5;

/**
 * One label for each line, where there is room: of one kind along the lower side, of the other along the left one, whichever
 * way more lines cross these; lines that cross neither have theirs at another side, or where they cross the middle.
 *
 * @param marks boxes of what stands on the picture beside the labels
 */
export function gridLabels(
  lines: readonly GridLine[],
  view: Rectangle,
  marks: readonly Box[] = [],
): GridLabel[] {
  const count = (kind: GridLine["kind"], side: Side): number =>
    lines.filter((line) => line.kind === kind && line.crossings.some((crossing) => crossing.side === side))
      .length;
  const isTurned =
    count("lat", "bottom") + count("lon", "left") > count("lon", "bottom") + count("lat", "left");
  const taken: Box[] = [...marks];
  const labels: GridLabel[] = [];
  for (const [i, line] of lines.entries()) {
    if (lines.slice(0, i).some((other) => isSame(line, other))) continue;
    const isBelow = (line.kind === "lon") !== isTurned;
    const sides: readonly Side[] = isBelow
      ? ["bottom", "top", "left", "right"]
      : ["left", "right", "bottom", "top"];
    const places = [...line.crossings]
      .sort((a, b) => sides.indexOf(a.side) - sides.indexOf(b.side))
      .map(({ side, at }) => labelAt(line, side, at, view));
    const inner = places.length === 0 ? middleOf(line.points, view) : undefined;
    if (inner) places.push({ ...plain(line), at: [inner[0], inner[1] - 4], anchor: "middle" });
    const label = places.find((place) => {
      const box = boxOf(place);
      return isWithin(box, view) && !taken.some((other) => touch(box, other));
    });
    if (!label) continue;
    taken.push(boxOf(label));
    labels.push(label);
  }
  return labels;
}

/** Whether two lines are one: around a pole the first meridian, and the one a whole turn on. */
function isSame(a: GridLine, b: GridLine): boolean {
  const [from, to] = [a, b].map(({ points }) => points.find((point) => point !== null));
  return (
    a.kind === b.kind &&
    a.label === b.label &&
    !!from &&
    !!to &&
    Math.hypot(from[0] - to[0], from[1] - to[1]) < 2
  );
}

const plain = ({ label, kind }: GridLine): Pick<GridLabel, "text" | "kind"> => ({ text: label, kind });

function labelAt(line: GridLine, side: Side, [x, y]: Place, view: Rectangle): GridLabel {
  const { left, top, width, height } = view;
  switch (side) {
    case "bottom":
      return { ...plain(line), at: [x, top + height - inset], anchor: "middle" };
    case "top":
      return { ...plain(line), at: [x, top + inset + 9], anchor: "middle" };
    case "left":
      return { ...plain(line), at: [left + inset, y + 4], anchor: "start" };
    case "right":
      return { ...plain(line), at: [left + width - inset, y + 4], anchor: "end" };
  }
}

/** The lowest place of a line where the line crosses the upright middle of the picture, else its first place within. */
function middleOf(points: GridLine["points"], view: Rectangle): Place | undefined {
  const middle = view.left + view.width / 2;
  let lowest: Place | undefined;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    if (!from || !to || from[0] > middle === to[0] > middle) continue;
    const t = (middle - from[0]) / (to[0] - from[0]);
    const at: Place = [middle, from[1] + t * (to[1] - from[1])];
    if (isInside(at, view) && (!lowest || at[1] > lowest[1])) lowest = at;
  }
  return lowest ?? points.find((point) => point !== null && isInside(point, view)) ?? undefined;
}

/** From the upper left to the lower right corner. */
export interface Box {
  readonly from: Place;
  readonly to: Place;
}

function boxOf({ text, at: [x, y], anchor }: GridLabel): Box {
  const width = text.length * letter;
  const left = anchor === "start" ? x : anchor === "end" ? x - width : x - width / 2;
  return { from: [left, y - lineHeight + 3], to: [left + width, y + 3] };
}

function touch(a: Box, b: Box): boolean {
  return a.from[0] < b.to[0] + 4 && b.from[0] < a.to[0] + 4 && a.from[1] < b.to[1] && b.from[1] < a.to[1];
}

function isWithin({ from, to }: Box, { left, top, width, height }: Rectangle): boolean {
  return from[0] >= left && from[1] >= top && to[0] <= left + width && to[1] <= top + height;
}

function isInside([x, y]: Place, { left, top, width, height }: Rectangle): boolean {
  return x >= left && y >= top && x <= left + width && y <= top + height;
}
