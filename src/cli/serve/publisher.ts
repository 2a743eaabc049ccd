/**
 * Dataset identifiers of a publisher: `ivo://authority/resource?path` (IVOA Identifiers 2.0, section 4).
 */
import { InvalidArgumentError } from "commander";

const ivoid = /^ivo:\/\/[a-z0-9][\w.-]{2,}(\/[\w.~!$'()*+,;=-]+)*$/i;

/** The part before the question mark, as the option `--publisher` has it. */
export function publisherIn(text: string): string {
  if (ivoid.test(text)) return text;
  throw new InvalidArgumentError("It must be like ivo://archive.example/cutouts.");
}

/** The path that an identifier of this publisher names; undefined for any other ID. Only what follows `?` tells capitals apart. */
export function pathOfDid(id: string, publisher: string): string | undefined {
  const isOwn = id.slice(0, publisher.length + 1).toLowerCase() === `${publisher.toLowerCase()}?`;
  if (!isOwn) return undefined;
  try {
    return decodeURIComponent(id.slice(publisher.length + 1));
  } catch {
    return undefined;
  }
}
