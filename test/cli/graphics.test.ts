/**
 * Pictures in terminals, byte by byte.
 */
import { EventEmitter } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { colorDepth, halfBlocks } from "../../src/cli/blocks.js";
import { askCell } from "../../src/cli/cell.js";
import { detectGraphics, iterm, kitty, sixel } from "../../src/cli/graphics.js";
import { encodePng, type Picture } from "../../src/picture/index.js";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

describe("graphics are those that the terminal tells of", () => {
  test.each([
    [{ TERM: "xterm-kitty" }, "kitty"],
    [{ KITTY_WINDOW_ID: "1", TERM: "xterm-256color" }, "kitty"],
    [{ TERM_PROGRAM: "ghostty" }, "kitty"],
    [{ TERM_PROGRAM: "iTerm.app" }, "iterm"],
    [{ TERM_PROGRAM: "WezTerm" }, "iterm"],
    [{ LC_TERMINAL: "iTerm2" }, "iterm"],
    [{ TERM: "foot" }, "sixel"],
    [{ TERM: "mlterm" }, "sixel"],
    [{ TERM: "xterm-256color" }, "blocks"],
    [{ TERM: "xterm-kitty", TMUX: "/tmp/tmux" }, "blocks"],
    [{ TERM: "screen-256color", KITTY_WINDOW_ID: "1" }, "blocks"],
    [{}, "blocks"],
  ])("%o: %s", (env, expected) => {
    expect(detectGraphics(env)).toBe(expected);
  });

  test.each([
    [{ COLORTERM: "truecolor", TERM: "xterm" }, "24bit"],
    [{ COLORTERM: "24bit" }, "24bit"],
    [{ TERM: "xterm-256color" }, "256"],
    [{ TERM: "xterm" }, "16"],
  ])("colors of %o: %s", (env, expected) => {
    expect(colorDepth(env)).toBe(expected);
  });
});

const picture = { width: 2, height: 2, rgb: Uint8Array.of(255, 0, 0, 0, 0, 0, 255, 0, 0, 255, 255, 255) };

