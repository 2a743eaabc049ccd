/**
 * A real S3-compatible server: OpenStack Swift with its s3api and tempauth, as Debian packages it, one device, no
 * replication, as processes of this user on loopback, in a temporary folder.
 *
 * apt-get install swift-proxy swift-account swift-container swift-object
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { freePort } from "./free-port.js";

const services = ["account", "container", "object", "proxy"] as const;
type Service = (typeof services)[number];

export interface SwiftKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SwiftServer {
  /** The S3 endpoint. */
  readonly url: string;
  readonly region: string;
  /** Owner of everything. */
  readonly owner: SwiftKeys;
  /** A user of the same account that may read nothing. */
  readonly stranger: SwiftKeys;
  createBucket(bucket: string): Promise<void>;
  /** `path`: the key, percent-encoded. */
  put(bucket: string, path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
}

/** True where all of it is installed. */
export function hasSwift(): boolean {
  return services.every((name) => existsSync(`/usr/bin/swift-${name}-server`));
}

/** Starts it; some seconds. */
export async function startSwift(region = "eu-test-1"): Promise<SwiftServer> {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-swift-"));
  const ports = Object.fromEntries(
    await Promise.all(services.map(async (name) => [name, await freePort()])),
  ) as Record<Service, number>;
  mkdirSync(join(folder, "device", "disk"), { recursive: true });
  writeFileSync(join(folder, "swift.conf"), swiftConf);
  const processes: ChildProcess[] = [];
  const kill = (): void => {
    for (const child of processes) child.kill("SIGKILL");
  };
  process.once("exit", kill);
  const close = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await Promise.all(
      processes.map((child) => child.exitCode ?? child.signalCode ?? new Promise((r) => child.on("exit", r))),
    );
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const name of services) {
      const conf = join(folder, `${name}-server.conf`);
      writeFileSync(
        conf,
        name === "proxy" ? proxyConf(folder, ports[name], region) : storageConf(folder, name, ports[name]),
      );
    }
    makeRings(folder, ports);
    const log = join(folder, "log");
    for (const name of services) {
      const child = spawn("/bin/sh", [
        "-c",
        `exec /usr/bin/swift-${name}-server "$0" -v >>"$1" 2>&1`,
        join(folder, `${name}-server.conf`),
        log,
      ]);
      processes.push(child);
    }
    await Promise.all(services.map((name) => listening(ports[name], log)));
  } catch (error) {
    await close();
    throw error;
  }
  const owner = { accessKeyId: "lab:owner", secretAccessKey: "owner/secret" };
  const url = `http://127.0.0.1:${ports.proxy}`;
  const client = new AwsClient({ ...owner, region, service: "s3" });
  const put = async (path: string, body?: Uint8Array<ArrayBuffer>): Promise<void> => {
    const answer = await client.fetch(`${url}${path}`, { method: "PUT", ...(body && { body }) });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  };
  return {
    url,
    region,
    owner,
    stranger: { accessKeyId: "lab:stranger", secretAccessKey: "stranger/secret" },
    createBucket: (bucket) => put(`/${bucket}`),
    put: (bucket, path, bytes) => put(`/${bucket}/${path}`, bytes),
    close,
  };
}

const swiftConf = `[swift-hash]
swift_hash_path_suffix = test
[storage-policy:0]
name = one
default = yes
`;

function common(folder: string, port: number): string {
  return `bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${userInfo().username}
swift_dir = ${folder}
devices = ${join(folder, "device")}
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
`;
}

function storageConf(folder: string, name: Service, port: number): string {
  return `[DEFAULT]
${common(folder, port)}
[pipeline:main]
pipeline = ${name}-server
[app:${name}-server]
use = egg:swift#${name}
`;
}

/** The cache filter has to be there; nothing listens where it looks, and Swift does without. */
function proxyConf(folder: string, port: number, region: string): string {
  return `[DEFAULT]
${common(folder, port)}
[pipeline:main]
pipeline = catch_errors cache s3api tempauth proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = ${region}
allow_multipart_uploads = false
[filter:tempauth]
use = egg:swift#tempauth
user_lab_owner = owner/secret .admin
user_lab_stranger = stranger/secret
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
`;
}

/** What swift-ring-builder's create, add and rebalance do, for three rings in one process. */
function makeRings(folder: string, ports: Readonly<Record<Service, number>>): void {
  const program = `
import sys
from swift.common.ring import RingBuilder
for name, port in zip(sys.argv[1::2], sys.argv[2::2]):
    ring = RingBuilder(2, 1, 1)
    ring.add_dev(dict(region=1, zone=1, ip="127.0.0.1", port=int(port), device="disk", weight=1, meta="",
                      replication_ip="127.0.0.1", replication_port=int(port)))
    ring.rebalance()
    ring.get_ring().save(name + ".ring.gz")
`;
  const args = services.filter((name) => name !== "proxy").flatMap((name) => [name, String(ports[name])]);
  execFileSync("/usr/bin/python3", ["-c", program, ...args], { cwd: folder });
}

/** Waits until something listens on `port`; fails with the end of the log after a minute. */
async function listening(port: number, log: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Swift does not listen on ${port}:\n${readFileSync(log, "utf8").slice(-3000)}`);
}
