/**
 * What goes wrong with every store: a wrong credential, no permission, a missing object, a wrong region or place, something that has expired. Each
 * server stands behind one that repeats all that it is sent, in headers and in the bodies of refusals.
 */
import type { IncomingMessage } from "node:http";
import type { OpenOptions } from "../../../src/index.js";
import { startEchoServer } from "../../servers/echo-server.js";
import { startFtpServer } from "../../servers/ftp-server.js";
import { startGcsServer } from "../../servers/gcs-server.js";
import { type RangeServer, type Reply, startRangeServer } from "../../servers/range-server.js";
import { startS3Server } from "../../servers/s3-server.js";
import { hush } from "../../servers/secret-forms.js";
import { startWebHdfs } from "../../servers/webhdfs-server.js";

/** One case: what is asked, by the library and by the command line, and what is to be said. */
export interface BadCase {
  readonly name: string;
  readonly address: string;
  readonly options?: OpenOptions;
  /** The same for a command: arguments and variables; undefined where a command has no such option. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly code: string;
  /** What the one line says, what to do above all. */
  readonly says: RegExp;
}

export interface BadStore {
  readonly cases: readonly BadCase[];
  close(): Promise<void>;
}

type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

const past = "2024-01-01T00:00:00Z";
const encoded = encodeURIComponent(hush);

async function behindEcho(
  server: { port: number; close(): Promise<void> },
  casesAt: (url: string, port: number) => readonly BadCase[],
): Promise<BadStore> {
  const echo = await startEchoServer(server.port);
  return {
    cases: casesAt(echo.url, echo.port),
    async close() {
      await echo.close();
      await server.close();
    },
  };
}

const hasToken = ({ headers }: IncomingMessage): boolean => headers.authorization === `Bearer ${hush}`;

