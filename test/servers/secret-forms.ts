/** The forms in which a secret may turn up. */

/** A secret with characters that each encoding writes in its own way. */
export const hush = "HUSH/hush+hush=";

/** Whether a text holds the secret in any form: as it stands, percent-encoded (once or twice), in base64 behind 0 to 2 other characters, in JSON or XML. */
export function formsIn(text: string, secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const forms: Record<string, string> = {
    plain: secret,
    percent: encoded,
    "percent, lower case": encoded.replace(/%../g, (code) => code.toLowerCase()),
    "percent, twice": encodeURIComponent(encoded),
    form: new URLSearchParams({ a: secret }).toString().slice(2),
    hex: Buffer.from(secret).toString("hex"),
  };
  for (const before of ["", "x", "xx"]) {
    const bytes = Buffer.from(before + secret);
    // The first and the last characters hold bits of what lies around.
    const inner = (base64: string): string => base64.slice(before === "" ? 0 : 4, -4);
    forms[`base64 behind ${before.length}`] = inner(bytes.toString("base64"));
    forms[`base64url behind ${before.length}`] = inner(
      bytes.toString("base64url").padEnd(4 * Math.ceil(bytes.length / 3), "="),
    );
  }
  return Object.entries(forms).flatMap(([name, form]) =>
    form.length > 3 && text.includes(form) ? [name] : [],
  );
}
