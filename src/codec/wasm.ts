/**
 * Loads the WebAssembly modules of wasm/*.ts. They are two to four times as fast as the same code in JavaScript, from the
 * first tile on: JavaScript is slow until V8 has compiled it.
 */
import { littleEndianHost } from "../array.js";

/**
 * The exports of a module; addresses are of bytes in the module's memory. See wasm/*.ts. `bytePix` is the size of the
 * integers; `how` is the block size for RICE, and for GZIP as wasm/gzip.ts says.
 */
export interface KernelModule {
  /** A WebAssembly.Memory. Only the types of the DOM have that name, and users of the package may not have these. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  decode(tiles: number, count: number, bytePix: number, how: number, scratch: number): number;
  /** RICE and GZIP only. */
  decodeFloats(
    tiles: number,
    count: number,
    bytePix: number,
    how: number,
    scratch: number,
    levels: number,
    dither: number,
    size: number,
  ): number;
}

/**
 * Makes room for `bytes` bytes in a module's memory. False where the machine has no more: the caller then decodes in
 * JavaScript. Memory that a module has once is never given back.
 */
export function reserve({ memory }: KernelModule, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return true;
  try {
    memory.grow(Math.ceil(missing / 65536));
    return true;
  } catch {
    return false;
  }
}

const codes: Readonly<Record<string, () => Promise<{ code: string }>>> = {
  RICE_1: () => import("./rice-wasm-code.js"),
  RICE_ONE: () => import("./rice-wasm-code.js"),
  PLIO_1: () => import("./plio-wasm-code.js"),
  GZIP_1: () => import("./gzip-wasm-code.js"),
  GZIP_2: () => import("./gzip-wasm-code.js"),
};

/** Whether there is a module for this ZCMPTYPE. */
export function hasModule(algorithm: string): boolean {
  return Object.hasOwn(codes, algorithm);
}

const loading = new Map<string, Promise<KernelModule | undefined>>();

/** The module of a ZCMPTYPE; `undefined` where there is none, no WebAssembly or SIMD, or where a page's policy forbids them. */
export function loadModule(algorithm: string): Promise<KernelModule | undefined> {
  let module = loading.get(algorithm);
  if (!module) {
    module = instantiate(algorithm).catch(() => undefined);
    loading.set(algorithm, module);
  }
  return module;
}

async function instantiate(algorithm: string): Promise<KernelModule | undefined> {
  if (!littleEndianHost || !hasModule(algorithm)) return undefined;
  const { code } = await codes[algorithm]!();
  const bytes = new Uint8Array(code.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(code.slice(2 * i, 2 * i + 2), 16);
  const { instance } = await WebAssembly.instantiate(bytes);
  return instance.exports as unknown as KernelModule;
}
