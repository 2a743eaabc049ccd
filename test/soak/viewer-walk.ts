/** What a user does with a viewer, at random: wheel, drags that glide, keys, jumps, stretches, planes. */
import type { Page } from "../browser/browsers.js";
import type { WalkFile } from "./viewer-files.js";

export const windowSize = { width: 1280, height: 800 } as const;

const stretches = ["linear", "sqrt", "log", "asinh", "histogram"];
const limits = ["zscale", "minmax", "99.5%", "1%,99%"];
const colormaps = ["gray", "viridis", "magma", "inferno"];
const keys = ["+", "-", "0", "1", "i", "ArrowLeft", "ArrowUp", "g"];

/** Where the picture is: the middle of the window, away from controls. */
const left = 250;
const right = 900;
const top = 250;
const bottom = 600;

export interface Walker {
  /** Does something, and says what. */
  step(file: WalkFile): Promise<string>;
}

export function newWalker(page: Page, random: () => number): Walker {
  const among = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const between = (from: number, to: number): number => Math.round(from + random() * (to - from));
  const place = (): [number, number] => [between(left, right), between(top, bottom)];
  const show = (view: object): Promise<void> =>
    page.evaluate((view) => void (document.querySelector("fits-viewer")!.view = view), view);

  const acts: readonly [weight: number, act: (file: WalkFile) => Promise<string>][] = [
    [
      4,
      async () => {
        await page.mouse.move(...place());
        const turns = between(1, 6);
        const deltaY = among([-120, -120, 120]);
        for (let i = 0; i < turns; i++) await page.mouse.wheel({ deltaY });
        return `wheel ${turns} x ${deltaY}`;
      },
    ],
    [
      4,
      async () => {
        const [from, to] = [place(), place()];
        await page.mouse.move(...from);
        await page.mouse.down();
        await page.mouse.move(...to, { steps: between(2, 12) });
        await page.mouse.up();
        return `drag ${from} to ${to}`;
      },
    ],
    [
      2,
      async () => {
        const key = among(keys);
        await page.focus("fits-viewer >>> canvas");
        await page.keyboard.press(key as "g");
        return `key ${key}`;
      },
    ],
    [
      2,
      async ({ width, height }) => {
        const zoom = 2 ** (random() * 8 - 6);
        const center = [between(0, width - 1), between(0, height - 1)];
        await show({ center, zoom });
        return `jump to ${center} at ${zoom.toPrecision(3)}`;
      },
    ],
    [
      1,
      async () => {
        const look = { stretch: among(stretches), limits: among(limits), colormap: among(colormaps) };
        await show(look);
        return JSON.stringify(look);
      },
    ],
    [
      1,
      async ({ planes }) => {
        if (planes === 1) return "nothing";
        const plane = [between(0, planes - 1)];
        await show({ plane });
        return `plane ${plane}`;
      },
    ],
  ];
  const sum = acts.reduce((total, [weight]) => total + weight, 0);

  return {
    async step(file) {
      let left = random() * sum;
      for (const [weight, act] of acts) if ((left -= weight) < 0) return act(file);
      return "nothing";
    },
  };
}
