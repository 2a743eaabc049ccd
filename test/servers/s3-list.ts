/**
 * ListObjectsV2 as S3 answers it, written from its description: prefix, delimiter, pages, continuation, encoding of keys.
 */
import { asFile, type Content } from "./content.js";
import type { Reply } from "./range-server.js";

/** Keys of a page where nobody asks for fewer. */
const mostKeys = 1000;

/** Answers for a bucket of these objects, which are sorted once. */
export function lister(
  name: string,
  objects: Readonly<Record<string, Content>>,
  pageKeys: number = mostKeys,
): (query: URLSearchParams) => Reply {
  const keys = Object.keys(objects).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return (query) => {
    const prefix = query.get("prefix") ?? "";
    const delimiter = query.get("delimiter") ?? "";
    const most = Math.min(pageKeys, Number(query.get("max-keys") ?? mostKeys));
    const token = query.get("continuation-token");
    const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64").toString();
    const isEncoded = query.get("encoding-type") === "url";
    const text = (key: string): string =>
      isEncoded ? encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/") : escaped(key);
    const files: string[] = [];
    const folders: string[] = [];
    let last = "";
    let count = 0;
    let isTruncated = false;
    const isFirst = after < prefix;
    for (let i = firstBehind(keys, isFirst ? prefix : after, isFirst); i < keys.length; i++) {
      const key = keys[i]!;
      if (!key.startsWith(prefix)) {
        if (key > prefix) break;
        continue;
      }
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      const folder = end < 0 ? undefined : key.slice(0, end + delimiter.length);
      if (folder !== undefined && (folder === folders.at(-1) || after.startsWith(folder))) {
        last = key;
        continue;
      }
      if (count === most) {
        isTruncated = true;
        break;
      }
      count++;
      last = key;
      if (folder !== undefined) folders.push(folder);
      else files.push(key);
    }
    const body = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
      `<Name>${name}</Name><Prefix>${text(prefix)}</Prefix><KeyCount>${count}</KeyCount>`,
      `<IsTruncated>${isTruncated}</IsTruncated>${isEncoded ? "<EncodingType>url</EncodingType>" : ""}`,
      isTruncated
        ? `<NextContinuationToken>${Buffer.from(last).toString("base64")}</NextContinuationToken>`
        : "",
      ...files.map((key) => {
        const content = objects[key]!;
        const size = "redirect" in content ? 0 : asFile(content).size;
        return `<Contents><Key>${text(key)}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;x&quot;</ETag><Size>${size}</Size></Contents>`;
      }),
      ...folders.map((folder) => `<CommonPrefixes><Prefix>${text(folder)}</Prefix></CommonPrefixes>`),
      "</ListBucketResult>",
    ];
    return { status: 200, headers: { "content-type": "application/xml" }, body: body.join("\n") };
  };
}

/** The first key behind another, or at it. */
function firstBehind(keys: readonly string[], key: string, at: boolean): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = Buffer.compare(Buffer.from(keys[middle]!), Buffer.from(key));
    if (order < 0 || (order === 0 && !at)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
