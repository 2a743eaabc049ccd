/**
 * As much of an FTP server as reading needs (RFC 959, RFC 3659), with faults on demand.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/**
 * - `reset`: the data connection is reset after half of the file; `short`: the data connection ends there, and the server says that all is well;
 * - `stall`: nothing more comes after half of the file; `silent`: no answer to RETR;
 * - `control`: the control connection is lost after half of the file; `busy`: 450 in answer to RETR; `full`: 421 in answer to RETR, and the end;
 * - `refuse`: the next connection is closed before a greeting.
 */
export type FtpFault = "reset" | "short" | "stall" | "silent" | "control" | "busy" | "full" | "refuse";

export interface FtpServerOptions {
  /** By path: `{ "a.fits": bytes }`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Passwords by user. Default: anonymous readers. */
  readonly users?: Readonly<Record<string, string>>;
  /** Paths that nobody may read. */
  readonly closed?: readonly string[];
  /** Most control connections at a time: 421 to others. */
  readonly most?: number;
  /** Whether refusals repeat who was refused, password included. */
  readonly repeats?: boolean;
  /** False for a server without MDTM. */
  readonly times?: boolean;
}

export interface FtpServer {
  readonly port: number;
  readonly nextFaults: FtpFault[];
  /** All commands that came, passwords included. */
  readonly commands: string[];
  /** Control connections: since the start, and the most at a time. */
  readonly connections: { made: number; most: number };
  /** Puts another file at a path, a minute younger. */
  set(path: string, bytes: Uint8Array): void;
  close(): Promise<void>;
}

export async function startFtpServer(options: FtpServerOptions): Promise<FtpServer> {
  const files = new Map(Object.entries(options.files));
  const nextFaults: FtpFault[] = [];
  const commands: string[] = [];
  const connections = { made: 0, most: 0 };
  const sockets = new Set<Socket>();
  let controls = 0;
  let modified = Date.UTC(2024, 0, 1);

  function control(socket: Socket): void {
    track(socket);
    connections.made++;
    controls++;
    connections.most = Math.max(connections.most, controls);
    socket.once("close", () => controls--);
    const say = (line: string): void => {
      const more = options.repeats && line.startsWith("5") ? ` (you are ${user}:${password})` : "";
      socket.write(`${line}${more}\r\n`);
    };
    if (nextFaults[0] === "refuse") {
      nextFaults.shift();
      socket.destroy();
      return;
    }
    if (controls > (options.most ?? Infinity)) {
      socket.end("421 There are too many connections from your internet address.\r\n");
      return;
    }
    let [user, password, offset, text] = ["", "", 0, ""];
    let isIn = false;
    let data: Promise<Socket> | undefined;
    say("220 ready");
    socket.on("data", (chunk) => {
      text += chunk;
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        commands.push(line);
        answer(line).catch(() => socket.destroy());
      }
    });

    async function answer(line: string): Promise<void> {
      const [command = "", rest = ""] = line.split(/ (.*)/s, 2);
      const file = files.get(rest);
      if (command === "USER") {
        user = rest;
        return say("331 password please");
      }
      if (command === "PASS") {
        password = rest;
        isIn = options.users ? options.users[user] === rest : user === "anonymous";
        return say(isIn ? "230 welcome" : "530 Login incorrect.");
      }
      if (command === "QUIT") return void socket.end("221 bye\r\n");
      if (!isIn) return say("530 Please login with USER and PASS.");
      if (/^(SIZE|MDTM|RETR)$/.test(command) && !file) return say("550 No such file.");
      switch (command) {
        case "TYPE":
        case "STRU":
        case "NOOP":
          return say("200 fine");
        case "SIZE":
          return say(`213 ${file!.length}`);
        case "MDTM":
          if (options.times === false) return say("502 not here");
          return say(`213 ${new Date(modified).toISOString().slice(0, 19).replace(/[-T:]/g, "")}`);
        case "REST":
          offset = Number(rest);
          return say("350 from there");
        case "EPSV": {
          const [port, coming] = await passive();
          data = coming;
          return say(`229 Extended passive (|||${port}|)`);
        }
        case "PWD":
          return say('257 "/"');
        case "CWD":
          return say(rest === "/" || linesOf(rest).length > 0 ? "250 there" : "550 No such directory.");
        case "LIST":
          return send(await data!, new TextEncoder().encode(linesOf(rest.replace(/^-a ?/, "")).join("")));
        case "RETR":
          if (options.closed?.includes(rest)) return say("550 Permission denied.");
          return send(await data!, file!.subarray(offset));
        default:
          return say("502 not here");
      }
    }

    /** A folder as `ls -l` shows it; of one that is not there nothing. */
    function linesOf(folder: string): string[] {
      const below = [...files].filter(([path]) => path.startsWith(folder));
      const names = new Map<string, number | undefined>();
      for (const [path, { length }] of folder === "" || folder.endsWith("/") ? below : []) {
        const [name = "", ...more] = path.slice(folder.length).split("/");
        names.set(name, more.length > 0 ? undefined : length);
      }
      return [...names].map(
        ([name, size]) =>
          `${size === undefined ? "d" : "-"}rw-r--r--    1 ftp      ftp      ${size ?? 4096} Jan 01 00:00 ${name}\r\n`,
      );
    }

    function send(to: Socket, bytes: Uint8Array): void {
      offset = 0;
      const fault = nextFaults.shift();
      if (fault === "silent") return;
      if (fault === "busy" || fault === "full") {
        to.destroy();
        if (fault === "busy") say("450 busy");
        else socket.end("421 enough\r\n");
        return;
      }
      say("150 here it comes");
      const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
      const broken = (): void => say("426 broken");
      to.once("error", broken);
      if (fault === undefined) return void to.end(bytes, () => say("226 done"));
      to.write(half, () => {
        if (fault === "short") to.end(() => say("226 done"));
        if (fault === "control") socket.resetAndDestroy();
        // What was written is to arrive before the reset does.
        if (fault === "reset") setTimeout(() => to.resetAndDestroy(), 20);
      });
    }
  }

  /** A port for one data connection. */
  async function passive(): Promise<[port: number, coming: Promise<Socket>]> {
    const server = createServer();
    const coming = new Promise<Socket>((resolve) =>
      server.once("connection", (socket) => {
        track(socket);
        server.close();
        resolve(socket);
      }),
    );
    return [await listen(server), coming];
  }

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  }

  const server = createServer(control);
  const port = await listen(server);
  return {
    ...{ port, nextFaults, commands, connections },
    set(path, bytes) {
      files.set(path, bytes);
      modified += 60_000;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
