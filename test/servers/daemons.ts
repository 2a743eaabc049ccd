/**
 * Real servers and proxies, as Debian packages them, as processes of this user on loopback, each in a temporary folder.
 *
 * apt-get install nginx-light apache2 squid tinyproxy
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";

export interface Daemon {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** What it has written to its log of requests. */
  log(): string;
  close(): Promise<void>;
}

const programs = {
  nginx: "/usr/sbin/nginx",
  apache: "/usr/sbin/apache2",
  squid: "/usr/sbin/squid",
  tinyproxy: "/usr/bin/tinyproxy",
} as const;

export function hasDaemon(name: keyof typeof programs): boolean {
  return existsSync(programs[name]);
}

const isRoot = userInfo().uid === 0;

/** nginx that serves the files of `root`; `more` are lines of its `location`, `block` lines of its `server`. */
export function startNginx(root: string, { more = "", block = "" } = {}): Promise<Daemon> {
  return start("nginx", (folder, port) => ({
    args: ["-p", folder, "-c", join(folder, "conf"), "-e", join(folder, "error.log")],
    // Workers of root's nginx would be another user, who may not read the folder.
    conf: `daemon off;
${isRoot ? "user root;" : ""}
worker_processes 2;
pid ${folder}/pid;
events {}
http {
  access_log ${folder}/access.log combined;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  default_type application/octet-stream;
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    ${block}
    location / { ${more} }
  }
}
`,
  }));
}

/** Apache that serves the files of `root`, which everybody must be able to read; `more` are lines of its configuration. */
export function startApache(root: string, { more = "" } = {}): Promise<Daemon> {
  const modules = ["mpm_event", "authz_core", "mime", "dir"].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  return start("apache", (folder, port) => ({
    args: ["-d", folder, "-f", join(folder, "conf"), "-DFOREGROUND"],
    conf: `${modules.join("\n")}
${isRoot ? "User www-data\nGroup www-data" : ""}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
CustomLog ${folder}/access.log "%h %r %>s %b"
TypesConfig /etc/mime.types
MaxKeepAliveRequests 0
DocumentRoot ${root}
<Directory ${root}>
  Require all granted
</Directory>
${more}
`,
  }));
}

/** squid, or tinyproxy, that lets `user:password` in. It tunnels to any port. */
export function startProxy(name: "squid" | "tinyproxy", user: string, password: string): Promise<Daemon> {
  return start(name, name === "squid" ? squid(user, password) : tinyproxy(user, password));
}

function squid(user: string, password: string): (folder: string, port: number) => Setup {
  return (folder, port) => {
    // A helper of squid reads a name and a password from a line, and answers OK or ERR.
    const helper = join(folder, "helper.sh");
    writeFileSync(
      helper,
      `#!/bin/sh\nwhile read -r line; do [ "$line" = "${user} ${password}" ] && echo OK || echo ERR; done\n`,
    );
    chmodSync(helper, 0o755);
    return {
      args: ["-N", "-f", join(folder, "conf")],
      conf: `http_port 127.0.0.1:${port}
auth_param basic program ${helper}
auth_param basic children 1 startup=1
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
pid_filename ${folder}/pid
access_log stdio:${folder}/access.log
cache_log ${folder}/error.log
coredump_dir ${folder}
shutdown_lifetime 0 seconds
`,
    };
  };
}

function tinyproxy(user: string, password: string): (folder: string, port: number) => Setup {
  return (folder, port) => ({
    args: ["-d", "-c", join(folder, "conf")],
    conf: `Port ${port}
Listen 127.0.0.1
Allow 127.0.0.1
BasicAuth ${user} ${password}
LogFile "${folder}/access.log"
LogLevel Info
MaxClients 20
`,
  });
}

interface Setup {
  readonly args: readonly string[];
  readonly conf: string;
}

/** Starts one, and waits until it listens. */
async function start(
  name: keyof typeof programs,
  setup: (folder: string, port: number) => Setup,
): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), `fitslice-${name}-`));
  chmodSync(folder, isRoot ? 0o777 : 0o700);
  const port = await freePort();
  const { args, conf } = setup(folder, port);
  writeFileSync(join(folder, "conf"), conf);
  const child = spawn(programs[name], args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr!.on("data", (chunk) => (said += chunk));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const close = async (): Promise<void> => {
    process.off("exit", kill);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const text = (file: string): string => {
    const path = join(folder, file);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  try {
    await listening(port, child);
  } catch {
    const why = `${name} does not start: ${said} ${text("error.log")}`;
    await close();
    throw new Error(why);
  }
  return { url: `http://127.0.0.1:${port}`, port, log: () => text("access.log"), close };
}

/** Asks the process to end: its own children end with it. */
function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    const late = setTimeout(() => child.kill("SIGKILL"), 5000);
    child.once("exit", () => {
      clearTimeout(late);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nothing listens");
}
