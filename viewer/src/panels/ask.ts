/** Asks before much is moved: what a read costs, and a button that lets the read begin. */
import type { Fits, Plan } from "fitslice";
import { html, type TemplateResult } from "lit";
import { bytesText } from "../text.js";

/** Most bytes that a panel reads without asking. */
export const freeBytes = 64e6;

export interface Price {
  readonly bytes: number;
  readonly requests: number;
  /** Whether the bytes that come tell what else is read. */
  readonly more: boolean;
}

/** What these plans read together, without what is held already. Reads nothing. */
export async function priceOf(fits: Fits, plans: readonly Plan<unknown>[]): Promise<Price> {
  let price: Price = { bytes: 0, requests: 0, more: false };
  for (const plan of plans) {
    const { bytes, requests, more } = await fits.explain(plan);
    price = {
      bytes: price.bytes + bytes,
      requests: price.requests + requests.length,
      more: price.more || more,
    };
  }
  return price;
}

/** One question at a time: the next one takes the place of the one before, which is answered with no. */
export class Ask {
  readonly #draw: () => void;
  #asked: { readonly what: string; readonly price: Price; answer(yes: boolean): void } | undefined;

  /** @param draw has the template drawn again */
  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Whether the plans may be read: at once where they are cheap, else when the user has answered. */
  async allows(
    what: string,
    fits: Fits,
    plans: readonly Plan<unknown>[],
    signal: AbortSignal,
  ): Promise<boolean> {
    this.#asked?.answer(false);
    const price = await priceOf(fits, plans);
    if (signal.aborted) return false;
    if (price.bytes <= freeBytes) return true;
    return new Promise((resolve) => {
      const answer = (yes: boolean): void => {
        signal.removeEventListener("abort", refuse);
        this.#asked = undefined;
        this.#draw();
        resolve(yes);
      };
      const refuse = (): void => answer(false);
      signal.addEventListener("abort", refuse);
      this.#asked = { what, price, answer };
      this.#draw();
    });
  }

  /** Whether a question waits for its answer. */
  get isAsking(): boolean {
    return this.#asked !== undefined;
  }

  /** The question, where there is one. */
  template(): TemplateResult | undefined {
    if (!this.#asked) return undefined;
    const { what, price, answer } = this.#asked;
    return html`<div class="controls ask" role="alert">
      <span>${what}: ${priceText(price)}</span>
      <button class="strong" @click=${() => answer(true)}>Read</button>
      <button class="plain-border" @click=${() => answer(false)}>Leave</button>
    </div>`;
  }
}

/** `120 MB in 340 requests`. */
export function priceText({ bytes, requests, more }: Price): string {
  return `${more ? "at least " : ""}${bytesText(bytes)} in ${requests} request${requests === 1 ? "" : "s"}`;
}
