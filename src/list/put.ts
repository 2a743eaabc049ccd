/**
 * Objects written whole, or removed: in S3, Google Cloud Storage and Azure. A store takes an object all at once, so that nobody ever
 * sees a part of one.
 */
import { checkBytes, checkObject, checkText } from "../argument.js";
import { FitsError } from "../errors.js";
import type { TransportResponse } from "../platform/types.js";
import type { HttpAccess, WriteRequest } from "../source/http-access.js";
import type { SourceOptions } from "../source/options.js";
import { resolveSource } from "../source/resolve.js";

export interface PutOptions extends SourceOptions {
  /** Whether an object that is there stays as it is: `If-None-Match: *`, or what the store has for it. Default false. */
  readonly ifAbsent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a store is written to. */
interface Writing {
  readonly access: HttpAccess;
  /** Where an object is put, and where it is removed. */
  readonly put: (url: string, ifAbsent: boolean) => string;
  readonly remove: (url: string) => string;
  readonly method: "PUT" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly ifAbsent: Readonly<Record<string, string>>;
}

/**
 * Writes an object: `s3://bucket/key`, `gs://bucket/object`, `az://account/container/blob`. Answers false where `ifAbsent` is set and one
 * is there. Of a request whose answer was lost nobody knows: it is sent again, and with `ifAbsent` may then find its own object.
 * Throws BAD_SOURCE for other addresses, and as `open` does.
 */
export async function putObject(
  address: string,
  bytes: Uint8Array<ArrayBuffer>,
  options: PutOptions = {},
): Promise<boolean> {
  checkBytes(bytes, "the object");
  checkObject(options);
  const { ifAbsent = false } = options;
  const writing = await writingTo(address, options);
  const request: WriteRequest = {
    method: writing.method,
    headers: { ...writing.headers, ...(ifAbsent && writing.ifAbsent) },
  };
  const status = await sent(writing, (url) => writing.put(url, ifAbsent), request, bytes, options);
  if (status !== notImplemented) return status !== 412 && status !== 409;
  // Servers of S3 that know no conditions: two that come at the same moment are both told that theirs is there.
  if (await isThere(address, options)) return false;
  return putObject(address, bytes, { ...options, ifAbsent: false });
}

/** What a server says that knows no conditions. */
const notImplemented = 501;

async function isThere(address: string, options: PutOptions): Promise<boolean> {
  const source = await resolveSource(address, options);
  try {
    await source.getRange({ offset: 0, length: 1 }, { signal: options.signal });
    return true;
  } catch (error) {
    if (error instanceof FitsError && error.code === "NOT_FOUND") return false;
    throw error;
  } finally {
    await source.close?.();
  }
}

/** Removes an object; one that is not there is none to remove. */
export async function removeObject(
  address: string,
  options: SourceOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  checkObject(options);
  const writing = await writingTo(address, options);
  await sent(writing, writing.remove, { method: "DELETE", headers: {} }, undefined, options);
}

const same = (url: string): string => url;
const typed = { "content-type": "application/octet-stream" } as const;
const unlessThere = { "if-none-match": "*" } as const;

async function writingTo(address: string, options: SourceOptions): Promise<Writing> {
  checkText(address, "the address");
  const scheme = /^([a-z0-9]+):\/\//i.exec(address)?.[1]?.toLowerCase();
  const plain = { put: same, remove: same, method: "PUT", headers: typed, ifAbsent: unlessThere } as const;
  if (scheme === "s3") {
    const { s3Access } = await import("../source/stores/s3.js");
    return { ...plain, access: await s3Access(address, options, true) };
  }
  if (scheme === "az") {
    const { azureAccess } = await import("../source/stores/azure.js");
    const headers = { ...typed, "x-ms-blob-type": "BlockBlob" };
    return { ...plain, headers, access: azureAccess(address, options) };
  }
  if (scheme === "gs") {
    const { gcsAccess } = await import("../source/stores/gcs.js");
    return {
      access: gcsAccess(address, options),
      put: uploadUrl,
      remove: (url) => url.replace("?alt=media", "?"),
      method: "POST",
      headers: typed,
      ifAbsent: {},
    };
  }
  throw new FitsError("BAD_SOURCE", `"${scheme ?? address}": objects are written to s3://, gs:// and az://`);
}

/** From where the JSON API has an object to where it takes one. */
function uploadUrl(url: string, ifAbsent: boolean): string {
  const condition = ifAbsent ? "&ifGenerationMatch=0" : "";
  return url.replace(
    /\/storage\/v1\/b\/([^/]+)\/o\/([^/?]+)\?alt=media/,
    (_, bucket: string, object: string) =>
      `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${object}${condition}`,
  );
}

const defaultRetries = 4;

/** Sends a request until a store takes it, or says that an object is there (409, 412). */
async function sent(
  { access }: Writing,
  where: (url: string) => string,
  request: WriteRequest,
  body: Uint8Array<ArrayBuffer> | undefined,
  { retries = defaultRetries, timeout, signal, fetch: own }: PutOptions,
): Promise<number> {
  let last: Error | undefined;
  let corrections = 0;
  for (let attempt = 0; attempt <= retries; ) {
    if (attempt > 0) await pause(attempt, signal);
    const url = where(access.url);
    const headers = await access.headers(url, request);
    let response: Response;
    try {
      response = await over(access, own ?? fetch, { ...request, headers }, body, url, [
        signal,
        timer(timeout),
      ]);
    } catch (cause) {
      signal?.throwIfAborted();
      last = new FitsError("NETWORK", `${access.href}: the store cannot be reached`, { cause });
      attempt++;
      continue;
    }
    const { status } = response;
    const text = status < 300 ? "" : (await response.text().catch(() => "")).slice(0, 65_536);
    if (status < 300 || (request.method === "DELETE" && status === 404)) return status;
    if (status === notImplemented && "if-none-match" in request.headers) return status;
    if (status === 412 || (status === 409 && !/ConditionalRequestConflict/.test(text))) return status;
    const refused = await access.refused?.({
      status,
      headers: Object.fromEntries(response.headers),
      text,
      sent: headers,
      at: { url, shown: access.shown },
      read: request,
      worked: false,
    });
    if (refused && typeof refused === "object" && "again" in refused && corrections++ < 2) {
      last = refused.again;
      continue;
    }
    last =
      refused instanceof Error
        ? refused
        : new FitsError("HTTP", `${access.href}: the store answers with status ${status}`);
    if (refused !== "retry" && status < 500 && status !== 429 && status !== 409) throw last;
    attempt++;
  }
  throw last ?? new FitsError("HTTP", `${access.href}: the store has not taken the object`);
}

/** Sends by fetch; a store that signs more than headers does so. */
async function over(
  access: HttpAccess,
  send: NonNullable<SourceOptions["fetch"]>,
  { method, headers }: WriteRequest,
  body: Uint8Array<ArrayBuffer> | undefined,
  at: string,
  signals: readonly (AbortSignal | undefined)[],
): Promise<Response> {
  let answer: Response | undefined;
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  const direct = async (
    url: string,
    { headers }: { headers: Readonly<Record<string, string>> },
  ): Promise<TransportResponse> => {
    answer = await send(url, {
      method,
      headers: { ...headers },
      body: body ?? null,
      redirect: "manual",
      signal,
    });
    return {
      status: answer.status,
      url,
      headers: {},
      filtered: false,
      read: async () => undefined,
      cancel: () => undefined,
    };
  };
  const transport = access.transport?.(direct) ?? direct;
  await transport(at, { headers, signal, write: { method, length: body?.length ?? 0 } });
  return answer!;
}

const defaultTimeout = 60_000;

function timer(timeout: number | undefined): AbortSignal {
  return AbortSignal.timeout(timeout ?? defaultTimeout);
}

function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const id = setTimeout(resolve, Math.min(5000, 200 * 2 ** attempt) * (0.5 + Math.random() / 2));
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(id);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
