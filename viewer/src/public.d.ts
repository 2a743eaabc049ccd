/** `fitslice/viewer`: `<fits-viewer src="...">`, a custom element that streams and shows a FITS file. */
import type { HduSelector, ProfileSummary, SourceInput } from "fitslice";

/** What a view shows; attributes of the same names set parts of it. A link (`viewer.link`) restores it. */
export interface FitsViewerView {
  /** Index; where it is set, EXTNAME too, or EXTNAME and EXTVER. */
  readonly hdu?: HduSelector | undefined;
  readonly plane?: readonly number[] | undefined;
  /** 0-based pixel `[x, y]` in the middle. */
  readonly center?: readonly [x: number, y: number] | undefined;
  /** CSS pixels a pixel of the image; 0 fits the image. */
  readonly zoom?: number | undefined;
  readonly stretch?: string | undefined;
  /** `zscale`, `minmax`, `99.5%`, `1%,99%`. */
  readonly limits?: string | undefined;
  readonly vmin?: number | undefined;
  readonly vmax?: number | undefined;
  readonly colormap?: string | undefined;
  readonly invert?: boolean | undefined;
  readonly frame?: string | undefined;
  readonly grid?: boolean | undefined;
  readonly compass?: boolean | undefined;
  readonly scaleBar?: boolean | undefined;
  readonly regions?: readonly string[] | undefined;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface FitsViewerEventMap extends Omit<HTMLElementEventMap, "error"> {
  /** All that is in sight has been drawn once, coarse perhaps. */
  firstlight: CustomEvent<{ seconds: number }>;
  /** Nothing more is read for this view. */
  idle: CustomEvent<{ exact: number; sampled: number; missing: number }>;
  viewchange: CustomEvent<FitsViewerView>;
  error: CustomEvent<Error>;
}

/** Each part of the view is a property, too, and those that are no lists are attributes. */
export interface FitsViewerElement extends HTMLElement, Writable<FitsViewerView> {
  /** An address, a `File`, a `Blob`, bytes, or any other input of `open`. The attribute `src` takes addresses. */
  src: SourceInput | undefined;
  view: FitsViewerView;
  /** Settles when nothing more is read for the view that is shown. */
  readonly idle: Promise<void>;
  /** What has moved since the file was opened. */
  readonly profile: ProfileSummary;
  /**
   * The hash of a link that restores the view, `#src=...`; without `src` where the source has no address. Setting a hash
   * opens its source, where that is another one, and shows its view; one that cannot be followed is an `error`.
   */
  link: string;
  addEventListener<K extends keyof FitsViewerEventMap>(
    type: K,
    listener: (this: FitsViewerElement, event: FitsViewerEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

type Told = "firstlight" | "idle" | "viewchange" | "error";

/** What JSX may set of `<fits-viewer>` beside the attributes of all elements, for the declaration that TypeScript needs of the tag. */
export type FitsViewerProps = Partial<Pick<FitsViewerElement, "src">> &
  FitsViewerView & { readonly [K in Told as `on${K}`]?: (event: FitsViewerEventMap[K]) => void };

/** The class of `<fits-viewer>`, which importing this module registers. */
export declare const FitsViewer: { new (): FitsViewerElement };

declare global {
  interface HTMLElementTagNameMap {
    "fits-viewer": FitsViewerElement;
  }
}
