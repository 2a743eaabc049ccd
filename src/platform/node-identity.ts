/**
 * Tokens by the identity libraries of Google and Microsoft, which are optional peer dependencies: they are large, and few need them.
 */
import { FitsError } from "../errors.js";
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
    projectId: string;
  }) => {
    getAccessToken(): Promise<string | null | undefined>;
  };
}

const google = "google-auth-library";
const azure = "@azure/identity";

/**
 * A token of Google's application-default credentials: of the file that GOOGLE_APPLICATION_CREDENTIALS names, of gcloud,
 * or of the machine; `href` is what messages are about. To be called again for another one. Throws UNSUPPORTED where the library is missing,
 * BAD_CREDENTIALS where the library gets no token.
 */
export async function googleToken(href: string): Promise<string | undefined> {
  const { GoogleAuth } = await installed(
    packageNamed<GoogleAuthLibrary>(google),
    `${href}: Google's credentials need an optional package: npm install ${google}@10 (or ask without them: { gs: { anonymous: true } })`,
  );
  const scopes = "https://www.googleapis.com/auth/devstorage.read_only";
  // No token depends on the project. The library would look for it: by gcloud, and by the network.
  const auth = new GoogleAuth({ scopes, projectId: "none" });
  const token = await auth
    .getAccessToken()
    .catch(
      refused(
        `${href}: Google's application-default credentials gave`,
        "check the file that GOOGLE_APPLICATION_CREDENTIALS names, or log in again (gcloud auth application-default login)",
      ),
    );
  return token ?? undefined;
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

/**
 * A token of Microsoft Entra for blobs, by all ways that DefaultAzureCredential knows. Throws UNSUPPORTED without the library,
 * BAD_CREDENTIALS where the library gets no token.
 */
export async function azureToken(href: string): Promise<string | undefined> {
  const { DefaultAzureCredential } = await installed(
    packageNamed<AzureIdentity>(azure),
    `${href}: Microsoft Entra's credentials need an optional package: npm install ${azure}@4.13 (or ask without them: { az: { anonymous: true } })`,
  );
  const token = await new DefaultAzureCredential()
    .getToken("https://storage.azure.com/.default")
    .catch(
      refused(
        `${href}: Microsoft Entra gave`,
        "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or log in (az login)",
      ),
    );
  return token?.token;
}

/**
 * Throws BAD_CREDENTIALS for what a library throws, whose errors hold requests with all their secrets: only a code of OAuth, of Entra or of the
 * system is quoted.
 */
function refused(who: string, advice: string): (cause: unknown) => never {
  return (cause) => {
    const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
    const text = String(message);
    const why =
      /AADSTS\d{1,9}/.exec(text) ?? /\b(invalid|unauthorized|unsupported|access)_[a-z_]{1,30}\b/.exec(text);
    const told = why?.[0] ?? (/^E[A-Z_]{1,30}$/.test(String(code)) ? code : undefined);
    throw new FitsError("BAD_CREDENTIALS", `${who} no token${told ? ` (${told})` : ""}; ${advice}`);
  };
}
