/**
 * Whether files are still those that references were made of: readers of references do not look, and some take what they cannot
 * read for zeros.
 */
import { checkFunction, checkMembers, checkText } from "../argument.js";
import { FitsError } from "../errors.js";
import type { ByteSource } from "../source/source.js";

/** What references say of one file. */
interface Described {
  readonly url: string;
  readonly etag: string | undefined;
  readonly size: number | undefined;
  /** The last byte that references point at, and one more. */
  readonly end: number;
}

/**
 * Looks at each file that references point into: its size, and its ETag where the references have one. Throws SOURCE_CHANGED
 * for a file that is another one by now, TRUNCATED for one that ends before its references do, BAD_ARGUMENT for what is no file
 * of references that `references` has made; and what `look` throws.
 *
 * @param text the references, as JSON
 * @param look opens a file by its address; it is closed here
 * @returns the addresses of the files, all of them unchanged
 */
export async function checkReferences(
  text: string,
  look: (url: string) => Promise<ByteSource>,
): Promise<string[]> {
  checkText(text, "the text of references");
  checkFunction(look, "look");
  const files = described(text);
  for (const { url, etag, size, end } of files) {
    const source = await look(url);
    checkMembers(source, ["getRange"], "the answer of look", "a source, as resolveSource gives it");
    try {
      // A remote file tells its size and its version with its first bytes.
      const first = await source.getRange({ offset: 0, length: 1 });
      const now = source.size ?? (first.length === 0 ? 0 : undefined);
      if (now !== undefined && now < end)
        throw new FitsError(
          "TRUNCATED",
          `${source.href}: the file ends at byte ${now}, its references need byte ${end}`,
        );
      const isOther =
        (size !== undefined && now !== undefined && size !== now) ||
        (etag !== undefined && source.tag !== undefined && etag !== source.tag);
      if (isOther)
        throw new FitsError(
          "SOURCE_CHANGED",
          `${source.href}: the file has changed; make its references again`,
        );
    } finally {
      await source.close?.();
    }
  }
  return files.map(({ url }) => url);
}

type Fields = Readonly<Record<string, unknown>>;

function described(text: string): Described[] {
  const { version, templates, refs } = fieldsOf(parsed(text));
  if (version !== 1) throw notOurs();
  const ends = new Map<string, number>();
  const keys = fieldsOf(refs);
  for (const ref of Object.values(keys)) {
    if (!Array.isArray(ref)) continue;
    const [name, offset, length] = ref as unknown[];
    if (typeof name !== "string" || typeof offset !== "number" || typeof length !== "number") throw notOurs();
    ends.set(name, Math.max(ends.get(name) ?? 0, offset + length));
  }
  const root = attributesOf(keys);
  const all = Array.isArray(root["fits_sources"]) ? root["fits_sources"].map(fieldsOf) : [root];
  return Object.entries(fieldsOf(templates)).map(([name, url], i) => {
    const { fits_etag: etag, fits_size: size } = all[i] ?? {};
    if (typeof url !== "string") throw notOurs();
    return {
      url,
      etag: typeof etag === "string" ? etag : undefined,
      size: typeof size === "number" ? size : undefined,
      end: ends.get(`{{${name}}}`) ?? 0,
    };
  });
}

/** Attributes of the root, of either version. */
function attributesOf(refs: Fields): Fields {
  const [v2, v3] = [refs[".zattrs"], refs["zarr.json"]];
  if (typeof v2 === "string") return fieldsOf(parsed(v2));
  if (typeof v3 === "string") return fieldsOf(fieldsOf(parsed(v3))["attributes"]);
  throw notOurs();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notOurs(cause);
  }
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw notOurs();
}

function notOurs(cause?: unknown): FitsError {
  return new FitsError("BAD_ARGUMENT", "this is no file of references made by fitslice zarr", { cause });
}
