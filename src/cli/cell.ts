/**
 * How many pixels a character of the terminal has: asked of the terminal, by xterm's reports.
 */

/** Pixels of a character. */
export interface Cell {
  readonly width: number;
  readonly height: number;
}

/** Of terminals that do not say: nearly all make characters about twice as high as wide. */
export const usualCell: Cell = { width: 8, height: 16 };

/** What is asked: the size of a character, that of the text area, and who the terminal is, which all terminals answer. */
const question = "\u001b[16t\u001b[14t\u001b[c";
/** Milliseconds until a terminal that says nothing is given up: more than a round trip by ssh. */
const patience = 400;
/** Larger characters are no answer. */
const mostPixels = 256;

/** The keyboard of a terminal, of which answers come. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown;
  on(event: "data", take: (bytes: Uint8Array) => void): unknown;
  off(event: "data", take: (bytes: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** The screen of a terminal. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/**
 * Asks a terminal for the size of its characters. Waits for the answer, but not for long; the usual size where there is
 * none. `interrupt` is called where Ctrl-C is pressed meanwhile: the answer is read in raw mode, where that is a character.
 */
export async function askCell(keyboard: Keyboard, screen: Screen, interrupt: () => void): Promise<Cell> {
  let answer = "";
  keyboard.setRawMode(true);
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, patience);
      function finish(): void {
        clearTimeout(timer);
        keyboard.off("data", take);
        resolve();
      }
      function take(bytes: Uint8Array): void {
        answer = (answer + Buffer.from(bytes).toString("latin1")).slice(-1024);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: reports begin with the escape character
        if (/\u001b\[\?[\d;]*c|\u0003/.test(answer)) finish();
      }
      keyboard.on("data", take);
      keyboard.resume();
      screen.write(question);
    });
  } finally {
    keyboard.pause();
    keyboard.setRawMode(false);
  }
  if (answer.includes("\u0003")) interrupt();
  return cellIn(answer, screen) ?? usualCell;
}

/** The size that reports tell: of a character, or of the text area shared out among its characters. */
function cellIn(answer: string, { columns, rows }: Pick<Screen, "columns" | "rows">): Cell | undefined {
  const report = (kind: number): [height: number, width: number] | undefined => {
    const found = new RegExp(`\\u001b\\[${kind};(\\d{1,6});(\\d{1,6})t`).exec(answer);
    return found ? [Number(found[1]), Number(found[2])] : undefined;
  };
  const area = report(4);
  const shared = area && ([area[0] / rows, area[1] / columns] as const);
  for (const size of [report(6), shared]) {
    const [height, width] = (size ?? []).map(Math.floor);
    if (height && width && height <= mostPixels && width <= mostPixels) return { width, height };
  }
  return undefined;
}
