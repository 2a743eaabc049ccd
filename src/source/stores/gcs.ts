/**
 * Objects of Google Cloud Storage: `gs://bucket/object` by the JSON API, `https://storage.googleapis.com/bucket/object` as it
 * stands.
 */
import { environment, loadIdentities } from "#platform";
import { FitsError } from "../../errors.js";
import type { Transport } from "../../platform/types.js";
import { httpSource, httpSourceOver } from "../http.js";
import { type HttpAccess, httpAccess, type Refusal } from "../http-access.js";
import type { GcsOptions, SourceOptions } from "../options.js";
import { decode, showNoUrl } from "../redact.js";
import type { ByteSource } from "../source.js";
import { inBrowser } from "../transport.js";
import { checkToken, type Keyring, keyring } from "./keyring.js";

interface GcsAddress {
  readonly bucket: string;
  /** Not encoded. */
  readonly object: string;
}

/** The source of an object. Throws as `gcsAccess` does. */
export function gcsSource(address: string | URL, options: SourceOptions): ByteSource {
  return httpSourceOver(gcsAccess(address, options), options);
}

/** The source at an https: address of Google Cloud Storage. Signed addresses, and those of its APIs, are asked as they stand. */
export function gcsHttpsSource(address: string | URL, options: SourceOptions): ByteSource {
  const { hostname, pathname, search, href } = new URL(address);
  const [first = "", ...rest] = pathname.slice(1).split("/");
  const isHost = hostname === "storage.googleapis.com";
  const bucket = isHost ? first : hostname.replace(/\.storage\.googleapis\.com$/, "");
  const object = isHost ? rest.join("/") : pathname.slice(1);
  const isApi = isHost && /^(storage|download|upload|batch)$/.test(first);
  if (search || isApi || !bucket || !object) return httpSource(address, options);
  return httpSourceOver(gcsAccess(href, options, { https: { bucket, object: decode(object) } }), options);
}

/**
 * How an object is asked. A string's name of the object is taken as it stands (`%20` is three characters of it); a URL
 * object's is decoded. Throws BAD_SOURCE for an address without bucket or object.
 *
 * Given may be `https`, what the https: address `url` names, and `shared`, the tokens of other objects.
 */
export function gcsAccess(
  url: string | URL,
  options: SourceOptions,
  { https, shared }: { readonly https?: GcsAddress; readonly shared?: Keyring<string> } = {},
): HttpAccess {
  const given = options.gs ?? {};
  const { bucket, object } = https ?? parse(url);
  const emulator = given.endpoint ?? (https ? undefined : environment("STORAGE_EMULATOR_HOST"));
  const base = httpAccess(https ? url : apiUrl(emulator, { bucket, object }, given.userProject), options);
  const href = https ? base.href : `gs://${bucket}/${object.replace(/\p{Cc}/gu, encodeURIComponent)}`;
  const tokens = shared ?? tokensFor(href, options, emulator, https !== undefined);
  let signed = false;
  const sentWith = new WeakMap<object, object>();
  const own: Record<string, string> = {};
  if (https && given.userProject) own["x-goog-user-project"] = given.userProject;
  // An object stored as gzip is else decompressed on its way, and ranges of it are ignored. A fetch would decompress parts.
  if (!options.fetch && !inBrowser) own["accept-encoding"] = "gzip";

  return {
    ...{ href, shown: base.shown, url: base.url, secrets: base.secrets },
    get signed() {
      return signed || base.signed;
    },
    async headers(to, write) {
      const asked = tokens.get();
      const token = await asked;
      signed = token !== undefined;
      const sent = {
        ...write?.headers,
        ...(await base.headers(to)),
        ...own,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      sentWith.set(sent, asked);
      return sent;
    },
    refused(refusal) {
      const error = refusalError(refusal, { href, bucket, signed: signed || base.signed });
      if (error === "retry") return error;
      const asked = sentWith.get(refusal.sent);
      if (refusal.status === 401 && signed && asked && tokens.renew(asked, refusal.read))
        return { again: error };
      return error;
    },
    transport: generations,
  };
}

/** Tokens that several gs: addresses share; messages about them name `href`. */
export function gcsTokens(href: string, options: SourceOptions): Keyring<string> {
  return tokensFor(href, options, options.gs?.endpoint ?? environment("STORAGE_EMULATOR_HOST"), false);
}

function tokensFor(
  href: string,
  { gs = {}, timeout }: SourceOptions,
  emulator: string | undefined,
  https: boolean,
): Keyring<string> {
  return keyring(credentials(gs, { href, emulator, https }), { href, timeout, check: checkToken });
}

/** Answers whose ETag is the generation of the object: the tag of the JSON API changes with the metadata, and is not quoted. */
function generations(over: Transport): Transport {
  return async (url, request) => {
    const response = await over(url, request);
    const generation = response.headers["x-goog-generation"];
    if (generation === undefined) return response;
    return { ...response, headers: { ...response.headers, etag: `"${generation}"` } };
  };
}

function parse(url: string | URL): GcsAddress {
  const [, bucket = "", object = ""] = /^gs:\/\/([^/]*)\/?(.*)$/is.exec(String(url)) ?? [];
  const shown = showNoUrl(String(url));
  const wrong = (what: string): FitsError => new FitsError("BAD_SOURCE", `"${shown}" ${what}`);
  if (!bucket || !object) throw wrong("names no object; write gs://bucket/object");
  if (!/^[\w.:-]+$/.test(bucket)) throw wrong("names no bucket; write gs://bucket/object");
  const name = url instanceof URL ? decode(object) : object;
  if (/^\.\.?$/.test(name)) throw wrong("cannot be asked for over HTTP; rename the object");
  return { bucket, object: name };
}

function apiUrl(
  endpoint: string | undefined,
  { bucket, object }: GcsAddress,
  userProject: string | undefined,
): string {
  const host = endpoint ?? "https://storage.googleapis.com";
  const at = /^[a-z]+:\/\//i.test(host) ? host : `http://${host}`; // as Google's libraries read STORAGE_EMULATOR_HOST
  if (!URL.canParse(at) || !/^https?:/i.test(at) || new URL(at).search) {
    throw new FitsError(
      "BAD_SOURCE",
      "the address of the server of Google Cloud Storage is no http: or https: URL; check gs.endpoint, or STORAGE_EMULATOR_HOST",
    );
  }
  const project = userProject === undefined ? "" : `&userProject=${encodeURIComponent(userProject)}`;
  try {
    const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}`;
    return `${at.replace(/\/+$/, "")}${path}?alt=media${project}`;
  } catch {
    throw new FitsError(
      "BAD_SOURCE",
      `gs://${bucket}: the name of the object is not valid Unicode; check its spelling`,
    );
  }
}

