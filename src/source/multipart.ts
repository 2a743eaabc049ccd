/**
 * Many ranges of an object in one request over HTTP: scattered rows without the gaps between them. Servers of files
 * (nginx, Apache) answer so, stores do not, and many ignore it. What an origin does is learned from one request, sent
 * alone; an origin that does anything else is not asked again.
 */
import type { Failed } from "./http-errors.js";
import { type HttpObject, partOf, type Read } from "./http-response.js";
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
      // Loaded with the first answer, not before the first question is sent.
      readAnswer: async (answer) =>
        (await import("./multipart-answer.js")).readMany(answer, question, parts, (i, bytes) => {
          question.got[lacking[i]!] = bytes;
        }),
    },
  };
}
