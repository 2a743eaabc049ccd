/**
 * Connections to FTP servers, by basic-ftp. REST and RETR read a part of a file. Closing the data connection ends a part early, and the
 * control connection stays open for the next part. basic-ftp documents no function for that, so this file calls inner functions of
 * basic-ftp; the tests of ftp: addresses show when a new version changes these.
 */
import { isIP } from "node:net";
import type { Client as BasicClient, FileInfo } from "basic-ftp";
import { orUntrusted } from "./node-certificate.js";
import { installed } from "./node-optional.js";
import type { FtpConnection, FtpEntry, FtpLogin, FtpRefusal } from "./types.js";

/** What servers say of a transfer whose data connection the client has closed. */
const ended: ReadonlySet<number> = new Set([425, 426, 450, 451]);

/** Connects and logs in. Rejects with `FtpRefusal` where the server refuses, else with what the connection met. */
export async function connectFtp({
  host,
  port,
  user,
  password,
  secure,
  signal,
}: FtpLogin): Promise<FtpConnection> {
  const { Client } = await installed(import("basic-ftp"), "ftp: needs the package basic-ftp; npm install it");
  signal.throwIfAborted();
  const client = new Client(0);
  const stop = (): void => client.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    // A certificate for an address is checked without a name.
    const tls = isIP(host) ? { host } : { servername: host, host };
    if (secure && port === 990) await stage("connect", client.connectImplicitTLS(host, port, tls));
    else await stage("connect", client.connect(host, port));
    if (secure && port !== 990) await stage("tls", client.useTLS(tls));
    await stage("login", client.login(user, password));
    await stage("login", client.useDefaultSettings());
    return connection(client);
  } catch (error) {
    client.close();
    signal.throwIfAborted();
    throw orUntrusted(error, host);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Says at which stage the server refused. */
async function stage<T>(name: FtpRefusal["stage"], work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const reply = codeOf(error as object);
    if (Number.isNaN(reply)) throw error;
    const refusal: FtpRefusal = { stage: name, reply, text: (error as Error).message };
    throw Object.assign(new Error("the server refused"), refusal);
  }
}

function connection(client: BasicClient): FtpConnection {
  return {
    get closed() {
      return client.closed;
    },
    async stat(path) {
      const size = await stage("file", client.size(path));
      // Not all servers know MDTM; a time of change is not required.
      const modified = await client.lastMod(path).then(
        (date) => date.getTime(),
        () => undefined,
      );
      return { size, modified };
    },
    retrieve: (path, offset, take) => stage("file", transfer(client, `RETR ${path}`, offset, take)),
    list: (folder, heard) => stage("file", listing(client, folder, heard)),
    hold(alive) {
      if (alive) client.ftp.socket.ref();
      else client.ftp.socket.unref();
    },
    close: () => client.close(),
  };
}

/** One transfer: it is over when the data connection has ended and the server has said so, in any order. */
async function transfer(
  client: BasicClient,
  command: string,
  offset: number,
  take: (chunk: Uint8Array) => boolean,
): Promise<void> {
  const { ftp } = client;
  await client.prepareTransfer(ftp);
  let [enough, opened, dataEnded, confirmed] = [false, false, false, false];
  await ftp.handle(offset > 0 ? `REST ${offset}` : command, (reply, task) => {
    const finish = (): void => {
      if (dataEnded && confirmed) task.resolve(undefined);
    };
    const onData = (chunk: Uint8Array): void => {
      if (enough) return;
      try {
        if (take(chunk)) return;
      } catch (error) {
        task.reject(error as Error);
        client.close();
        return;
      }
      enough = dataEnded = true;
      ftp.dataSocket = undefined; // which closes it
      finish();
    };
    if (reply instanceof Error) {
      if (!enough || !ended.has(codeOf(reply))) return task.reject(reply);
      confirmed = true;
    } else if (reply.code === 350) ftp.send(command);
    else if (reply.code === 125 || reply.code === 150) {
      opened = true;
      // A connection that brings nothing may have ended before this reply.
      if (ftp.dataSocket?.readableEnded) dataEnded = true;
      ftp.dataSocket?.on("data", onData).on("end", () => {
        dataEnded = true;
        finish();
      });
    } else if (reply.code >= 200) {
      confirmed = true;
      // vsftpd reports success for a missing folder, and opens no data connection.
      if (!opened) {
        dataEnded = true;
        ftp.dataSocket = undefined;
      }
    }
    finish();
  });
  if (enough) await settle(client);
}

/** Most bytes of a listing: a longer listing is taken for one that never ends. */
const mostListing = 64 * 2 ** 20;

/** Lists a folder by MLSD where the server knows MLSD, else by LIST. To LIST of a missing folder some servers answer with nothing. */
async function listing(
  client: BasicClient,
  folder: string,
  heard: (bytes: number) => void,
): Promise<FtpEntry[]> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  const command = client.availableListCommands[0] ?? "LIST";
  await transfer(client, `${command} ${folder}`.trimEnd(), 0, (chunk) => {
    heard(chunk.length);
    length += chunk.length;
    text += decoder.decode(chunk, { stream: true });
    return length <= mostListing;
  });
  if (length > mostListing) throw new Error("the listing does not end");
  if (text.trim() === "") await checkFolder(client, folder);
  return client.parseList(text).map(entryOf);
}

/** Throws what the server says of a folder that is not there. The connection stays in its own folder. */
async function checkFolder(client: BasicClient, folder: string): Promise<void> {
  if (folder === "") return;
  const home = await client.pwd();
  await client.cd(folder);
  await client.cd(home);
}

function entryOf({ name, size, modifiedAt, isDirectory, isSymbolicLink, isFile }: FileInfo): FtpEntry {
  const kind = isDirectory ? "folder" : isSymbolicLink ? "link" : isFile ? "file" : "other";
  return { name, size, kind, modified: modifiedAt };
}

/** Waits for what a server may still say of a transfer that was ended early: the answer to a question comes behind that. */
async function settle({ ftp }: BasicClient): Promise<void> {
  await ftp.handle("NOOP", (reply, task) => {
    const code = codeOf(reply);
    if (code === 200 || (code >= 500 && code <= 504)) task.resolve(undefined);
    else if (reply instanceof Error && Number.isNaN(code)) task.reject(reply);
  });
}

/** The code of a reply; NaN where it is no reply, but an error of the connection. */
function codeOf(reply: object): number {
  const { code } = reply as { code?: unknown };
  return typeof code === "number" ? code : Number.NaN;
}