async function http(files: Files): Promise<BadStore> {
  const other = await startRangeServer({ route: () => ({ status: 403, body: "no" }) });
  const server = await startRangeServer({
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/${name}`, bytes])),
    route(request, path) {
      if (path.startsWith("/signed/")) return { status: 403, body: "<Message>Request has expired</Message>" };
      if (path.startsWith("/moved/")) return { status: 302, headers: { location: `${other.url}/a.fits` } };
      if (!hasToken(request)) return { status: 401, body: "who are you?" };
      return path.startsWith("/closed/") ? { status: 403, body: "not you" } : { path };
    },
  });
  const store = await behindEcho(server, (url) => {
    const authorization = `Bearer ${hush}`;
    const good = {
      options: { headers: { authorization } },
      args: ["--header", `Authorization: ${authorization}`],
    };
    const bad = {
      options: { headers: { authorization: `${authorization}x` } },
      args: ["--header", `Authorization: ${authorization}x`],
    };
    return [
      {
        name: "a wrong token",
        address: `${url}/a.fits`,
        ...bad,
        code: "BAD_CREDENTIALS",
        says: /\(401\); check the credentials given/,
      },
      {
        name: "a wrong password in the address",
        address: `${url.replace("//", `//ann:${encoded}@`)}/a.fits`,
        code: "BAD_CREDENTIALS",
        says: /\(401\); check the credentials given/,
      },
      {
        name: "no permission",
        address: `${url}/closed/a.fits`,
        ...good,
        code: "FORBIDDEN",
        says: /these credentials may not read it/,
      },
      {
        name: "a missing object",
        address: `${url}/none.fits`,
        ...good,
        code: "NOT_FOUND",
        says: /nothing there \(404\); check the address/,
      },
      {
        name: "another place",
        address: `${url}/moved/a.fits`,
        ...good,
        code: "FORBIDDEN",
        says: /is not sent credentials meant for another host/,
      },
      {
        name: "a signed address that has expired",
        address: `${url}/signed/a.fits?X-Amz-Credential=AKID&X-Amz-Expires=60&X-Amz-Signature=${encoded}`,
        code: "EXPIRED",
        says: /expired.*get a new one/,
      },
    ];
  });
  return { ...store, close: async () => void (await Promise.all([store.close(), other.close()])) };
}

async function s3(files: Files): Promise<BadStore> {
  const account = { accessKeyId: "AKID", secretAccessKey: hush };
  const server = await startS3Server({
    buckets: { b: { objects: files }, closed: { objects: files, readers: ["SOMEBODY"] } },
    accounts: [
      account,
      { accessKeyId: "OLD", secretAccessKey: hush, sessionToken: `${hush}2`, expired: true },
    ],
    region: "eu-1",
    tellRegion: "not",
  });
  return behindEcho(server, (endpoint) => {
    const keys = ({
      accessKeyId = "AKID",
      secretAccessKey = hush,
      sessionToken = "",
      region = "eu-1",
    } = {}) => ({
      options: {
        s3: {
          endpoint,
          region,
          credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
        },
      },
      args: ["--endpoint", endpoint, "--region", region],
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...(sessionToken && { AWS_SESSION_TOKEN: sessionToken }),
      },
    });
    return [
      {
        name: "a wrong secret key",
        address: "s3://b/a.fits",
        ...keys({ secretAccessKey: `${hush}x` }),
        code: "BAD_CREDENTIALS",
        says: /does not belong to the access key id; check both/,
      },
      {
        name: "a wrong key id",
        address: "s3://b/a.fits",
        ...keys({ accessKeyId: "NOBODY" }),
        code: "BAD_CREDENTIALS",
        says: /does not know this access key id; check the keys/,
      },
      {
        name: "no permission",
        address: "s3://closed/a.fits",
        ...keys(),
        code: "FORBIDDEN",
        says: /these credentials may not read it/,
      },
      {
        name: "a missing object",
        address: "s3://b/none.fits",
        ...keys(),
        code: "NOT_FOUND",
        says: /no such key in the bucket; check its spelling/,
      },
      {
        name: "a missing bucket",
        address: "s3://none/a.fits",
        ...keys(),
        code: "NOT_FOUND",
        says: /no bucket "none" at this endpoint; check its name/,
      },
      {
        name: "a wrong region",
        address: "s3://b/a.fits",
        ...keys({ region: "us-9" }),
        code: "BAD_CREDENTIALS",
        says: /another region than us-9 .*; give the region/,
      },
      {
        name: "keys that have expired",
        address: "s3://b/a.fits",
        ...keys({ accessKeyId: "OLD", sessionToken: `${hush}2` }),
        code: "BAD_CREDENTIALS",
        says: /have expired; get new ones/,
      },
    ];
  });
}

async function gcs(files: Files): Promise<BadStore> {
  const server = await startGcsServer({ objects: files, tokens: new Set([hush, "stranger"]) });
  return behindEcho(server, (endpoint) => {
    const by = (
      token: OpenOptions["gs"] extends infer G ? NonNullable<G>["token" & keyof NonNullable<G>] : never,
    ) => ({ options: { gs: { endpoint, token } } });
    const expires = async (): Promise<string> => `${hush}-old`;
    return [
      {
        name: "a wrong token",
        address: "gs://closed/a.fits",
        ...by(`${hush}x`),
        code: "BAD_CREDENTIALS",
        says: /wrong, or has expired; get another/,
      },
      {
        name: "no credentials",
        address: "gs://closed/a.fits",
        options: { gs: { endpoint } },
        args: [],
        env: { STORAGE_EMULATOR_HOST: endpoint },
        code: "FORBIDDEN",
        says: /give credentials/,
      },
      {
        name: "no permission",
        address: "gs://closed/a.fits",
        ...by("stranger"),
        code: "FORBIDDEN",
        says: /may not read it \(storage\.objects\.get\)/,
      },
      {
        name: "a missing object",
        address: "gs://public/none.fits",
        ...by(hush),
        code: "NOT_FOUND",
        says: /no such object in the bucket; check its spelling/,
      },
      {
        name: "another place",
        address: "gs://nowhere/a.fits",
        ...by(hush),
        code: "NOT_FOUND",
        says: /no bucket "nowhere"; check its name/,
      },
      {
        name: "tokens that have expired",
        address: "gs://closed/a.fits",
        ...by(expires),
        code: "BAD_CREDENTIALS",
        says: /has expired; get another/,
      },
    ];
  });
}

const azureSays = (status: number, code: string): Reply => ({
  status,
  headers: { "x-ms-error-code": code },
  body: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`,
});

async function azure(files: Files): Promise<BadStore> {
  const server: RangeServer = await startRangeServer({
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/c/${name}`, bytes])),
    route({ url = "/" }, path) {
      const { searchParams } = new URL(url, "http://any");
      const [, container = ""] = path.split("/");
      if (container === "nowhere") return azureSays(404, "ContainerNotFound");
      if (container === "closed") return azureSays(403, "AuthorizationPermissionMismatch");
      if (container === "wrong" || searchParams.has("se")) return azureSays(403, "AuthenticationFailed");
      if (container === "token") return azureSays(401, "InvalidAuthenticationInfo");
      return { path };
    },
    missing: () => azureSays(404, "BlobNotFound"),
  });
  return behindEcho(server, (endpoint) => {
    const accountKey = Buffer.from(hush).toString("base64");
    const by = (more: object, env: Record<string, string>) => ({
      options: { az: { endpoint, ...more } },
      args: [],
      env: { AZURE_STORAGE_ENDPOINT: endpoint, ...env },
    });
    const key = by(
      { accountKey },
      { AZURE_STORAGE_ACCOUNT_NAME: "account", AZURE_STORAGE_ACCOUNT_KEY: accountKey },
    );
    const sas = (text: string) =>
      by({ sas: text }, { AZURE_STORAGE_ACCOUNT_NAME: "account", AZURE_STORAGE_SAS_TOKEN: text });
    const signature = `sv=2020-12-06&sp=r&sig=${encoded}`;
    return [
      {
        name: "a wrong account key",
        address: "az://account/wrong/a.fits",
        ...key,
        code: "BAD_CREDENTIALS",
        says: /key does not belong to the account "account".*; check both/,
      },
      {
        name: "a wrong SAS",
        address: "az://account/wrong/a.fits",
        ...sas(signature),
        code: "BAD_CREDENTIALS",
        says: /copy it again, or get a new one/,
      },
      {
        name: "a wrong token",
        address: "az://account/token/a.fits",
        options: { az: { endpoint, token: hush } },
        code: "BAD_CREDENTIALS",
        says: /get another \(az account get-access-token/,
      },
      {
        name: "no permission",
        address: `abfss://closed@account.dfs.core.windows.net/a.fits`,
        ...sas(signature),
        code: "FORBIDDEN",
        says: /it needs the permission r/,
      },
      {
        name: "a missing object",
        address: "az://account/c/none.fits",
        ...key,
        code: "NOT_FOUND",
        says: /no such blob in the container; check its spelling/,
      },
      {
        name: "another place",
        address: `az://account/nowhere/a.fits?${signature}`,
        ...by({}, {}),
        code: "NOT_FOUND",
        says: /no container "nowhere" in "account"; check its name/,
      },
      {
        name: "a SAS that has expired",
        address: `az://account/c/a.fits?se=${encodeURIComponent(past)}&${signature}`,
        ...by({}, {}),
        code: "BAD_CREDENTIALS",
        says: /expired at 2024-01-01T00:00:00\.000Z; get a new one/,
      },
    ];
  });
}

