/**
 * Many ranges of an object in one request over HTTP: scattered rows without the gaps between them. Servers of files
 * (nginx, Apache) answer so, stores do not, and many ignore it. What an origin does is learned from one request, sent
 * alone; an origin that does anything else is not asked again.
 */
import { boundaryOf, Malformed, partReader } from "./byteranges.js";
import type { Failed } from "./http-errors.js";
import {
  type Answer,
  agreed,
  type ContentRange,
  contentRange,
  encodingOf,
  type HttpObject,
  type Outcome,
  partOf,
  type Read,
  readRefusal,
} from "./http-response.js";
import { type Collected, collectParts } from "./part-collector.js";
import { pause, pauseBefore } from "./retry.js";
import type { ByteRange, GetRangeOptions, Lifetime, ManyRanges } from "./source.js";

/** Apache takes 200 ranges (MaxRanges), and refuses a header of more than 8190 bytes, nginx one of more than 8 KiB. */
const most = 200;
const longestHeader = 6000;
/** Boundary, Content-Type and Content-Range: 90 to 130 bytes. */
const overhead = 120;

/** What is known of an origin. */
interface Origin {
  /** It has answered with many parts. */
  answers: boolean;
  /** It has answered otherwise. */
  refuses: boolean;
  /** While the first question is under way: settles when its answer has told what the origin does. */
  trial?: Promise<void> | undefined;
}

/** By scheme, host and port; of the thousand that were asked last. */
export const origins: Map<string, Origin> = new Map();
const mostOrigins = 1000;

function originOf(url: string): Origin {
  const { origin } = new URL(url);
  let known = origins.get(origin);
  if (!known) origins.set(origin, (known = { answers: false, refuses: false }));
  for (const oldest of origins.keys()) {
    if (origins.size <= mostOrigins) break;
    origins.delete(oldest);
  }
  return known;
}

/** Hosts and servers that send one range, whatever they are asked; and servers that send many, unless told not to. */
const storeHost =
  /(^|\.)(amazonaws\.com(\.cn)?|cloudfront\.net|(storage|www)\.googleapis\.com|core\.windows\.net)$/;
const storeServer = /^(AmazonS3|UploadServer|gws|Windows-Azure|CloudFront|MinIO|Ceph|cloudflare)/i;
const fileServer = /nginx|openresty|apache|lighttpd|caddy|litespeed|microsoft-iis|jetty/i;

/** How likely an object's server answers with many parts, before it was asked. */
function oddsOf({ access, target, head = {} }: HttpObject): number {
  const { server = "" } = head;
  const isStore = storeHost.test(new URL(target?.url ?? access.url).hostname);
  if (isStore || storeServer.test(server) || head["x-amz-request-id"] || head["accept-ranges"] === "none")
    return 0;
  return fileServer.test(server) ? 0.9 : 0.3;
}

/** The source whose object it is, as far as it is needed here. */
export interface ManySource {
  readonly object: HttpObject;
  readonly life: Lifetime;
  readonly retries: number;
  /** One try, redirects included. */
  follow(read: Read): Promise<Failed | undefined>;
}

/** How `source` is asked for many ranges. */
export function manyRanges(source: ManySource): ManyRanges {
  const { object, life } = source;
  const origin = (): Origin => originOf(object.target?.url ?? object.access.url);
  return {
    ...{ most, longestHeader, overhead },
    get odds() {
      const { answers, refuses } = origin();
      if (object.whole || refuses) return 0;
      return answers ? 1 : oddsOf(object);
    },
    async getRanges(ranges, options = {}) {
      for (const range of ranges) life.check(range, options.signal);
      const known = origin();
      while (known.trial) await life.during(known.trial, options.signal);
      const { whole } = object;
      if (whole)
        return ranges.map(({ offset, length }) => partOf(whole, { offset, end: offset + length, options }));
      const decided = known.answers || known.refuses ? () => {} : startTrial(known);
      const question: Question = {
        ...source,
        known,
        ranges,
        options,
        decided,
        got: ranges.map(() => undefined),
      };
      try {
        await ask(question);
      } finally {
        decided();
      }
      return question.got;
    },
  };
}

/** Others wait until the function that this answers with is called. */
function startTrial(known: Origin): () => void {
  let decided = (): void => {};
  known.trial = new Promise((resolve) => {
    decided = () => {
      known.trial = undefined;
      resolve();
    };
  });
  return decided;
}

/** The ranges of one call, and what has come of them. */
interface Question extends ManySource {
  readonly known: Origin;
  readonly ranges: readonly ByteRange[];
  readonly options: GetRangeOptions;
  /** Called when it is known what the origin does. */
  readonly decided: () => void;
  readonly got: (Uint8Array | undefined)[];
}

/** Asks for the ranges that are lacking, again where a connection breaks, until there are none or the server refuses. */
async function ask(question: Question): Promise<void> {
  const { known, ranges, got, options, life, follow, retries } = question;
  for (let failures = 0; !known.refuses; failures++) {
    const lacking = ranges.flatMap((_, i) => (got[i] ? [] : [i]));
    if (lacking.length === 0) return;
    const failed = await follow(readOf(question, lacking));
    const came = lacking.some((i) => got[i]);
    if (!failed) return;
    if (!failed.passing) throw failed.error;
    if (came) failures = 0;
    // Perhaps a firewall breaks connections that ask for many ranges.
    else if (!known.answers && failures > 0) known.refuses = true;
    else if (failures >= retries) throw failed.error;
    if (!known.refuses)
      await life.during(pause(pauseBefore(failures, failed.after), options.signal), options.signal);
  }
}

/** One try for the ranges with these numbers. */
function readOf(question: Question, lacking: readonly number[]): Read {
  const { ranges, options } = question;
  const parts = lacking.map((i) => ranges[i]!);
  const [{ offset }] = parts as [ByteRange];
  const list = parts.map((part) => `${part.offset}-${part.offset + part.length - 1}`);
  return {
    ...{ offset, end: offset + parts.reduce((sum, { length }) => sum + length, 0), got: 0 },
    ...{ bytes: new Uint8Array(0), handedOver: false, askSize: false },
    options: { ...options, record: options.record && ((entry) => options.record!({ ...entry, parts })) },
    many: {
      range: `bytes=${list.join(",")}`,
      readAnswer: (answer) =>
        readMany(answer, question, parts, (i, bytes) => (question.got[lacking[i]!] = bytes)),
    },
  };
}

/** Reads an answer; `keep` gets each part that is to be believed. */
async function readMany(
  answer: Answer,
  { known, decided }: Question,
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
