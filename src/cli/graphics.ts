/**
 * Pictures in terminals that can show pixels: kitty's graphics protocol, iTerm2's inline images, DEC's sixels.
 */
import type { Picture } from "fitslice/picture";

export const graphicsNames = ["kitty", "iterm", "sixel", "blocks", "none"] as const;
/** How a picture is shown: by pixels, by colored half blocks, or by characters alone. */
export type Graphics = (typeof graphicsNames)[number];

/**
 * What a terminal can show, by what it says of itself in the environment. Behind tmux and screen, which pass no pictures
 * on unless they are told to, blocks.
 */
export function detectGraphics(env: Readonly<Record<string, string | undefined>>): Graphics {
  const { TERM: terminal = "", TERM_PROGRAM: program = "", LC_TERMINAL: client = "" } = env;
  if (env["TMUX"] || env["STY"] || /^(screen|tmux)/.test(terminal)) return "blocks";
  if (env["KITTY_WINDOW_ID"] || /kitty|ghostty/.test(terminal) || /ghostty/i.test(program)) return "kitty";
  if (/^(iTerm\.app|WezTerm|mintty)$/.test(program) || client === "iTerm2") return "iterm";
  if (/sixel|^foot|^mlterm|^yaft|^contour/.test(terminal)) return "sixel";
  return "blocks";
}

/** The most that the protocol of kitty takes at a time. */
const kittyChunk = 4096;

/** A PNG, `columns` characters wide, by kitty's protocol. */
export function kitty(png: Uint8Array, columns: number): string {
  const base64 = Buffer.from(png).toString("base64");
  let text = "";
  for (let at = 0; at < base64.length; at += kittyChunk) {
    const more = at + kittyChunk < base64.length ? 1 : 0;
    const control = at === 0 ? `a=T,f=100,q=2,c=${columns},m=${more}` : `m=${more}`;
    text += `\u001b_G${control};${base64.slice(at, at + kittyChunk)}\u001b\\`;
  }
  return `${text}\n`;
}

/** A PNG, `columns` characters wide, by iTerm2's protocol. */
export function iterm(png: Uint8Array, columns: number): string {
  const base64 = Buffer.from(png).toString("base64");
  return `\u001b]1337;File=inline=1;size=${png.length};width=${columns};preserveAspectRatio=1:${base64}\u0007\n`;
}

/** The most colors that all terminals with sixels have. */
const mostColors = 256;

/**
 * The picture as sixels, each pixel `scale` times as large: six rows at a time, one pass for each color there, runs
 * counted. Of a picture of more than 256 colors the lowest bits are dropped, as few as make them fit.
 */
export function sixel({ width, height, rgb }: Picture, scale = 1): string {
  const { indices, palette } = indexed(rgb);
  const [wide, high] = [width * scale, height * scale];
  let text = `\u001bP0;1q"1;1;${wide};${high}`;
  for (const [i, color] of palette.entries()) {
    const percent = [color >> 16, (color >> 8) & 255, color & 255].map((level) => Math.round(level / 2.55));
    text += `#${i};2;${percent.join(";")}`;
  }
  for (let top = 0; top < high; top += 6) {
    const rows = new Map<number, Uint8Array>();
    for (let y = top; y < Math.min(high, top + 6); y++) {
      for (let x = 0; x < wide; x++) {
        const index = indices[Math.floor(y / scale) * width + Math.floor(x / scale)]!;
        let bits = rows.get(index);
        if (!bits) rows.set(index, (bits = new Uint8Array(wide)));
        bits[x]! |= 1 << (y - top);
      }
    }
    text += `${[...rows].map(([index, bits]) => `#${index}${counted(bits)}`).join("$")}-`;
  }
  return `${text}\u001b\\\n`;
}

/** Sixel characters, four or more of a kind as `!count`. */
function counted(bits: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bits.length; ) {
    let end = start;
    while (end < bits.length && bits[end] === bits[start]) end++;
    const character = String.fromCharCode(63 + bits[start]!);
    text += end - start > 3 ? `!${end - start}${character}` : character.repeat(end - start);
    start = end;
  }
  return text;
}

function indexed(rgb: Uint8Array): { indices: Uint8Array; palette: number[] } {
  const indices = new Uint8Array(rgb.length / 3);
  for (let dropped = 0; ; dropped++) {
    const mask = (255 << dropped) & 255;
    const known = new Map<number, number>();
    for (let i = 0; i < indices.length && known.size <= mostColors; i++) {
      const color = ((rgb[3 * i]! & mask) << 16) | ((rgb[3 * i + 1]! & mask) << 8) | (rgb[3 * i + 2]! & mask);
      let index = known.get(color);
      if (index === undefined) known.set(color, (index = known.size));
      indices[i] = index;
    }
    if (known.size <= mostColors) return { indices, palette: [...known.keys()] };
  }
}
