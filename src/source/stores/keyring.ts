/**
 * Keyrings. A keyring fetches credentials with the first read, once for all reads, and again when a server says that the
 * credentials have expired.
 */
import { FitsError } from "../../errors.js";
import { within } from "../retry.js";

export interface Keyring<Keys> {
  /** The keys; all that ask while they are on their way get the same ones. */
  get(): Promise<Keys | undefined>;
  /**
   * Forgets keys that were got, unless others took their place already; false when there is no way to get others, and for a read that
   * has got others before: they were refused, too.
   */
  renew(got: object, read: object): boolean;
}

type Get<Keys> = () => Keys | undefined | Promise<Keys | undefined>;

interface KeyringOptions<Keys> {
  readonly href: string;
  /** Milliseconds that a function has. Default 30000. */
  readonly timeout?: number | undefined;
  /** Throws BAD_CREDENTIALS for keys that cannot be sent; shows none of them. */
  check(keys: Keys, href: string): void;
}

/** A keyring of `from`: keys, or a function that gets them. */
export function keyring<Keys extends object | string>(
  from: Keys | Get<Keys> | undefined,
  { href, timeout = 30_000, check }: KeyringOptions<Keys>,
): Keyring<Keys> {
  let keys: Promise<Keys | undefined> | undefined;
  const renewed = new WeakSet();
  const late = (): Error =>
    new FitsError(
      "TIMEOUT",
      `${href}: the function that gets credentials did not answer for ${timeout / 1000} s; see why, or allow a longer timeout`,
    );
  const load = async (): Promise<Keys | undefined> => {
    const isFunction = typeof from === "function";
    const loaded = isFunction
      ? await within(called(from as Get<Keys>, href), timeout, late)
      : (from as Keys | undefined);
    if (loaded) check(loaded, href);
    return loaded;
  };
  return {
    get() {
      if (keys) return keys;
      const loading = load().catch((error: unknown) => {
        if (keys === loading) keys = undefined;
        throw error;
      });
      keys = loading;
      return loading;
    },
    renew(got, read) {
      if (typeof from !== "function" || renewed.has(read)) return false;
      renewed.add(read);
      if (keys === got) keys = undefined;
      return true;
    },
  };
}

async function called<Keys>(credentials: Get<Keys>, href: string): Promise<Keys | undefined> {
  try {
    return await credentials();
  } catch (cause) {
    if (cause instanceof FitsError) throw cause;
    throw new FitsError(
      "BAD_CREDENTIALS",
      `${href}: the function that gets credentials failed; see the cause`,
      { cause },
    );
  }
}

/** Throws BAD_CREDENTIALS for a bearer token that cannot be sent; shows nothing of it. */
export function checkToken(token: string, href: string): void {
  if (typeof token === "string" && /^[!-~]+$/.test(token)) return;
  throw new FitsError(
    "BAD_CREDENTIALS",
    `${href}: the token is no token: it is empty, or holds a space, a line break or another character that no token has; copy it again`,
  );
}
