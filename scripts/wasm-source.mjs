/** What says whether a module was compiled from the source that is there. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** SHA-256 of an AssemblyScript source and of those that it imports, each once, in the order in which they are met. */
export function wasmSourceDigest(path) {
  const texts = new Map();
  read(path, texts);
  const hash = createHash("sha256");
  for (const text of texts.values()) hash.update(text);
  return hash.digest("hex");
}

function read(path, texts) {
  if (texts.has(path)) return;
  const text = readFileSync(path, "utf8");
  texts.set(path, text);
  for (const [, name] of text.matchAll(/ from "(\.[^"]+)";/g)) read(`${join(dirname(path), name)}.ts`, texts);
}
