/**
 * A real FTP server: vsftpd, as Debian packages it, as a process of this user on loopback, in a temporary folder, for anonymous readers.
 *
 * apt-get install vsftpd
 */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const program = "/usr/sbin/vsftpd";

export interface Vsftpd {
  /** `ftp://127.0.0.1:PORT`, with a certificate `ftps://`. */
  readonly url: string;
  readonly port: number;
  /** Writes a file; `path` begins with a slash. */
  put(path: string, bytes: Uint8Array, mode?: number, modified?: Date): void;
  close(): Promise<void>;
}

/** True where it is installed. */
export function hasVsftpd(): boolean {
  return existsSync(program);
}

export interface VsftpdOptions {
  /** Most connections of one client. Default: no limit. */
  readonly maxPerIp?: number;
  readonly anonymous?: boolean;
  /** Paths of a key and its certificate: nobody is served without TLS, and data connections go on with the control connection's session. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string };
}

export async function startVsftpd({
  maxPerIp = 0,
  anonymous = true,
  tls,
}: VsftpdOptions = {}): Promise<Vsftpd> {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-vsftpd-"));
  const files = join(folder, "files");
  mkdirSync(files);
  mkdirSync(join(folder, "empty"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  const { username } = userInfo();
  const settings = {
    ...{ listen: "YES", listen_address: "127.0.0.1", listen_port: port, background: "NO" },
    ...{ anonymous_enable: anonymous ? "YES" : "NO", local_enable: anonymous ? "NO" : "YES" },
    ...{ no_anon_password: "YES", anon_root: files, secure_chroot_dir: join(folder, "empty") },
    ...{
      run_as_launching_user: isRoot ? "NO" : "YES",
      one_process_model: isRoot ? "NO" : anonymous ? "YES" : "NO",
    },
    ...{ ftp_username: isRoot ? "ftp" : username, nopriv_user: isRoot ? "nobody" : username },
    ...{ pasv_enable: "YES", pasv_address: "127.0.0.1", seccomp_sandbox: "NO", max_per_ip: maxPerIp },
    ...(tls && {
      ...{ ssl_enable: "YES", allow_anon_ssl: "YES", require_ssl_reuse: "YES", ssl_tlsv1: "YES" },
      ...{ force_anon_logins_ssl: "YES", force_anon_data_ssl: "YES" },
      ...{ rsa_cert_file: tls.certFile, rsa_private_key_file: tls.keyFile },
    }),
    ...{ anon_world_readable_only: "YES", xferlog_enable: "NO", use_localtime: "NO" },
  };
  const conf = join(folder, "vsftpd.conf");
  writeFileSync(
    conf,
    `${Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join("\n")}\n`,
  );
  const child = spawn(program, [conf], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await listening(port, () => child.exitCode ?? undefined).catch((error: Error) => {
    throw new Error(`${error.message}: ${said}`);
  });
  return {
    url: `ftp${tls ? "s" : ""}://127.0.0.1:${port}`,
    port,
    put(path, bytes, mode = 0o644, modified = new Date()) {
      const at = join(files, path);
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, bytes);
      chmodSync(at, mode);
      utimesSync(at, modified, modified);
    },
    async close() {
      process.off("exit", kill);
      kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Waits until somebody listens at a port. */
async function listening(port: number, exit: () => number | undefined): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket
        .once("data", () => resolve(true))
        .once("error", () => resolve(false))
        .once("close", () => resolve(false));
      setTimeout(() => socket.destroy(), 1000).unref();
    });
    if (isOpen) return;
    if (exit() !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens at port ${port} (vsftpd ended with ${exit()})`);
}
