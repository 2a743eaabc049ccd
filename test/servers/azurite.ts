/**
 * A real server of Azure's blob service: Azurite, Microsoft's emulator, in a process of its own on loopback. It is 190 MB, so it is no
 * dependency: `.ci/run` installs it into `out/azurite`.
 *
 * npm install --no-save --prefix out/azurite azurite@3.35.0
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

const script = "out/azurite/node_modules/azurite/dist/src/blob/main.js";

/** The account that every Azurite has, and a second one. */
export const account = "devstoreaccount1";
export const accountKey =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

export interface Azurite {
  /** Base address of the account. */
  readonly endpoint: string;
  createContainer(container: string, access?: "blob"): Promise<void>;
  /** `blob` is not encoded. */
  put(container: string, blob: string, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** True where it is installed. */
export function hasAzurite(): boolean {
  return existsSync(script);
}

export async function startAzurite(): Promise<Azurite> {
  const flags = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence"];
  const child = spawn(process.execPath, [script, "--blobHost", "127.0.0.1", "--blobPort", "0", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const endpoint = `${await announced(child)}/${account}`;
  const put = async (
    path: string,
    headers: Record<string, string>,
    body: Uint8Array = new Uint8Array(0),
  ): Promise<void> => {
    const url = `${endpoint}${path}`;
    const signed = signedHeaders("PUT", url, body.length, headers);
    const answer = await fetch(url, {
      method: "PUT",
      headers: signed,
      body: body as Uint8Array<ArrayBuffer>,
    });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  };
  return {
    endpoint,
    createContainer: (container, access) =>
      put(`/${container}?restype=container`, access ? { "x-ms-blob-public-access": access } : {}),
    put: (container, blob, bytes) =>
      put(
        `/${container}/${blob.split("/").map(encodeURIComponent).join("/")}`,
        { "x-ms-blob-type": "BlockBlob" },
        bytes,
      ),
    close: () =>
      new Promise((resolve) => {
        process.off("exit", kill);
        child.once("exit", () => resolve());
        kill();
      }),
  };
}

/** The address that the server says it listens at. */
async function announced(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error(`Azurite ended with code ${child.exitCode}`);
}

function hmac(text: string, key = accountKey): string {
  return createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
}

function signedHeaders(
  method: string,
  url: string,
  length: number,
  more: Record<string, string>,
): Record<string, string> {
  const headers: Record<string, string> = {
    ...{ "x-ms-date": new Date().toUTCString(), "x-ms-version": "2023-11-03" },
    ...(length > 0 && { "content-type": "application/octet-stream" }),
    ...more,
  };
  const { pathname, searchParams } = new URL(url);
  const ms = Object.keys(headers).filter((name) => name.startsWith("x-ms-"));
  const text = [
    ...[method, "", "", length > 0 ? String(length) : "", "", headers["content-type"] ?? ""],
    ...["", "", "", "", "", ""],
    ...ms.sort().map((name) => `${name}:${headers[name]}`),
    `/${account}${pathname}`,
    ...[...searchParams].map(([name, value]) => `${name}:${value}`).sort(),
  ].join("\n");
  return { ...headers, authorization: `SharedKey ${account}:${hmac(text)}` };
}

/** A signature for one blob: what it allows (`r`: reading), and until when. */
export function sasFor(
  container: string,
  blob: string,
  { allows = "r", until = new Date(Date.now() + 3600e3), key = accountKey } = {},
): string {
  const expiry = `${until.toISOString().slice(0, 19)}Z`;
  const version = "2020-12-06";
  const text = [
    ...[allows, "", expiry, `/blob/${account}/${container}/${blob}`, "", "", "", version, "b"],
    ...["", "", "", "", "", "", ""],
  ].join("\n");
  return String(new URLSearchParams({ sv: version, se: expiry, sr: "b", sp: allows, sig: hmac(text, key) }));
}
