import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { noise } from "./content.js";
import { type FtpFault, type FtpServer, type FtpServerOptions, startFtpServer } from "./ftp-server.js";

const data = noise(1000);
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function serve(options: Partial<FtpServerOptions> = {}): Promise<FtpServer> {
  const server = await startFtpServer({ files: { "d/a.fits": data }, ...options });
  open.push(server);
  return server;
}

/** A control connection, by hand. */
interface Control {
  /** Sends a command; the server's next line. */
  say(command: string): Promise<string>;
  /** The next line; "closed" where the connection ends. */
  hear(): Promise<string>;
}

async function control({ port }: FtpServer): Promise<Control> {
  const socket = connect(port, "127.0.0.1");
  open.push({ close: async () => void socket.destroy() });
  const lines: string[] = [];
  let text = "";
  let [over, wake] = [false, (): void => {}];
  socket.on("data", (chunk) => {
    text += chunk;
    const parts = text.split("\r\n");
    text = parts.pop()!;
    lines.push(...parts);
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    over = true;
    wake();
  });
  const hear = async (): Promise<string> => {
    while (lines.length === 0) {
      if (over) return "closed";
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines.shift()!;
  };
  return {
    hear,
    say(command) {
      socket.write(`${command}\r\n`);
      return hear();
    },
  };
}

async function login(server: FtpServer, user = "anonymous", password = "x"): Promise<Control> {
  const client = await control(server);
  expect(await client.hear()).toBe("220 ready");
  expect(await client.say(`USER ${user}`)).toMatch(/^331 /);
  expect(await client.say(`PASS ${password}`)).toMatch(/^230 /);
  return client;
}

interface Transfer {
  readonly bytes: Uint8Array;
  /** The data connection was reset. */
  readonly isReset: boolean;
}

/** Opens a data connection; answers with what will have come over it when it ends. */
async function passive(client: Control): Promise<{ ended: Promise<Transfer>; end(): void }> {
  const [, port] = /\|\|\|(\d+)\|/.exec(await client.say("EPSV"))!;
  const socket: Socket = connect(Number(port), "127.0.0.1");
  open.push({ close: async () => void socket.destroy() });
  const chunks: Buffer[] = [];
  let isReset = false;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {
    isReset = true;
  });
  const ended = new Promise<Transfer>((resolve) =>
    socket.on("close", () => resolve({ bytes: new Uint8Array(Buffer.concat(chunks)), isReset })),
  );
  return { ended, end: () => socket.destroy() };
}

/** Nothing more comes for a while. */
const silence = (work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => false), new Promise<boolean>((end) => setTimeout(() => end(true), 50))]);

describe("the FTP server", () => {
  it("tells size and time; another file is younger", async () => {
    const server = await serve();
    const client = await login(server);
    expect(await client.say("SIZE d/a.fits")).toBe("213 1000");
    expect(await client.say("MDTM d/a.fits")).toBe("213 20240101000000");
    server.set("d/a.fits", data.slice(1));
    expect(await client.say("SIZE d/a.fits")).toBe("213 999");
    expect(await client.say("MDTM d/a.fits")).toBe("213 20240101000100");
    expect(server.commands.slice(2)).toEqual(["SIZE", "MDTM", "SIZE", "MDTM"].map((c) => `${c} d/a.fits`));
  });

  it("sends a file from an offset on, which counts once", async () => {
    const client = await login(await serve());
    for (const offset of [900, 0]) {
      const { ended } = await passive(client);
      if (offset > 0) expect(await client.say(`REST ${offset}`)).toMatch(/^350 /);
      expect(await client.say("RETR d/a.fits")).toMatch(/^150 /);
      expect(await ended).toEqual({ bytes: data.slice(offset), isReset: false });
      expect(await client.hear()).toMatch(/^226 /);
    }
  });

  it("lists a folder", async () => {
    const client = await login(await serve({ files: { "d/a.fits": data, "d/e/b.fits": data } }));
    const { ended } = await passive(client);
    expect(await client.say("LIST d/")).toMatch(/^150 /);
    const lines = Buffer.from((await ended).bytes)
      .toString()
      .split("\r\n");
    expect(lines).toEqual([
      expect.stringMatching(/^-.* 1000 .* a\.fits$/),
      expect.stringMatching(/^d.* e$/),
      "",
    ]);
  });

  it("lets nobody in but its users, and nobody read what is closed or not there", async () => {
    const server = await serve({ users: { ann: "HUSH" }, closed: ["d/a.fits"] });
    const stranger = await control(server);
    await stranger.hear();
    expect(await stranger.say("SIZE d/a.fits")).toMatch(/^530 /);
    await stranger.say("USER ann");
    expect(await stranger.say("PASS no")).toMatch(/^530 /);
    const ann = await login(server, "ann", "HUSH");
    await passive(ann);
    expect(await ann.say("RETR d/a.fits")).toMatch(/^550 /);
    expect(await ann.say("SIZE none")).toMatch(/^550 /);
    expect(await ann.say("QUIT")).toMatch(/^221 /);
  });

  it("has room for so many, and counts them", async () => {
    const server = await serve({ most: 1, times: false });
    const client = await login(server);
    expect(await client.say("MDTM d/a.fits")).toMatch(/^502 /);
    expect(await (await control(server)).hear()).toMatch(/^421 /);
    expect(server.connections).toEqual({ made: 2, most: 2 });
  });

  it.each<[FtpFault, Partial<Transfer> | undefined, RegExp | undefined]>([
    ["reset", { isReset: true }, undefined],
    ["short", { bytes: data.slice(0, 500), isReset: false }, /^226 /],
    ["control", undefined, /^closed$/],
    ["stall", undefined, undefined],
  ])("fails half-way when told to: %s", async (fault, transfer, then) => {
    const server = await serve();
    const client = await login(server);
    server.nextFaults.push(fault);
    const { ended, end } = await passive(client);
    expect(await client.say("RETR d/a.fits")).toMatch(/^150 /);
    if (transfer) expect(await ended).toMatchObject(transfer);
    if (fault === "stall") expect(await silence(ended)).toBe(true);
    if (then) expect(await client.hear()).toMatch(then);
    end();
    expect(server.nextFaults).toEqual([]);
  });

  it.each<[FtpFault, RegExp]>([
    ["busy", /^450 /],
    ["full", /^421 /],
  ])("refuses a transfer when told to: %s", async (fault, reply) => {
    const server = await serve();
    const client = await login(server);
    server.nextFaults.push(fault);
    const { ended } = await passive(client);
    expect(await client.say("RETR d/a.fits")).toMatch(reply);
    expect((await ended).bytes).toHaveLength(0);
    if (fault === "full") expect(await client.hear()).toBe("closed");
  });

  it("says nothing, or takes no connection, when told to", async () => {
    const server = await serve();
    const client = await login(server);
    server.nextFaults.push("silent");
    await passive(client);
    expect(await silence(client.say("RETR d/a.fits"))).toBe(true);
    server.nextFaults.push("refuse");
    expect(await (await control(server)).hear()).toBe("closed");
  });
});
