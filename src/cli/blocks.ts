/**
 * Pictures as characters: two pixels a character in as many colors as the terminal has, or shades of text.
 */

/** How colors are said to a terminal. */
export type ColorDepth = "24bit" | "256" | "16" | "none";

/** How many colors a terminal has, by what it says of itself (COLORTERM, TERM), once colors are wanted. */
export function colorDepth(env: Readonly<Record<string, string | undefined>>): ColorDepth {
  const { COLORTERM: colors = "", TERM: terminal = "", FORCE_COLOR: force } = env;
  if (/truecolor|24bit/i.test(colors) || /direct/.test(terminal) || force === "3") return "24bit";
  if (/256/.test(terminal) || force === "2") return "256";
  return "16";
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each, the top row first. */
  readonly rgb: Uint8Array;
}

type Rgb = readonly [red: number, green: number, blue: number];

/** The upper half block in the upper pixel's color on the lower one's; without colors, characters of growing density. */
export function halfBlocks({ width, height, rgb }: Pixels, depth: ColorDepth): string {
  const at = (x: number, y: number): Rgb => {
    if (y >= height) return [0, 0, 0];
    const from = 3 * (y * width + x);
    return [rgb[from]!, rgb[from + 1]!, rgb[from + 2]!];
  };
  let text = "";
  for (let y = 0; y < height; y += 2) {
    let before = "";
    for (let x = 0; x < width; x++) {
      const [upper, lower] = [at(x, y), at(x, y + 1)];
      if (depth === "none") {
        text += shade(upper, lower);
        continue;
      }
      const code = `\u001b[${foreground(upper, depth)};${background(lower, depth)}m`;
      text += code === before ? "\u2580" : `${code}\u2580`;
      before = code;
    }
    text += depth === "none" ? "\n" : "\u001b[0m\n";
  }
  return text;
}

function foreground(rgb: Rgb, depth: ColorDepth): string {
  if (depth === "24bit") return `38;2;${rgb.join(";")}`;
  if (depth === "256") return `38;5;${nearest256(rgb)}`;
  const color = nearest(rgb, ansi);
  return String(color < 8 ? 30 + color : 82 + color);
}

function background(rgb: Rgb, depth: ColorDepth): string {
  if (depth === "24bit") return `48;2;${rgb.join(";")}`;
  if (depth === "256") return `48;5;${nearest256(rgb)}`;
  const color = nearest(rgb, ansi);
  return String(color < 8 ? 40 + color : 92 + color);
}

/** The 16 colors as xterm has them. */
const ansi: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

/** Levels of xterm's cube of 6 x 6 x 6 colors; 24 grays follow it. */
const cube = [0, 95, 135, 175, 215, 255];

function nearest256(rgb: Rgb): number {
  const [r, g, b] = rgb.map((level) =>
    nearest(
      [level, 0, 0],
      cube.map((each) => [each, 0, 0] as const),
    ),
  ) as [number, number, number];
  const gray = Math.min(23, Math.max(0, Math.round(((rgb[0] + rgb[1] + rgb[2]) / 3 - 8) / 10)));
  const level = 8 + 10 * gray;
  const ofCube: Rgb = [cube[r]!, cube[g]!, cube[b]!];
  return nearest(rgb, [ofCube, [level, level, level]]) === 0 ? 16 + 36 * r + 6 * g + b : 232 + gray;
}

function nearest(rgb: Rgb, colors: readonly Rgb[]): number {
  const distance = (color: Rgb): number => color.reduce((sum, level, i) => sum + (level - rgb[i]!) ** 2, 0);
  let best = 0;
  for (let i = 1; i < colors.length; i++) if (distance(colors[i]!) < distance(colors[best]!)) best = i;
  return best;
}

/** Where colors would only be noise, as in a file. */
function shade(...colors: readonly Rgb[]): string {
  const mean = colors.flat().reduce((sum, level) => sum + level, 0) / (3 * colors.length);
  return " .:-=+*#%@"[Math.min(9, Math.floor((mean / 256) * 10))]!;
}