describe("a picture", () => {
  test("of half blocks says a color once", () => {
    const same = { width: 2, height: 2, rgb: new Uint8Array(12).fill(255) };
    expect(halfBlocks(same, "24bit")).toBe(
      "\u001b[38;2;255;255;255;48;2;255;255;255m\u2580\u2580\u001b[0m\n",
    );
    expect(halfBlocks(picture, "256")).toBe(
      "\u001b[38;5;196;48;5;196m\u2580\u001b[38;5;16;48;5;231m\u2580\u001b[0m\n",
    );
    expect(halfBlocks(picture, "16")).toBe("\u001b[91;101m\u2580\u001b[30;107m\u2580\u001b[0m\n");
    expect(halfBlocks(picture, "none")).toBe("-=\n");
  });

  test("for kitty comes in chunks of 4096", () => {
    const png = new Uint8Array(5000).fill(1);
    const text = kitty(png, 40);
    const chunks = text
      .split("\u001b_G")
      .slice(1)
      .map((chunk) => chunk.split("\u001b\\")[0]!.split(";") as [control: string, data: string]);
    expect(chunks.map(([control]) => control)).toEqual(["a=T,f=100,q=2,c=40,m=1", "m=0"]);
    expect(chunks[0]![1].length).toBe(4096);
    expect(Buffer.from(chunks.map(([, data]) => data).join(""), "base64").equals(Buffer.from(png))).toBe(
      true,
    );
  });

  test("for iTerm2 is one inline file", () => {
    expect(iterm(Uint8Array.of(1, 2, 3), 40)).toBe(
      "\u001b]1337;File=inline=1;size=3;width=40;preserveAspectRatio=1:AQID\u0007\n",
    );
  });

  test("in sixels has one pass for each color", () => {
    expect(sixel(picture)).toBe(
      '\u001bP0;1q"1;1;2;2#0;2;100;0;0#1;2;0;0;0#2;2;100;100;100#0B?$#1?@$#2?A-\u001b\\\n',
    );
    expect(sixel({ width: 1, height: 1, rgb: Uint8Array.of(0, 0, 0) }, 6)).toContain("#0!6~-");
  });

  test("in sixels of too many colors has 256 at most", () => {
    const rgb = Uint8Array.from({ length: 3 * 1000 }, (_, i) => (i * 37) % 256);
    const colors = new Set(sixel({ width: 100, height: 10, rgb }).match(/#\d+;2;/g));
    expect(colors.size).toBeLessThanOrEqual(256);
    expect(colors.size).toBeGreaterThan(8);
  });
});

/** A picture of as many colors as the terminal has, no size a multiple of six. */
const gradient: Picture = {
  width: 37,
  height: 23,
  rgb: Uint8Array.from({ length: 3 * 37 * 23 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 37, Math.floor(i / 111)];
    return [(x >> 2) * 25, (y >> 2) * 40, ((x + y) & 1) * 200][i % 3]!;
  }),
};

/** Red, green, blue of each pixel of sixels, read as DEC's manual says: six pixels a character, the lowest bit on top. */
function pixelsOf(text: string): { width: number; height: number; rgb: number[] } {
  const [start, end] = ['\u001bP0;1q"1;1;', "-\u001b\\\n"];
  expect([text.startsWith(start), text.endsWith(end)]).toEqual([true, true]);
  const [, wide, high, body] = /^(\d+);(\d+)(.*)$/.exec(text.slice(start.length, -end.length))!;
  const [width, height] = [Number(wide), Number(high)];
  const rgb = new Array<number>(3 * width * height).fill(Number.NaN);
  const colors = new Map<string, number[]>();
  let [x, top, color] = [0, 0, [0, 0, 0]];
  for (const [token] of body!.matchAll(/#\d+(?:;\d+){4}|#\d+|!\d+[?-~]|[?-~]|\$|-/g)) {
    const [index, kind, ...percent] = token.slice(1).split(";");
    if (token === "$") x = 0;
    else if (token === "-") [x, top] = [0, top + 6];
    else if (kind !== undefined)
      colors.set(
        index!,
        percent.map((part) => Math.round(Number(part) * 2.55)),
      );
    else if (token.startsWith("#")) color = colors.get(index!)!;
    else {
      const bits = token.charCodeAt(token.length - 1) - 63;
      const end = x + Number(/^!(\d+)/.exec(token)?.[1] ?? 1);
      for (; x < end; x++)
        for (let dy = 0; dy < 6; dy++)
          if (bits & (1 << dy)) for (let c = 0; c < 3; c++) rgb[3 * ((top + dy) * width + x) + c] = color[c]!;
    }
  }
  return { width, height, rgb };
}

/** The largest difference of two pictures, the second one as it is or each of its pixels `scale` times as large. */
function difference(one: ArrayLike<number>, { width, height, rgb }: Picture, scale = 1): number {
  expect(one.length).toBe(3 * width * scale * height * scale);
  let most = 0;
  for (let i = 0; i < one.length; i++) {
    const [x, y] = [Math.floor(i / 3) % (width * scale), Math.floor(i / 3 / (width * scale))];
    const from = 3 * (Math.floor(y / scale) * width + Math.floor(x / scale)) + (i % 3);
    const off = Math.abs(one[i]! - rgb[from]!);
    most = Number.isNaN(off) ? Number.NaN : Math.max(most, off);
  }
  return most;
}

describe("a terminal shows the pixels of the picture", () => {
  test.each([1, 4])("in sixels, to one step of a hundred: %d times as large", (scale) => {
    const { width, height, rgb } = pixelsOf(sixel(gradient, scale));
    expect([width, height]).toEqual([37 * scale, 23 * scale]);
    expect(difference(rgb, gradient, scale)).toBeLessThanOrEqual(2);
  });

  test("by kitty's and iTerm2's protocols, exactly", async () => {
    const png = await encodePng(gradient);
    const chunks = kitty(png, 40)
      .split("\u001b_G")
      .slice(1)
      .map((chunk) => chunk.split("\u001b\\")[0]!.split(";")[1]);
    const file = iterm(png, 40).split(":").at(-1)!.split("\u0007")[0]!;
    for (const base64 of [chunks.join(""), file])
      expect(difference(decode(Buffer.from(base64, "base64")).data as Uint8Array, gradient)).toBe(0);
  });
});

/** A terminal of 80 x 24 characters, with the answers it gives, one after the other. */
function terminal(...answers: string[]) {
  const seen: string[] = [];
  const keyboard = Object.assign(new EventEmitter(), {
    setRawMode: (raw: boolean) => seen.push(raw ? "raw" : "cooked"),
    resume: () => seen.push("resume"),
    pause: () => seen.push("pause"),
  });
  const screen = {
    columns: 80,
    rows: 24,
    write(text: string) {
      seen.push(text);
      for (const answer of answers) setImmediate(() => keyboard.emit("data", Buffer.from(answer)));
    },
  };
  return { keyboard, screen, seen };
}

describe("the pixels of a character are asked of the terminal", () => {
  test.each([
    ["its character", ["\u001b[6;36;18t\u001b[4;864;1440t\u001b[?62;4c"], { width: 18, height: 36 }],
    ["its text area", ["\u001b[4;480;8", "00t\u001b[?1;2c"], { width: 10, height: 20 }],
    ["nothing of that", ["\u001b[?62c"], { width: 8, height: 16 }],
    ["sizes that cannot be", ["\u001b[6;0;0t\u001b[4;99999;99999t\u001b[?62c"], { width: 8, height: 16 }],
    ["nothing at all", [], { width: 8, height: 16 }],
  ])("that tells %s", async (_, answers, expected) => {
    const { keyboard, screen, seen } = terminal(...answers);
    expect(await askCell(keyboard, screen, () => expect.unreachable())).toEqual(expected);
    expect(seen).toEqual(["raw", "resume", "\u001b[16t\u001b[14t\u001b[c", "pause", "cooked"]);
    expect(keyboard.listenerCount("data")).toBe(0);
  });

  test("and Ctrl-C interrupts all the same", async () => {
    let interrupted = 0;
    const { keyboard, screen } = terminal("\u0003");
    await askCell(keyboard, screen, () => interrupted++);
    expect(interrupted).toBe(1);
  });
});

test("a preview by pixels is as fine as the characters of the terminal", async () => {
  const cwd = workFolder("cli-graphics");
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
  const args = ["preview", "hst.fits", "--width", "40", "--graphics", "iterm"];
  const { text, stderr } = await fitslice(args, { cwd });
  rmSync(cwd, { recursive: true, force: true });
  const { width, height } = decode(Buffer.from(text.split(":").at(-1)!.split("\u0007")[0]!, "base64"));
  expect([width, height]).toEqual([200, 150]);
  expect(stderr).toContain("each pixel the mean of 2 columns and 2 of 2 rows");
});
