/** Hands bytes to the user as a file. */

export function download(parts: readonly (Uint8Array | string)[], name: string, type: string): void {
  const url = URL.createObjectURL(new Blob(parts as BlobPart[], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has the bytes once the click is done; a moment more costs nothing.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
