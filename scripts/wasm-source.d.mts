/** SHA-256 of an AssemblyScript source and of those that it imports. */
export function wasmSourceDigest(path: string): string;
