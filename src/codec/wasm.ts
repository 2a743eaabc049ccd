/**
 * The WebAssembly modules of wasm/*.ts, where they can be had: two to four times as fast as the same in JavaScript, and
 * from the first tile on, before JavaScript has been compiled.
 */
import { littleEndianHost } from "../array.js";

/**
 * What a module exports; addresses are of bytes in its memory. See wasm/*.ts. `bytePix` is the size of the integers, `how`
 * for RICE the block size, for GZIP what wasm/gzip.ts says.
 */
export interface KernelModule {
  /** A WebAssembly.Memory: without that name, which only the DOM's types have, where the package is used. */
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

/** The module of a ZCMPTYPE; `undefined` without one, or WebAssembly, or SIMD, or where a page's policy forbids it. */
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
