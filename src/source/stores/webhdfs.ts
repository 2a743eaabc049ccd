/**
 * Files of Hadoop over its REST API: `webhdfs://namenode:9870/path`, `swebhdfs://` with TLS. The name node sends each read to
 * a data node.
 */
import { environment } from "#platform";
import { FitsError } from "../../errors.js";
import type { Transport, TransportResponse } from "../../platform/types.js";
import { httpSourceOver } from "../http.js";
import { type HttpAccess, httpAccess, type Refusal } from "../http-access.js";
import { WrongAnswer } from "../http-errors.js";
import type { SourceOptions } from "../options.js";
import { decode, showNoUrl } from "../redact.js";
import type { ByteSource } from "../source.js";

/** Bytes of a name node's answer, and its redirects, that are looked at. */
const longestAnswer = 64 * 1024;
const maxRedirects = 3;

/** The source of a file. Throws as `webhdfsAccess` does. */
export function webhdfsSource(address: string | URL, options: SourceOptions): ByteSource {
  return httpSourceOver(webhdfsAccess(address, options), options);
}

/** Throws BAD_SOURCE: nothing here speaks Hadoop's own protocol. */
export function hdfsSource(address: string | URL): never {
  const [, host = "", path = ""] = /^hdfs:\/\/([^/:]*)[^/]*(.*)$/is.exec(showNoUrl(String(address))) ?? [];
  throw new FitsError(
    "BAD_SOURCE",
    `hdfs: is a protocol of Hadoop's own; give the REST address of the name node, webhdfs://${host || "namenode"}:9870${path || "/path"} (or swebhdfs://, with TLS)`,
  );
}

/**
 * How a file is asked. A string's path is taken as it stands (`%20` is three characters of it); a URL object's is decoded. Throws
 * BAD_SOURCE for an address without host or path.
 */
export function webhdfsAccess(address: string | URL, options: SourceOptions): HttpAccess {
  const text = String(address);
  const [, scheme = "", login, host = "", rest = ""] =
    /^(s?webhdfs):\/\/(?:([^/]*)@)?([^/]*)\/(.*)$/is.exec(text) ?? [];
  const path = address instanceof URL ? decode(rest) : rest;
  const isSecure = scheme.toLowerCase() === "swebhdfs";
  const origin = `http${isSecure ? "s" : ""}://${login?.includes(":") ? `${login}@` : ""}${/:\d+$/.test(host) ? host : `${host}:${isSecure ? 9871 : 9870}`}`;
  if (!host || !path || !URL.canParse(origin) || path.split("/").some((part) => /^\.\.?$/.test(part)))
    throw new FitsError(
      "BAD_SOURCE",
      `"${showNoUrl(text)}" names no file; write webhdfs://namenode:9870/path, without "." or ".." between slashes`,
    );
  const href = `${scheme.toLowerCase()}://${host}/${path.replace(/\p{Cc}/gu, encodeURIComponent)}`;
  const { delegation, user = environment("HADOOP_USER_NAME") } = options.webhdfs ?? {};
  const name = login && !login.includes(":") ? decode(login) : user;
  const who: Record<string, string> = delegation
    ? { delegation } // a token says whose it is
    : { ...(name && { "user.name": name }) };
  const base = httpAccess(`${origin}/webhdfs/v1/${encoded(path, href)}`, options);
  const { signed: sendsHeaders } = base;
  return {
    ...{ href, shown: base.shown, url: base.url, signed: sendsHeaders || delegation !== undefined },
    secrets: [...base.secrets, delegation ?? ""],
    headers: base.headers,
    refused: (refusal) => refusalError(refusal, href, delegation !== undefined),
    transport: (over) => rangesOf({ over, href, who, confirms: (options.pin ?? "etag") === "etag" }),
  };
}

function encoded(path: string, href: string): string {
  try {
    return path.split("/").map(encodeURIComponent).join("/");
  } catch {
    throw new FitsError("BAD_SOURCE", `${href}: the path is not valid Unicode; check its spelling`);
  }
}

interface FileStatus {
  readonly length: number;
  readonly modified: number;
}

interface Asking {
  readonly over: Transport;
  readonly href: string;
  /** Parameters that say who asks. */
  readonly who: Readonly<Record<string, string>>;
  /** Whether the version is asked for once more, behind each answer of a data node. */
  readonly confirms: boolean;
}

type Sent = Parameters<Transport>[1];

/**
 * Answers ranges as HTTP does. A data node answers 200, and says nothing of the version or the place of what it sends. The name node tells
 * length and time of change, before the first range and again when a data node has opened the file: from then on that reads one version.
 */
