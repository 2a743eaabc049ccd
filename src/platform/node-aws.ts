/**
 * What the environment and `~/.aws` say of S3: region, endpoint, credentials, by the AWS SDK's own modules.
 */
import { FitsError } from "../errors.js";
import { installed } from "./node-optional.js";
import type { AwsDefaults, S3Credentials } from "./types.js";

const advice = "reading ~/.aws needs the optional dependencies of fitslice; npm install them";

type Profile = Readonly<Record<string, string | undefined>>;

/**
 * The settings in force; `profile` takes the place of `AWS_PROFILE` and of keys in the environment. `credentials()`
 * asks, in this order: the environment, the profile (keys, credential_process, SSO, a role), a web identity token
 * file, a container's address where the environment names one. The metadata service of a machine is never asked.
 */
export async function awsDefaults({ profile }: { profile?: string | undefined }): Promise<AwsDefaults> {
  const { env } = process;
  const name = profile ?? (env["AWS_PROFILE"] || "default");
  const { own, services } = await readProfile(name);
  if (!own && (profile || env["AWS_PROFILE"])) {
    throw new FitsError(
      "BAD_CREDENTIALS",
      `no profile "${name}" in ~/.aws/config or ~/.aws/credentials; check its name`,
    );
  }
  return {
    region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || own?.["region"],
    endpoint:
      env["AWS_ENDPOINT_URL_S3"] ||
      env["AWS_ENDPOINT_URL"] ||
      services?.["s3.endpoint_url"] ||
      own?.["endpoint_url"],
    credentials: () => credentials(profile, name, own),
  };
}

/** The profile's section, and the section of services that it names; neither where there are no such files. */
async function readProfile(name: string): Promise<{ own?: Profile; services?: Profile }> {
  const { access } = await import("node:fs/promises");
  const { homedir } = await import("node:os");
  const { env } = process;
  const folder = `${env["HOME"] || homedir()}/.aws`;
  const files = [
    env["AWS_SHARED_CREDENTIALS_FILE"] || `${folder}/credentials`,
    env["AWS_CONFIG_FILE"] || `${folder}/config`,
  ];
  const present = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!present.includes(true)) return {};
  const { loadSharedConfigFiles } = await installed(import("@smithy/shared-ini-file-loader"), advice);
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const [inConfig, inCredentials] = [configFile[name], credentialsFile[name]];
  if (!inConfig && !inCredentials) return {};
  const own: Profile = { ...inConfig, ...inCredentials };
  const services = configFile[`services.${own["services"]}`];
  return { own, ...(services && { services }) };
}

async function credentials(
  profile: string | undefined,
  name: string,
  own: Profile | undefined,
): Promise<S3Credentials | undefined> {
  const { env } = process;
  const [accessKeyId, secretAccessKey] = [env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]];
  if (!profile && accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, sessionToken: env["AWS_SESSION_TOKEN"] };
  }
  try {
    if (
      own &&
      Object.keys(own).some((key) => /^(aws_access_key_id|credential_process|sso_|role_arn|login_)/.test(key))
    ) {
      const { fromIni } = await installed(import("@aws-sdk/credential-provider-ini"), advice);
      return await fromIni({ profile: name })();
    }
    if (profile)
      throw new FitsError("BAD_CREDENTIALS", `the profile "${name}" holds no credentials; add keys to it`);
    if (env["AWS_WEB_IDENTITY_TOKEN_FILE"] && env["AWS_ROLE_ARN"]) {
      const { fromTokenFile } = await installed(import("@aws-sdk/credential-provider-web-identity"), advice);
      return await fromTokenFile()();
    }
    if (env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] || env["AWS_CONTAINER_CREDENTIALS_FULL_URI"]) {
      const { fromHttp } = await installed(import("@aws-sdk/credential-provider-http"), advice);
      return await fromHttp()();
    }
  } catch (cause) {
    if (cause instanceof FitsError) throw cause;
    const why = String((cause as Error).message).replace(/\s+/g, " ");
    throw new FitsError(
      "BAD_CREDENTIALS",
      `no credentials from ${own ? `the profile "${name}"` : "the environment"}: ${why}`,
      { cause },
    );
  }
  return undefined;
}
