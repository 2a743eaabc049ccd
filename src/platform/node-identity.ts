/**
 * Tokens by the identity libraries of Google and Microsoft, which are optional peer dependencies: they are large, and few need them.
 */
import { installed, packageNamed } from "./node-optional.js";

/** What fitslice uses of `@azure/identity`. */
interface AzureIdentity {
  readonly DefaultAzureCredential: new () => {
    getToken(scope: string): Promise<{ readonly token: string } | null>;
  };
}

/** What fitslice uses of `google-auth-library`. */
interface GoogleAuthLibrary {
  readonly GoogleAuth: new (options: {
    scopes: string;
  }) => {
    getAccessToken(): Promise<string | null | undefined>;
  };
}

const google = "google-auth-library";
const azure = "@azure/identity";

/**
 * A token of Google's application-default credentials: of the file that GOOGLE_APPLICATION_CREDENTIALS names, of gcloud,
 * or of the machine. A function to be called again for another one. Throws UNSUPPORTED where the library is missing.
 */
export async function googleToken(): Promise<string | undefined> {
  const { GoogleAuth } = await installed(
    packageNamed<GoogleAuthLibrary>(google),
    `Google's credentials need an optional package: npm install ${google}@10 (or ask without them: { gs: { anonymous: true } })`,
  );
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/devstorage.read_only" });
  return (await auth.getAccessToken()) ?? undefined;
}

/** Whether there are application-default credentials in the places where files of them lie. */
export async function hasGoogleCredentials(): Promise<boolean> {
  const { env, platform } = process;
  if (env["GOOGLE_APPLICATION_CREDENTIALS"]) return true;
  const { access } = await import("node:fs/promises");
  const { homedir } = await import("node:os");
  const folder =
    env["CLOUDSDK_CONFIG"] ||
    (platform === "win32" ? `${env["APPDATA"]}/gcloud` : `${env["HOME"] || homedir()}/.config/gcloud`);
  return access(`${folder}/application_default_credentials.json`).then(
    () => true,
    () => false,
  );
}

/** A token of Microsoft Entra for blobs, by all ways that DefaultAzureCredential knows. Throws UNSUPPORTED without the library. */
export async function azureToken(): Promise<string | undefined> {
  const { DefaultAzureCredential } = await installed(
    packageNamed<AzureIdentity>(azure),
    `Microsoft Entra's credentials need an optional package: npm install ${azure}@4.13 (or ask without them: { az: { anonymous: true } })`,
  );
  const token = await new DefaultAzureCredential().getToken("https://storage.azure.com/.default");
  return token?.token;
}
