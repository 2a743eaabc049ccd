/**
 * What a WCS is, in words and numbers: for people as lines, for programs as plain data.
 */
import type { Header } from "fitslice";
import {
  type Celestial,
  footprint,
  formatPosition,
  frameLabel,
  orientationAt,
  type SkyPoint,
  type Wcs,
} from "fitslice/wcs";
import { alignColumns, printable } from "./output.js";

/** A point with the pixel that it is about; pixels are 1-based. */
interface Place {
  readonly pixel: readonly [number, number];
  readonly sky: SkyPoint | null;
}

/** Plain data; angles are degrees, pixels FITS's. */
export interface WcsFacts {
  readonly alternate: string;
  readonly name: string;
  readonly axes: readonly {
    readonly ctype: string;
    readonly kind: string;
    readonly unit: string;
    readonly name: string;
  }[];
  readonly projection?: string;
  readonly frame?: Celestial["frame"];
  readonly distortions?: readonly string[];
  readonly reference?: SkyPoint;
  /** Degrees per pixel along x and y, at the center or else the reference point. */
  readonly scale?: readonly [number, number];
  /** Pixels along x and y; absent where the header does not say. */
  readonly shape?: readonly [nx: number, ny: number];
  /** Degrees along x and y, measured at the center. */
  readonly size?: readonly [number, number];
  readonly center?: Place;
  readonly corners?: readonly Place[];
  /** Counterclockwise from +y, degrees. */
  readonly north?: number;
  readonly east?: number;
  readonly asSeen?: boolean;
  readonly warnings: readonly string[];
}

export function factsOf(wcs: Wcs, header: Header): WcsFacts {
  const { alternate, name, axes, celestial, warnings } = wcs;
  const plain = { alternate, name, axes, warnings };
  if (!celestial) return plain;
  const { projection, frame, distortions, reference } = celestial;
  const size = imageSize(header, celestial);
  const [x, y] = size ? [(size[0] - 1) / 2, (size[1] - 1) / 2] : (celestial.toPixel(...reference) ?? [0, 0]);
  const at = orientationAt(celestial, x, y);
  const scale = at?.scale ?? celestial.scale;
  return {
    ...plain,
    projection: projection || "linear",
    frame,
    distortions,
    reference,
    scale,
    ...(size && {
      shape: size,
      size: [size[0] * scale[0], size[1] * scale[1]] as const,
      center: placeOf(celestial, x, y),
      corners: cornersOf(celestial, size),
    }),
    ...(at && { north: at.north, east: at.east, asSeen: at.asSeen }),
  };
}

function placeOf(celestial: Celestial, x: number, y: number): Place {
  return { pixel: [x + 1, y + 1], sky: celestial.toSky(x, y) };
}

function cornersOf(celestial: Celestial, [nx, ny]: readonly [number, number]): Place[] {
  const shape = [...Array(Math.max(...celestial.pixelAxes) - 1).fill(1), ny, nx] as number[];
  const outer = [
    [0.5, 0.5],
    [0.5, ny + 0.5],
    [nx + 0.5, ny + 0.5],
    [nx + 0.5, 0.5],
  ] as const;
  const flat = { ...celestial, pixelAxes: [0, 1] as const };
  const sky = footprint(flat, shape.slice(-2));
  return outer.map((pixel, i) => ({ pixel, sky: sky[i]! }));
}

/** NAXISn of the two celestial axes; undefined where the header has none, or a pixel list's table. */
function imageSize(header: Header, { pixelAxes }: Celestial): [nx: number, ny: number] | undefined {
  if (header.has("TFIELDS") && header.get("ZIMAGE") !== true) return undefined;
  const [nx, ny] = pixelAxes.map((axis) =>
    Number(header.get(`ZNAXIS${axis + 1}`) ?? header.get(`NAXIS${axis + 1}`)),
  );
  return nx! > 0 && ny! > 0 ? [nx!, ny!] : undefined;
}

/** The facts as aligned lines. */
export function summaryLines(facts: WcsFacts): string[] {
  const rows: [string, string][] = [["WCS", wcsTitle(facts)]];
  const { projection, frame, shape, size, center, corners, reference, scale, distortions } = facts;
  if (frame && projection && reference && scale) {
    rows.push(["projection", projection], ["frame", frameLabel(frame)]);
    rows.push(["reference", skyText(reference, frame)]);
    rows.push(["scale", `${scale.map((value) => short(value * 3600)).join(" x ")} arcsec/pixel`]);
    if (shape) rows.push(["pixels", shape.join(" x ")]);
    if (size) rows.push(["size", sizeText(size)]);
    if (center) rows.push(["center", skyText(center.sky, frame)]);
    for (const [i, { pixel, sky }] of (corners ?? []).entries())
      rows.push([i === 0 ? "corners" : "", `${pixel.join(", ")}: ${skyText(sky, frame)}`]);
    if (facts.north !== undefined) rows.push(["orientation", orientationText(facts)]);
    rows.push(["distortions", distortions?.join(", ") || "none"]);
  }
  const others = facts.axes.flatMap(({ ctype, kind, unit, name }, i): [string, string][] => {
    const isSky = frame !== undefined && (kind === "longitude" || kind === "latitude");
    const words = [ctype || "(no CTYPE)", kind, unit && `in ${unit}`, name && `"${name}"`].filter(Boolean);
    return isSky ? [] : [[`axis ${i + 1}`, words.join(", ")]];
  });
  if (!frame) rows.push(["celestial", "no longitude and latitude"]);
  return alignColumns([...rows, ...others].map((row) => row.map(printable)));
}

function wcsTitle({ alternate, name, axes }: WcsFacts): string {
  const which = alternate === " " ? "primary" : alternate;
  const types = axes.map(({ ctype }) => ctype || "-").join(", ");
  return `${which}${name && ` "${name}"`}: ${types || "no axes"}`;
}

function orientationText({ north, east, asSeen }: WcsFacts): string {
  // 359.999 is 0.00, not 360.00.
  const angle = (value: number): string => (Number(value.toFixed(2)) % 360).toFixed(2);
  const turned = `north ${angle(north!)}, east ${angle(east!)} deg, counterclockwise from +y`;
  return `${turned}; ${asSeen ? "east is left of north, as on the sky" : "mirrored: east is right of north"}`;
}

function sizeText(size: readonly [number, number]): string {
  const largest = Math.max(...size);
  const [factor, unit] = largest >= 2 ? [1, "deg"] : largest >= 2 / 60 ? [60, "arcmin"] : [3600, "arcsec"];
  return `${size.map((value) => short(value * factor)).join(" x ")} ${unit}`;
}

/** Five digits, without zeros at the end. */
function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** Degrees, and of equatorial frames hours, minutes and seconds. */
function skyText(point: SkyPoint | null, frame: Celestial["frame"]): string {
  if (!point) return "not on the sky";
  const [lon, lat] = point;
  const degrees = `${lon.toFixed(8)} ${lat.toFixed(8)}`;
  if (!/^(icrs|fk)/.test(frame.name) || Math.abs(lat) > 90) return degrees;
  return `${degrees}   ${formatPosition(point, { style: "colons", frame })}`;
}
