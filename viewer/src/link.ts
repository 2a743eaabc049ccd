/** The state of a view as the hash of a link, `#src=...&hdu=1&c=99.5,99.5&z=2`, and back, to the last digit. */
import { FitsError, type HduSelector } from "fitslice";
import { firstState, soundParts, type ViewState, type WantedState } from "./state.js";

export interface Link {
  readonly src?: string | undefined;
  readonly state: WantedState;
  /** What of the link cannot be followed, in one line; the rest is in `src` and `state`. */
  readonly refused?: FitsError | undefined;
}

/** Most characters of a link that are looked at. */
const longest = 65_536;

type Writer<T> = (value: T) => string;
type Reader = (text: string) => unknown;

const text: readonly [Writer<unknown>, Reader] = [String, (given) => given];
const flag: readonly [Writer<unknown>, Reader] = [
  (value) => (value ? "1" : "0"),
  (given) => ({ "0": false, "1": true })[given] ?? given,
];
const number: readonly [Writer<unknown>, Reader] = [written, parsed];
const numbers: readonly [Writer<unknown>, Reader] = [
  (value) => (value as readonly number[]).map(written).join(","),
  (given) => (given === "" ? [] : given.split(",", 1001).map(parsed)),
];

/** Keys of a link, in their order; a repeated `region` is a list. */
const keys: Readonly<Record<string, readonly [keyof ViewState, Writer<never>, Reader]>> = {
  hdu: ["hdu", String, hduOf],
  plane: ["plane", ...numbers],
  c: ["center", ...numbers],
  z: ["zoom", ...number],
  s: ["stretch", ...text],
  lim: ["limits", ...text],
  vmin: ["vmin", ...number],
  vmax: ["vmax", ...number],
  cmap: ["colormap", ...text],
  inv: ["invert", ...flag],
  frame: ["frame", ...text],
  grid: ["grid", ...flag],
  compass: ["compass", ...flag],
  bar: ["scaleBar", ...flag],
};

/** -0 is a number of its own. */
function written(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function parsed(given: string): unknown {
  const value = given.trim() === "" || /^[+-]?0[xbo]/i.test(given.trim()) ? Number.NaN : Number(given);
  return Number.isNaN(value) ? given : value;
}

/** `2`, `SCI`, `SCI,2`. */
function hduOf(given: string): HduSelector {
  if (/^-?\d+$/.test(given)) return Number(given);
  const [, name, version] = /^(.*),(\d+)$/s.exec(given) ?? [];
  return name === undefined ? given : [name, Number(version)];
}

/** The hash of a link. What is as at first is left out; the middle never is. */
export function linkOf(src: string | undefined, state: ViewState): string {
  const parts = src === undefined ? [] : [`src=${encoded(src)}`];
  for (const [key, [name, write]] of Object.entries(keys)) {
    const value = state[name];
    const isFirst = String(value) === String(firstState[name]) && !Object.is(value, -0);
    if (value === undefined || (isFirst && name !== "center")) continue;
    parts.push(`${key}=${encoded(write(value as never))}`);
  }
  for (const region of state.regions) parts.push(`region=${encoded(region)}`);
  return `#${parts.join("&")}`;
}

/** Reads the hash of a link; keys of others are passed over. */
export function parseLink(hash: string): Link {
  if (hash.length > longest)
    return refusing({ state: {} }, [`the link has more than ${longest} characters; shorten its regions`]);
  let src: string | undefined;
  const state: Partial<Record<keyof ViewState, unknown>> = {};
  const regions: string[] = [];
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    const key = at < 0 ? part : part.slice(0, at);
    const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (at < 0 || !(known || key === "src" || key === "region")) continue;
    const value = decoded(part.slice(at + 1));
    if (value === undefined) wrong.push(`"${key}" is not percent-encoded as UTF-8`);
    else if (key === "region") regions.push(value);
    else if (seen.has(key)) wrong.push(`it says "${key}" twice; leave one`);
    else if (known) state[known[0]] = known[2](value);
    else src = value;
    seen.add(key);
  }
  if (regions.length > 0) state.regions = regions;
  const sound = soundParts(state as WantedState, wrong);
  return refusing({ ...(src ? { src } : {}), state: sound }, wrong);
}

/** Most lines that are told of one link. */
const mostTold = 5;

function refusing(link: Link, wrong: readonly string[]): Link {
  if (wrong.length === 0) return link;
  const more = wrong.length > mostTold ? `; and ${wrong.length - mostTold} more` : "";
  const told = `${wrong.slice(0, mostTold).join("; ")}${more}`;
  return { ...link, refused: new FitsError("BAD_ARGUMENT", `the link cannot be followed in all: ${told}`) };
}

/** Percent-encoded, but for what a hash may hold and people read. */
function encoded(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, "\ufffd")).replace(
    /%(2F|3A|2C|40|3B)/g,
    decodeURIComponent,
  );
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