async function webhdfs(files: Files): Promise<BadStore> {
  const below = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`/d/${name}`, bytes]));
  const server = await startWebHdfs({
    files: { ...below, "/d/closed.fits": files["a.fits"]! },
    tokens: { [hush]: "ann" },
    readers: { "/d/closed.fits": "bob" },
  });
  return behindEcho(server, (_, port) => {
    const at = (path: string): string => `webhdfs://127.0.0.1:${port}${path}`;
    const by = (delegation: string) => ({ options: { webhdfs: { delegation } } });
    return [
      {
        name: "a wrong token",
        address: at("/d/a.fits"),
        ...by(`${hush}x`),
        code: "BAD_CREDENTIALS",
        says: /get another \(hdfs fetchdt\)/,
      },
      {
        name: "no credentials",
        address: at("/d/a.fits"),
        options: {},
        args: [],
        code: "BAD_CREDENTIALS",
        says: /wants Kerberos; get a delegation token/,
      },
      {
        name: "a password",
        address: at("/d/a.fits").replace("//", `//ann:${encoded}@`),
        options: {},
        args: [],
        code: "BAD_CREDENTIALS",
        says: /wants Kerberos/,
      },
      {
        name: "no permission",
        address: at("/d/closed.fits"),
        ...by(hush),
        code: "FORBIDDEN",
        says: /the owner of the delegation token may not read it/,
      },
      {
        name: "a missing object",
        address: at("/d/none.fits"),
        ...by(hush),
        code: "NOT_FOUND",
        says: /no such file; check the path/,
      },
      {
        name: "another place",
        address: `webhdfs://127.0.0.1:1/d/a.fits`,
        ...by(hush),
        code: "NETWORK",
        says: /ECONNREFUSED.*check the address/,
      },
    ];
  });
}

async function ftp(files: Files): Promise<BadStore> {
  const server = await startFtpServer({
    files: { ...files, "closed.fits": files["a.fits"]! },
    users: { ann: hush },
    closed: ["closed.fits"],
    repeats: true,
  });
  const at = (login: string, path: string, port = server.port): string =>
    `ftp://${login}127.0.0.1:${port}/${path}`;
  const ann = `ann:${encoded}@`;
  const all = (address: string) => ({ address, options: {}, args: [] });
  return {
    cases: [
      {
        name: "a wrong password",
        ...all(at(`ann:${encoded}x@`, "a.fits")),
        code: "BAD_CREDENTIALS",
        says: /the user or the password \(530\); check both/,
      },
      {
        name: "no credentials",
        ...all(at("", "a.fits")),
        code: "BAD_CREDENTIALS",
        says: /give ftp\.user and ftp\.password, or user:password@/,
      },
      {
        name: "no permission",
        ...all(at(ann, "closed.fits")),
        code: "FORBIDDEN",
        says: /this user may not read it/,
      },
      {
        name: "a missing object",
        ...all(at(ann, "none.fits")),
        code: "NOT_FOUND",
        says: /no such file.*check the path/,
      },
      {
        name: "another place",
        ...all(at(ann, "a.fits", 1)),
        code: "NETWORK",
        says: /ECONNREFUSED.*check the address/,
      },
    ],
    close: server.close,
  };
}

export const badStores: readonly [name: string, start: (files: Files) => Promise<BadStore>][] = [
  ["HTTP", http],
  ["S3", s3],
  ["Google Cloud Storage", gcs],
  ["Azure", azure],
  ["Hadoop", webhdfs],
  ["FTP", ftp],
];
