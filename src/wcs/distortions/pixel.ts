/**
 * The distortion of pixels as a whole: detector corrections first (D2IM), then SIP and lookup tables (CPDIS) side by side.
 */
import type { Distortion } from "./distortion.js";
import { chainOf, distortionOf, type Term } from "./plane-map.js";

/** What is added to a pixel. */
export interface Displacement {
  /** `SIP`, `CPDIS`, `D2IM`. */
  readonly kind: string;
  readonly terms: readonly Term[];
  /** Whether its slopes are smooth: those of lookup tables jump. */
  readonly isSmooth: boolean;
  /** Displacements that nearly are those of the inverse. */
  readonly guess?: readonly Term[] | undefined;
}

export interface PixelDistortion extends Distortion {
  /** Of what the distortion is made, in the order of application. */
  readonly kinds: readonly string[];
}

/**
 * The distortion of the parts of a header; `undefined` where all are absent. SIP and CPDIS are both evaluated at the pixel
 * that D2IM corrected, and their displacements added (astropy's pipeline, which HST's headers are written for; Paper IV
 * knows neither D2IM nor SIP). The inverse is good to 1e-9 pixel.
 */
export function pixelDistortion(parts: {
  readonly d2im?: Displacement | undefined;
  readonly sip?: Displacement | undefined;
  readonly cpdis?: Displacement | undefined;
}): PixelDistortion | undefined {
  const first = [parts.d2im].filter((part) => part !== undefined);
  const second = [parts.sip, parts.cpdis].filter((part) => part !== undefined);
  const kinds = [...first, ...second].map(({ kind }) => kind);
  if (kinds.length === 0) return undefined;
  const stages = [first, second].filter(({ length }) => length > 0).map(stageOf);
  const kind = kinds.join("+");
  return { ...(stages.length === 1 ? stages[0]! : chainOf(kind, stages)), kind, kinds };
}

/** Displacements that are evaluated at the same pixel. */
function stageOf(parts: readonly Displacement[]): Distortion {
  const terms = parts.flatMap((part) => part.terms);
  const guess = parts.flatMap((part) => part.guess ?? []);
  return distortionOf(
    parts.map(({ kind }) => kind).join("+"),
    { displaces: true, terms },
    {
      lastStep: parts.every(({ isSmooth }) => isSmooth) ? 1e-5 : 1e-9,
      guess: guess.length > 0 ? { displaces: true, terms: guess } : undefined,
    },
  );
}
