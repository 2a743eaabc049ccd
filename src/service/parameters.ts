/**
 * Parameters of a request (DALI 1.1, section 3): names in any case, several values of one name, from the query or a form.
 */
import { Refusal, tooMuch, usage } from "./refusal.js";

/** Values by name, in capitals, as they came. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/** The parameters of a request: its query, and the form of a POST. Throws Refusal for more than `most` bytes. */
export async function parametersOf(request: Request, most: number): Promise<Parameters> {
  const { search } = new URL(request.url);
  if (search.length > most) throw tooMuch(`a query has at most ${most} bytes`);
  const found = new Map<string, string[]>();
  add(found, new URLSearchParams(search));
  if (request.method !== "POST") return found;
  const type = request.headers.get("Content-Type") ?? "";
  if (type !== "" && !/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    if (!/^\s*multipart\/form-data\s*;/i.test(type))
      throw usage("a form is application/x-www-form-urlencoded");
    const bytes = await bodyOf(request, most);
    const form = await new Response(bytes, { headers: { "Content-Type": type } }).formData().catch(() => {
      throw usage("the form cannot be read");
    });
    for (const [name, value] of form) if (typeof value === "string") addOne(found, name, value);
    return found;
  }
  add(found, new URLSearchParams(new TextDecoder().decode(await bodyOf(request, most))));
  return found;
}

/** The body, of which no more than `most` bytes are taken. */
async function bodyOf(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("Content-Length") ?? 0) > most)
    throw tooMuch(`a form has at most ${most} bytes`);
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    parts.push(part.value);
    size += part.value.length;
    if (size <= most) continue;
    await reader?.cancel();
    throw tooMuch(`a form has at most ${most} bytes`);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function add(found: Map<string, string[]>, values: URLSearchParams): void {
  for (const [name, value] of values) addOne(found, name, value);
}

function addOne(found: Map<string, string[]>, name: string, value: string): void {
  const key = name.toUpperCase();
  const values = found.get(key);
  if (values) values.push(value);
  else found.set(key, [value]);
}

/** The values of a name that are not empty. */
export function valuesOf(parameters: Parameters, name: string): string[] {
  return (parameters.get(name) ?? []).filter((value) => value.trim() !== "");
}

/** The value of a name that has one at most. Throws Refusal. */
export function oneValue(parameters: Parameters, name: string): string | undefined {
  const values = valuesOf(parameters, name);
  if (values.length > 1)
    throw new Refusal(
      400,
      "MultiValuedParamNotSupported",
      `${name} is given ${values.length} times, and one is wanted`,
    );
  return values[0];
}

/** The same, of a name that must have one. */
export function neededValue(parameters: Parameters, name: string): string {
  const value = oneValue(parameters, name);
  if (value === undefined) throw usage(`${name} is missing`);
  return value;
}

/** Throws Refusal for names that are not among these: a filter that is passed over would give wrong pixels. */
export function onlyThese(parameters: Parameters, names: readonly string[]): void {
  for (const name of parameters.keys())
    if (!names.includes(name))
      throw usage(`no parameter ${name.slice(0, 40)}; there are ${names.join(", ")}`);
}

/** Parameters in an order that does not depend on the request: equal requests have equal texts. */
export function normalized(parameters: Parameters): string {
  return JSON.stringify([...parameters].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
