/**
 * Tokens by the real identity libraries of Google and Microsoft. They are large, so `.ci/run` installs them into `out/identity`.
 *
 * npm install --no-save --prefix out/identity google-auth-library@10 @azure/identity@4.13.1
 */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Outcome, outcomeOf } from "../cli/run.js";
import { exampleFile } from "../fixtures/example.js";
import { startGcsServer } from "../servers/gcs-server.js";
import { type IdentityServer, startIdentityServer } from "../servers/identity-server.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";

const modules = resolve("out/identity/node_modules");
const isInstalled = ["google-auth-library", "@azure/identity"].every((name) =>
  existsSync(join(modules, name)),
);
const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";

/** What the process prints: the name of an HDU, else the error. */
interface Said {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
}

const script = `import { inspect } from "node:util";
const { createProfile, open, toHar } = await import(${JSON.stringify(pathToFileURL(resolve("dist/index.js")).href)});
const [address, options] = process.argv.slice(1);
const profile = createProfile({ headers: true });
const said = await open(address, { ...JSON.parse(options), profile })
  .then(async (fits) => ({ name: (await fits.image("SCI")).name }))
  .catch((error) => ({ code: error.code, message: error.message, all: inspect(error, { depth: 9, showHidden: true }) }));
console.log(JSON.stringify({ ...said, har: toHar(profile.summary()) }));
process.exit(0);`;

describe.skipIf(!isInstalled && !required)(
  "identity libraries (skipped where out/identity does not hold them)",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "fitslice-identity-"));
    let example: Uint8Array;
    let identities: IdentityServer;
    beforeAll(async () => {
      example = await exampleFile();
    });
    beforeEach(async () => {
      identities = await startIdentityServer();
    });
    afterEach(() => identities.close());
    afterAll(() => rmSync(folder, { recursive: true }));

    /**
     * What a process says of a read, which finds the libraries, and all names of hosts at the identity server: by Node alone, since
     * NODE_PATH and NODE_EXTRA_CA_CERTS are looked at when it starts.
     */
    async function read(
      address: string,
      options: object,
      env: Readonly<Record<string, string>>,
    ): Promise<Outcome & { readonly said: Said }> {
      const outcome = await outcomeOf(
        spawn(process.execPath, ["--input-type=module", "-e", script, address, JSON.stringify(options)], {
          env: {
            ...{ PATH: process.env["PATH"] ?? "", HOME: folder, NODE_PATH: modules, NODE_NO_WARNINGS: "1" },
            ...{ HTTPS_PROXY: identities.proxy, NO_PROXY: "127.0.0.1" },
            ...{ NODE_EXTRA_CA_CERTS: identities.certFile, ...env },
          },
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
      expect(outcome.stderr).toBe("");
      expect(outcome.text).not.toContain("HUSH");
      return { ...outcome, said: outcome.json<Said>() };
    }

    describe("Google's", () => {
      const oauth = "POST oauth2.googleapis.com/token";
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const serviceAccount = {
        ...{ type: "service_account", project_id: "p", client_email: "a@p.example", client_id: "1" },
        ...{ private_key_id: "HUSH-id", private_key: privateKey.export({ type: "pkcs8", format: "pem" }) },
      };
      const user = {
        ...{ type: "authorized_user", client_id: "c" },
        ...{ client_secret: "HUSH-secret", refresh_token: "HUSH-refresh" },
      };
      let server: RangeServer;
      beforeEach(async () => {
        const { tokens } = identities;
        server = await startGcsServer({ objects: { "hst.fits": example }, tokens });
      });
      afterEach(() => server.close());

      const readWith = async (content: unknown, env: Record<string, string> = {}): Promise<Said> => {
        const file = join(folder, "adc.json");
        rmSync(file, { force: true });
        if (content !== undefined)
          writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
        const gs = { endpoint: server.url, applicationDefault: true };
        const named = { GOOGLE_APPLICATION_CREDENTIALS: file, ...env };
        return (await read("gs://closed/hst.fits", { gs, retries: 0 }, named)).said;
      };

      it.each<[string, object]>([
        ["a service account", serviceAccount],
        ["a user who has logged in", user],
      ])("gets one token for %s, and asks for nothing else", async (_, content) => {
        expect(await readWith(content)).toMatchObject({ name: "SCI" });
        expect(identities.asked).toEqual([oauth]);
        expect(server.requests.map(({ status }) => status)).toEqual([206]);
      });

      it("gets a token of the machine", async () => {
        const env = { GOOGLE_APPLICATION_CREDENTIALS: "", GCE_METADATA_HOST: new URL(identities.url).host };
        expect(await readWith(undefined, env)).toMatchObject({ name: "SCI" });
        expect(identities.asked.at(-1)).toBe(
          "GET 127.0.0.1/computeMetadata/v1/instance/service-accounts/default/token",
        );
      });

      it.each<[string, unknown, RegExp]>([
        ["a login that has expired", user, /\(invalid_grant\)/],
        ["a key that has been revoked", serviceAccount, /\(invalid_grant\)/],
        ["no file", undefined, /\(ENOENT\)/],
        ["a file that is none of credentials", "{ HUSH", /no token;/],
      ])("says what to do about %s", async (_, content, why) => {
        identities.refuse();
        const { code, message } = await readWith(content);
        expect(code).toBe("BAD_CREDENTIALS");
        expect(message).toMatch(why);
        expect(message).toMatch(
          /^gs:[ -~]*GOOGLE_APPLICATION_CREDENTIALS[ -~]*gcloud auth application-default login\)?$/,
        );
      });
    });

    describe("Microsoft's", () => {
      const az = (): object => ({ endpoint: server.url, identity: true });
      const secret = {
        ...{ AZURE_TENANT_ID: "11111111-1111-1111-1111-111111111111", AZURE_CLIENT_ID: "c" },
        AZURE_CLIENT_SECRET: "HUSH-secret",
      };
      let server: RangeServer;
      beforeEach(async () => {
        const isKnown = (given = ""): boolean => identities.tokens.has(given.replace("Bearer ", ""));
        server = await startRangeServer({
          files: { "/container/hst.fits": example },
          route: ({ headers }, path) =>
            isKnown(headers.authorization)
              ? { path }
              : { status: 401, headers: { "x-ms-error-code": "InvalidAuthenticationInfo" }, body: "no" },
        });
      });
      afterEach(() => server.close());
      const readWith = async (env: Record<string, string>): Promise<Said> =>
        (await read("az://account/container/hst.fits", { az: az(), retries: 0 }, env)).said;

      it("gets a token for a client and its secret", async () => {
        expect(await readWith(secret)).toMatchObject({ name: "SCI" });
        expect(identities.asked.at(-1)).toBe(
          `POST login.microsoftonline.com/${secret.AZURE_TENANT_ID}/oauth2/v2.0/token`,
        );
        expect(server.requests.map(({ status }) => status)).toEqual([206]);
      });

      it("gets a token for the identity of an App Service", async () => {
        const env = { IDENTITY_ENDPOINT: `${identities.url}/msi/token`, IDENTITY_HEADER: "HUSH-header" };
        expect(await readWith(env)).toMatchObject({ name: "SCI" });
        expect(identities.asked).toEqual(["GET 127.0.0.1/msi/token"]);
      });

      it("says what to do about a secret that is wrong", async () => {
        identities.refuse();
        const { code, message } = await readWith(secret);
        expect(code).toBe("BAD_CREDENTIALS");
        expect(message).toMatch(/^az:[ -~]*\(AADSTS7000215\)[ -~]*AZURE_CLIENT_SECRET[ -~]*az login\)?$/);
      });
    });
  },
);
