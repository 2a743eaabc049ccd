/**
 * Positions of objects by name. The only part of this folder that asks a server, and only when it is called.
 */
import { checkObject, checkText } from "../argument.js";
import type { ResolvedName, ResolveOptions } from "./sesame.js";

export type { ResolvedName, ResolveOptions };

/**
 * The position of an object by its name (`M31`, `NGC 4321`, `alpha Cen`), as Sesame has it: SIMBAD, NED, VizieR. The name goes to
 * the server, nothing else does. Throws NOT_FOUND where no database knows the name, BAD_ARGUMENT for a name that cannot be
 * one, NETWORK, TIMEOUT or HTTP where no host answers; an abort rejects with the signal's reason.
 */
export async function resolveName(name: string, options: ResolveOptions = {}): Promise<ResolvedName> {
  checkText(name, "a name");
  checkObject(options);
  // Pages that look up no names need no transport.
  return (await import("./sesame.js")).askSesame(name, options);
}
