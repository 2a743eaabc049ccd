/** Bundles a .ts file to a module under out/ and answers with its path. */
export function bundle(entry: string): Promise<string>;
