/**
 * A server with the manners of S3 on loopback: signatures verified, regions, requester pays, S3's errors.
 */
import type { IncomingMessage } from "node:http";
import type { Content } from "./content.js";
import { type RangeServer, type RangeServerOptions, type Reply, startRangeServer } from "./range-server.js";
import { lister } from "./s3-list.js";
import { type Account, verify } from "./sigv4.js";

export type { Account } from "./sigv4.js";

export interface Bucket {
  /** By key, without a slash at its beginning, not percent-encoded. */
  readonly objects: Readonly<Record<string, Content>>;
  /** Readable without a signature. Default false. */
  readonly public?: boolean;
  /** Readable only for those who say that they pay. Default false. */
  readonly requesterPays?: boolean;
  /** Access key ids that may read it. Default: all accounts. */
  readonly readers?: readonly string[];
  /** Keys on a page of a listing. Default 1000. */
  readonly pageKeys?: number;
}

export interface S3ServerOptions extends Omit<RangeServerOptions, "files" | "route" | "missing"> {
  readonly buckets: Readonly<Record<string, Bucket>>;
  readonly accounts?: readonly Account[];
  /** Default "us-east-1". */
  readonly region?: string;
  /** Buckets' hosts end so: `bucket.localhost:PORT` is asked in virtual-host style. Default "localhost". */
  readonly domain?: string;
  /** How a wrong region is told: in the error's XML, in the header x-amz-bucket-region, or not at all. Default "xml". */
  readonly tellRegion?: "xml" | "header" | "not";
}

export interface S3Server extends RangeServer {
  /** Puts an object into a bucket, `undefined` removes it. */
  put(bucket: string, key: string, content: Content | undefined): void;
}

const statuses: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  ExpiredToken: 400,
  InvalidAccessKeyId: 403,
  InvalidRequest: 400,
  InvalidToken: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
};

/** Starts it; `url` is the endpoint. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { buckets, accounts = [], region = "us-east-1", domain = "localhost", tellRegion = "xml" } = options;
  const files = new Map<string, Content>();
  for (const [name, { objects }] of Object.entries(buckets)) {
    for (const [key, content] of Object.entries(objects)) files.set(`/${name}/${key}`, content);
  }

  const listers = new Map<string, ReturnType<typeof lister>>();
  function listing(name: string, { objects, pageKeys }: Bucket, query: string): Reply {
    const known = listers.get(name) ?? lister(name, objects, pageKeys);
    listers.set(name, known);
    return known(new URLSearchParams(query));
  }

  function refusal(code: string, detail = ""): Reply {
    return {
      status: statuses[code] ?? 400,
      headers: { "content-type": "application/xml" },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>no</Message>${detail}</Error>`,
    };
  }

  function wrongRegion(right: string): Reply {
    const reply = refusal(
      "AuthorizationHeaderMalformed",
      tellRegion === "xml" ? `<Region>${right}</Region>` : "",
    );
    if (tellRegion !== "header") return reply;
    return { ...reply, headers: { ...reply.headers, "x-amz-bucket-region": right } };
  }

  function route(request: IncomingMessage, asked: string): { path: string } | Reply {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    const path = host.endsWith(`.${domain}`) ? `/${host.slice(0, -domain.length - 1)}${asked}` : asked;
    const name = path.split("/", 2)[1] ?? "";
    const verdict = verify(request, accounts, region);
    if (verdict && "code" in verdict) {
      return verdict.region !== undefined ? wrongRegion(verdict.region) : refusal(verdict.code);
    }
    const bucket = buckets[name];
    if (!bucket) return refusal("NoSuchBucket");
    if (verdict === undefined && !bucket.public) return refusal("AccessDenied");
    if (verdict && !(bucket.readers ?? [verdict.account.accessKeyId]).includes(verdict.account.accessKeyId)) {
      return refusal("AccessDenied");
    }
    const pays = verdict !== undefined && request.headers["x-amz-request-payer"] === "requester";
    if (bucket.requesterPays && !pays) return refusal("AccessDenied");
    const [, query = ""] = (request.url ?? "").split("?");
    if (path === `/${name}/` && query.includes("list-type=2")) return listing(name, bucket, query);
    return { path };
  }

  const server = await startRangeServer({
    ...options,
    files,
    route,
    missing: (path) => refusal("NoSuchKey", `<Key>${path.split("/").slice(2).join("/")}</Key>`),
  });
  return { ...server, put: (bucket, key, content) => server.set(`/${bucket}/${key}`, content) };
}
