/**
 * Arguments and options of types that TypeScript would refuse: what was given and what is wanted, in one line.
 */
import { FitsError } from "./errors.js";

/**
 * Throws BAD_ARGUMENT for an argument that does not fit: `name must be wanted, not given`. Strings and objects are told by
 * their type alone: an address given in a wrong place may hold secrets.
 */
export function checkArgument(fits: boolean, name: string, wanted: string, given: unknown): void {
  const type = Array.isArray(given) ? "array" : typeof given;
  if (!fits)
    throw new FitsError(
      "BAD_ARGUMENT",
      `${name} must be ${wanted}, not ${given == null || /^[nb]/.test(type) ? String(given) : `this ${type}`}`,
    );
}

/** Throws BAD_ARGUMENT for an option, by its name, that was given and is not right. */
export function checkOptional<T>(
  options: Readonly<Record<string, T | undefined>>,
  wanted: string,
  isRight: (value: T) => boolean,
): void {
  for (const [name, value] of Object.entries(options))
    checkArgument(value === undefined || isRight(value), name, wanted, value);
}

/** Throws BAD_ARGUMENT for an option that is no number, or less than `least`. */
export function checkLeast(options: Readonly<Record<string, number | undefined>>, least: number): void {
  checkOptional(
    options,
    `a number of at least ${least}`,
    (value) => Number.isFinite(value) && value >= least,
  );
}

/** Throws BAD_ARGUMENT for an option that is no integer, or less than `least`. */
export function checkIntegers(options: Readonly<Record<string, number | undefined>>, least: number): void {
  checkOptional(
    options,
    `an integer of at least ${least}`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );
}

/** Throws BAD_ARGUMENT for options that are no object. */
export function checkObject(given: unknown, name = "options", wanted = "an object"): void {
  checkArgument(Object(given) === given, name, wanted, given);
}

export function checkText(given: unknown, name: string): void {
  checkArgument(typeof given === "string", name, "a string", given);
}

export function checkNumber(given: unknown, name: string): void {
  checkArgument(typeof given === "number", name, "a number", given);
}

export function checkFunction(given: unknown, name: string): void {
  checkArgument(typeof given === "function", name, "a function", given);
}

export function checkBytes(given: unknown, name: string): void {
  checkArgument(given instanceof Uint8Array, name, "a Uint8Array", given);
}

/** Throws BAD_ARGUMENT for what is no array of a length, typed or not. */
export function checkValues(given: unknown, name: string): void {
  checkArgument(
    Array.isArray(given) || (ArrayBuffer.isView(given) && "length" in given),
    name,
    "an array",
    given,
  );
}

/** Throws BAD_ARGUMENT for what is no array, or an array with an item that is none: one whose `type` is another. */
export function checkList(
  given: unknown,
  name: string,
  type?: "string" | "number" | "object" | "function",
): void {
  const isItem = (item: unknown): boolean => type === undefined || (item !== null && typeof item === type);
  checkArgument(
    Array.isArray(given) && given.every(isItem),
    name,
    type === undefined ? "an array" : `an array of ${type}s`,
    given,
  );
}

/** Throws BAD_ARGUMENT for what is no header that was read. */
export function checkHeader(given: unknown, name = "a header"): void {
  checkMembers(given, ["cards", "get"], name, "that of an HDU, or of parseHeader");
}

/** Throws BAD_ARGUMENT for an object without one of these members: another thing than `wanted`. */
export function checkMembers(given: unknown, members: readonly string[], name: string, wanted: string): void {
  const holder = Object(given) as object;
  checkArgument(holder === given && members.every((member) => member in holder), name, wanted, given);
}

/** Throws BAD_ARGUMENT for what is no open file. */
export function checkFile(given: unknown, name = "the file"): void {
  checkMembers(given, ["hdu", "hdus"], name, "an open file, as open() gives it");
}

/** Throws BAD_ARGUMENT for what is no image of a file. */
export function checkImage(given: unknown, name = "the image"): void {
  checkMembers(given, ["header", "shape", "bitpix"], name, "an image of an open file");
}

/** Throws BAD_ARGUMENT for what is no table of a file. */
export function checkTable(given: unknown): void {
  checkMembers(given, ["header", "columns", "batches"], "the table", "a table of an open file");
}

/** Throws BAD_ARGUMENT for what is no sky of an image. */
export function checkSky(given: unknown): void {
  checkMembers(given, ["toSky", "frame"], "celestial", "the celestial part of a WCS");
}

/** Throws BAD_ARGUMENT for what no `for await` can go through. */
export function checkStream(given: unknown, name: string): void {
  const isStream = Symbol.asyncIterator in Object(given) || Symbol.iterator in Object(given);
  checkArgument(isStream && typeof given !== "string", name, "a list, or a stream", given);
}
