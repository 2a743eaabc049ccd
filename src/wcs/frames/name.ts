/**
 * Celestial frames as people name them.
 */
import { checkMembers, checkText } from "../../argument.js";
import { FitsError } from "../../errors.js";
import { equinoxOf } from "./convert.js";
import type { Frame, FrameName } from "./frame.js";

/** Names in lower case. */
const names: Readonly<Record<string, FrameName>> = {
  icrs: "icrs",
  fk5: "fk5",
  fk4: "fk4",
  "fk4-no-e": "fk4-no-e",
  fk4noe: "fk4-no-e",
  fk4noeterms: "fk4-no-e",
  gal: "galactic",
  galactic: "galactic",
  sgal: "supergalactic",
  supergal: "supergalactic",
  supergalactic: "supergalactic",
  ecl: "ecliptic",
  ecliptic: "ecliptic",
  barycentricmeanecliptic: "ecliptic",
  geocentricmeanecliptic: "ecliptic",
};

/**
 * A frame by name, in any case: `icrs`, `fk5`, `fk4`, `fk4-no-e`, `galactic` (`gal`), `supergalactic`, `ecliptic`, with
 * an equinox where the frame has one: `fk5 J1975`, `fk4(B1975)`, `ecliptic 2000`; or the equinox alone: `J2000` is FK5,
 * `B1950` FK4. Throws BAD_ARGUMENT.
 */
export function parseFrame(text: string): Frame {
  checkText(text, "a frame");
  const frame = frameIn(text);
  if (frame) return frame;
  throw new FitsError(
    "BAD_ARGUMENT",
    `no celestial frame '${clipped(text)}'; there are icrs, fk5, fk4, fk4-no-e, galactic, supergalactic and ecliptic, some with an equinox, such as 'fk5 J1975', and J2000 and B1950`,
  );
}

/** What somebody typed, as messages quote it. */
export function clipped(text: string): string {
  return text.length > 64 ? `${text.slice(0, 60)}...` : text;
}

/** As `parseFrame`, but undefined where the text names no frame. */
export function frameIn(text: string): Frame | undefined {
  const words = /^([a-z][a-z\d_-]*?)?(?:[\s_,(:=/-]*([jb]?)(\d{4}(?:\.\d*)?))?\)?$/.exec(
    text
      .trim()
      .toLowerCase()
      .replace(/^(fk4)[\s_-]*no[\s_-]*e/, "$1noe"),
  );
  if (!words) return undefined;
  const [, word, letter, year] = words;
  const equinox = year === undefined ? undefined : Number(year);
  if (word === undefined || word === "j" || word === "b") return equinoxAlone(word ?? letter ?? "", equinox);
  const name = Object.hasOwn(names, word) ? names[word]! : undefined;
  if (!name) return undefined;
  if (equinox === undefined) return withDefault(name);
  const takes =
    name === "fk4" || name === "fk4-no-e" ? "b" : name === "fk5" || name === "ecliptic" ? "j" : "";
  if (takes === "" || (letter !== "" && letter !== takes)) return undefined;
  return { name, equinox };
}

function equinoxAlone(letter: string, equinox: number | undefined): Frame | undefined {
  if (equinox === undefined || letter === "") return undefined;
  return { name: letter === "j" ? "fk5" : "fk4", equinox };
}

function withDefault(name: FrameName): Frame {
  const takes = name === "fk5" || name === "fk4" || name === "fk4-no-e" || name === "ecliptic";
  return takes ? { name, equinox: equinoxOf({ name }) } : { name };
}

/** A frame in words: `FK5 J2000`, `FK4 B1950`, `ICRS`, `galactic`. */
export function frameLabel(frame: Frame): string {
  checkMembers(frame, ["name"], "a frame", "what parseFrame makes of its name");
  const { name } = frame;
  switch (name) {
    case "icrs":
      return "ICRS";
    case "fk5":
      return `FK5 J${equinoxOf(frame)}`;
    case "fk4":
    case "fk4-no-e":
      return `${name.toUpperCase()} B${equinoxOf(frame)}`;
    case "ecliptic":
      return `ecliptic J${equinoxOf(frame)}`;
    default:
      return name;
  }
}
