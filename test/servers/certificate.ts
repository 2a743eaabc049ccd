/**
 * Certificates for servers on loopback, made by openssl: each is its own authority, which NODE_EXTRA_CA_CERTS may name.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Paths of the two, until `remove`. */
  readonly keyFile: string;
  readonly certFile: string;
  remove(): void;
}

/** A certificate for these names and addresses: `DNS:localhost`, `IP:127.0.0.1`. */
export function certificateFor(...names: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-tls-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = ["-newkey", "rsa:2048", "-nodes", "-days", "2"]; // vsftpd takes no other kind
  const subject = ["-subj", "/CN=fitslice test", "-addext", `subjectAltName=${names.join(",")}`];
  const files = ["-keyout", keyFile, "-out", certFile];
  execFileSync("openssl", ["req", "-x509", ...made, ...files, ...subject], { stdio: "ignore" });
  return {
    ...{ key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8"), keyFile, certFile },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