function rangesOf({ over, href, who, confirms }: Asking): Transport {
  let known: FileStatus | undefined;

  async function fileStatus(url: string, sent: Sent): Promise<FileStatus | TransportResponse> {
    const response = await over(withParameters(url, { op: "GETFILESTATUS", ...who }), sent);
    if (response.status !== 200) return response;
    const { length, modificationTime, type } = statusIn(await textOf(response)) ?? {};
    if (type === "DIRECTORY")
      throw new FitsError("BAD_SOURCE", `${href}: is a directory; give the path of a file`);
    if (!Number.isSafeInteger(length) || !Number.isSafeInteger(modificationTime) || length! < 0)
      throw new WrongAnswer(
        new FitsError("HTTP", `${href}: the answer is not that of a name node; check host and port`),
      );
    return { length: length!, modified: modificationTime! };
  }

  return async (url, { headers: { range = "", ...headers }, signal }) => {
    const sent = { headers, signal };
    const [first = 0, last = 0] = range.match(/\d+/g)?.map(Number) ?? [];
    const before = known ?? (await fileStatus(url, sent));
    if ("status" in before) return before;
    known = before;
    if (first >= before.length) {
      const now = confirms ? await fileStatus(url, sent) : before;
      return "status" in now ? now : nothing(url, now);
    }
    const end = Math.min(last + 1, before.length);
    const place = { op: "OPEN", offset: String(first), length: String(end - first), ...who };
    const response = await followed(over, withParameters(url, place), sent, href);
    if (response.status !== 200) return response;
    const now = confirms ? await fileStatus(url, sent) : before;
    if ("status" in now) {
      response.cancel();
      return now;
    }
    const answer = { ...versionOf(now), "content-range": `bytes ${first}-${end - 1}/${now.length}` };
    return { ...response, status: 206, url, headers: { ...response.headers, ...answer } };
  };
}

function versionOf({ length, modified }: FileStatus): Record<string, string> {
  return { etag: `"${modified}-${length}"` };
}

/** The answer to a range behind the end. */
function nothing(url: string, file: FileStatus): TransportResponse {
  return {
    ...{ status: 416, url, filtered: false, raw: true },
    headers: { ...versionOf(file), "content-range": `bytes */${file.length}` },
    read: async () => {},
    cancel: () => {},
  };
}

/** Goes to where the name node says that the bytes are. Its address holds what that node is to know of the user; no headers go to another host. */
async function followed(over: Transport, url: string, sent: Sent, href: string): Promise<TransportResponse> {
  let response = await over(url, sent);
  let from = url;
  for (let hops = 0; response.status === 307 && hops < maxRedirects; hops++) {
    const { location = "" } = response.headers;
    await textOf(response);
    const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
    if (!to || !/^https?:$/.test(to.protocol))
      throw new FitsError(
        "HTTP",
        `${href}: the name node sends reads to no address of HTTP; check its settings`,
      );
    if (from.startsWith("https:") && to.protocol === "http:")
      throw new FitsError(
        "FORBIDDEN",
        `${href}: the name node sends reads from https to http, where credentials are not safe; use webhdfs:// if that is meant`,
      );
    const isSame = to.origin === new URL(url).origin;
    from = to.href;
    const next = isSame ? sent : { ...sent, headers: { "accept-encoding": "identity" } };
    response = await over(from, next).catch((cause: unknown) => {
      throw unreachable(cause, to.host, href);
    });
  }
  return response;
}

/** A data node often has a name that is only known within the cluster. */
function unreachable(cause: unknown, host: string, href: string): unknown {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (typeof code !== "string" || !/^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/.test(code))
    return cause;
  return new WrongAnswer(
    new FitsError(
      "NETWORK",
      `${href}: the name node sends reads to the data node ${host}, which does not answer (${code}); is that host known and reachable from here?`,
    ),
  );
}

function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  return `${url}?${new URLSearchParams(parameters)}`;
}

/** The body of a short answer. */
async function textOf(response: TransportResponse): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  await response.read((chunk) => {
    if ((length += chunk.length) > longestAnswer) throw new Error("an answer without end");
    text += decoder.decode(chunk, { stream: true });
  });
  return text;
}

function statusIn(
  text: string,
): { length?: number; modificationTime?: number; type?: string } | null | undefined {
  try {
    return (JSON.parse(text) as { FileStatus?: object } | null)?.FileStatus;
  } catch {
    return undefined;
  }
}

/** What a refusal means, by the name of the exception; undefined leaves it to the HTTP status. Quotes nothing of the server's. */
function refusalError(
  { status, headers, text }: Refusal,
  href: string,
  hasToken: boolean,
): FitsError | "retry" | undefined {
  const exception = /"exception"\s*:\s*"(?:[\w.]*\.)?(\w{1,80})"/.exec(text)?.[1] ?? "";
  const credentials = (what: string): FitsError => new FitsError("BAD_CREDENTIALS", `${href}: ${what}`);
  if (/InvalidToken|token .*(expired|can't be found|not found)/i.test(text))
    return credentials("the delegation token is wrong, or has expired; get another (hdfs fetchdt)");
  switch (exception) {
    case "FileNotFoundException":
      return new FitsError("NOT_FOUND", `${href}: no such file; check the path (case counts)`);
    case "AccessControlException":
      return new FitsError(
        "FORBIDDEN",
        `${href}: access denied; ${hasToken ? "the owner of the delegation token" : "this user"} may not read it (option webhdfs.user, HADOOP_USER_NAME)`,
      );
    case "StandbyException":
      return new FitsError(
        "HTTP",
        `${href}: this name node is on standby; give the address of the active one`,
      );
    case "RetriableException":
    case "SafeModeException":
      return "retry";
    case "IOException":
      return "retry"; // a block that moved, or a file that has become shorter: the next try begins with its status
  }
  if (status !== 401) return undefined;
  return credentials(
    /negotiate/i.test(headers["www-authenticate"] ?? "")
      ? "the server wants Kerberos; get a delegation token (hdfs fetchdt) and give it as webhdfs.delegation"
      : "the server wants other credentials (401); give webhdfs.user, webhdfs.delegation or user:password@",
  );
}
