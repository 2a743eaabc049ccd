/**
 * What may be shown of addresses and headers: everything but secrets.
 */

const secretName =
  /sig(nature)?$|token|secret|passw|passphrase|^(pass|pwd|key|policy|code|sid|__gda__)$|^hdn|credential|auth|jwt|hmac|ticket|bearer|cookie|session|key$|^pw$|access-?_?(key|id)|key-pair/i;
const secretHeader = /auth|cookie|token|secret|key|signature|credential|password|session/i;

/** `url` without user name, password and fragment, and with `***` for the value of every parameter that may be secret. */
export function showUrl(url: string): string {
  const [address = "", query] = url.replace(/#.*$/s, "").split(/\?(.*)/s, 2);
  const open = address
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1")
    .replace(/;[^;/]+/g, (parameter) => `;${showParameter(parameter.slice(1))}`);
  return query === undefined ? open : `${open}?${query.replace(/[^&;]+/g, showParameter)}`;
}

/** The same of what is no URL: there is no telling where its password ends. */
export function showNoUrl(text: string): string {
  return showUrl(text.replace(/\/\/.*@/s, "//"));
}

function showParameter(parameter: string): string {
  const [name = "", value] = parameter.split(/=(.*)/s, 2);
  if (value === undefined) return parameter;
  // An address within the address may hold a secret, too.
  const inner = decode(value);
  const isSecret = secretName.test(decode(name)) || (/[?@]/.test(inner) && showUrl(inner) !== inner);
  return isSecret ? `${name}=***` : parameter;
}

export function isSecretHeader(name: string): boolean {
  return secretHeader.test(name);
}

/** `headers` with `***` for every value that may be secret; `own` are the names that the user gave values to. */
export function showHeaders(
  headers: Readonly<Record<string, string>>,
  own?: Readonly<Record<string, string>>,
): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (isSecretHeader(name) || (own && name in own)) shown[name] = "***";
    else shown[name] = /location|link|refresh|report-to/i.test(name) ? showUrl(value) : value;
  }
  return shown;
}

/** Percent-decoded, or as it is where that cannot be. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
