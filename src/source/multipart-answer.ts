/** The answer to a question for many ranges: its parts, or why the origin is not asked again. */
import { boundaryOf, Malformed, partReader } from "./byteranges.js";
import {
  type Answer,
  agreed,
  type ContentRange,
  contentRange,
  encodingOf,
  type Outcome,
  readRefusal,
} from "./http-response.js";
import { type Collected, collectParts } from "./part-collector.js";
import type { ByteRange } from "./source.js";

/** What is learned of the origin from an answer. */
interface Lesson {
  readonly known: { answers: boolean; refuses: boolean };
  /** Called when it is known what the origin does. */
  readonly decided: () => void;
}

/** Reads an answer; `keep` gets each part that is to be believed. */
export async function readMany(
  answer: Answer,
  { known, decided }: Lesson,
  parts: readonly ByteRange[],
  keep: (i: number, bytes: Uint8Array) => void,
): Promise<Outcome | undefined> {
  const { object, entry, response } = answer;
  const { status, headers } = response;
  const refuse = (why: string): undefined => {
    known.refuses = true;
    entry.failure = `asked for ${parts.length} ranges at once, the server ${why}`;
  };
  if (status === 200 || status === 416) return refuse(`answered with status ${status}`);
  if (status !== 206) {
    const outcome = await readRefusal(answer);
    // Single ranges tell what is wrong, unless nothing is. Redirects may lead to better places, or be asked for again.
    if (!outcome || "redirect" in outcome || answer.at.redirected) return outcome;
    const isOther = known.answers && [401, 403, 404, 410].includes(status);
    if ("refused" in outcome)
      return outcome.again || isOther ? outcome : refuse(`answered with status ${status}`);
    return known.answers || status === 503 || status === 429
      ? outcome
      : refuse(`answered with status ${status}`);
  }
  if (encodingOf(response) !== "identity") return refuse("compressed its answer");
  const boundary = boundaryOf(headers["content-type"]);
  const single = boundary === undefined ? contentRange(headers["content-range"]) : undefined;
  if (boundary === undefined && !single) return refuse("sent neither parts nor a range");
  const collected = collectParts(answer, parts);
  try {
    if (boundary !== undefined)
      await readParts(answer, boundary, collected, () => {
        known.answers = true;
        decided();
      });
    else await readSingle(answer, single!, collected);
  } catch (error) {
    if (error instanceof Malformed) return refuse(`sent ${error.message}`);
    throw error;
  } finally {
    const { size } = collected;
    if (collected.got.length > 0) {
      object.version = agreed(answer, size); // another answer may have come meanwhile
      object.rangesWork = true;
      for (const [i, bytes] of collected.got) keep(i, bytes);
    }
  }
  if (boundary === undefined && parts.length > 1) return refuse("sent one");
  if (new Set(collected.got.map(([i]) => i)).size < parts.length) return refuse("left some out");
  return undefined;
}

async function readParts(
  { readBody }: Answer,
  boundary: string,
  collected: Collected,
  works: () => void,
): Promise<void> {
  const reader = partReader(boundary, {
    ...collected,
    end() {
      collected.end();
      works();
    },
  });
  await readBody(reader.push);
  if (!reader.ended) throw new Malformed("a body that ends before its last part does");
}

/** A server may make one range of many, or send the first one. */
async function readSingle({ readBody }: Answer, told: ContentRange, collected: Collected): Promise<void> {
  if (!collected.begin(told)) throw new Malformed("a range that was not asked for");
  let lacking = told.end - told.start;
  await readBody((chunk) => {
    lacking -= chunk.length;
    if (lacking < 0) throw new Malformed("more bytes than it said");
    collected.take(chunk);
  });
  if (lacking > 0) throw new Malformed("fewer bytes than it said");
  collected.end();
}
