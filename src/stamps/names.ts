/**
 * Names of files for targets, whatever the targets are called.
 */

/** Bytes of a name, which leave room for what is put behind it. */
const mostBytes = 120;
/** Devices of Windows. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * A name that is a file's on any system: letters, digits and `._+-=@,()`; everything else (slashes, blanks, control
 * characters) becomes `_`. It begins with no dot and no dash.
 */
export function safeName(name: string): string {
  const plain = name
    .normalize("NFC")
    .trim()
    .replace(/[^\p{L}\p{M}\p{N}._+\-=@,()]+/gu, "_")
    .replace(/^[.-]+/, "_");
  const short = clipped(plain).replace(/\.+$/, "");
  const [stem = ""] = short.split(".");
  return devices.test(stem) ? `_${short}` : short || "_";
}

/** As many whole characters as fit. */
function clipped(text: string): string {
  // No character of a string takes more than three bytes.
  if (3 * text.length <= mostBytes) return text;
  const encoder = new TextEncoder();
  let room = mostBytes;
  let short = "";
  for (const char of text) {
    room -= encoder.encode(char).length;
    if (room < 0) return short;
    short += char;
  }
  return short;
}

/** Gives every name once, in any case of letters: the second `M31` is `M31-2`. */
export function uniqueNamer(): (name: string) => string {
  const used = new Set<string>();
  const next = new Map<string, number>();
  return (name) => {
    const key = name.toLowerCase();
    let unique = name;
    for (let n = next.get(key) ?? 2; used.has(unique.toLowerCase()); n++) {
      unique = `${name}-${n}`;
      next.set(key, n + 1);
    }
    used.add(unique.toLowerCase());
    return unique;
  };
}