/** The token, or how it is got. */
function credentials(
  { anonymous, token, applicationDefault }: GcsOptions,
  { href, emulator, https }: { href: string; emulator: string | undefined; https: boolean },
): GcsOptions["token"] | (() => Promise<string | undefined>) {
  if (anonymous) return undefined;
  if (token !== undefined) return token;
  if (!applicationDefault && (emulator !== undefined || https)) return undefined;
  return async () => {
    const identities = await loadIdentities();
    const wanted = applicationDefault || (await identities?.hasGoogleCredentials());
    return wanted ? identities?.googleToken(href) : undefined;
  };
}

interface Asked {
  readonly href: string;
  readonly bucket: string;
  readonly signed: boolean;
}

/** What a refusal means, and what the user can do; undefined leaves it to the HTTP status. Quotes nothing of the server's. */
function refusalError(
  { status, text }: Refusal,
  { href, bucket, signed }: Asked,
): FitsError | "retry" | undefined {
  if (/requester pays|UserProjectMissing/i.test(text)) {
    return new FitsError(
      "FORBIDDEN",
      `${href}: the bucket is requester-pays; give the project that pays (gs.userProject, --user-project) and credentials`,
    );
  }
  if (/rateLimitExceeded/i.test(text)) return "retry";
  if (/userProjectAccessDenied|USER_PROJECT_DENIED|serviceusage/i.test(text)) {
    return new FitsError(
      "FORBIDDEN",
      `${href}: these credentials may not charge the project given; check gs.userProject (--user-project)`,
    );
  }
  switch (status) {
    case 401:
    case 403:
      if (!signed) {
        return new FitsError(
          "FORBIDDEN",
          `${href}: access denied; it is not public, or there is no such object; give credentials (gcloud auth application-default login, GOOGLE_APPLICATION_CREDENTIALS, or gs.token)`,
        );
      }
      return status === 401
        ? new FitsError(
            "BAD_CREDENTIALS",
            `${href}: the server does not accept the token: it is wrong, or has expired; get another (gcloud auth print-access-token)`,
          )
        : new FitsError(
            "FORBIDDEN",
            `${href}: access denied; these credentials may not read it (storage.objects.get), or there is no such object`,
          );
    case 404:
      return /bucket does not exist/i.test(text)
        ? new FitsError(
            "NOT_FOUND",
            `${href}: no bucket "${bucket}"; check its name, and the endpoint if there is one`,
          )
        : new FitsError(
            "NOT_FOUND",
            `${href}: no such object in the bucket; check its spelling (case counts)`,
          );
    default:
      return undefined;
  }
}
