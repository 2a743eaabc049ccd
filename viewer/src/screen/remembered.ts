/** Returns the last result of `make` as long as `parts`, the values that the result depends on, stay the same. */
export function remembered<T>(): (parts: readonly unknown[], make: () => T) => T {
  let made: { readonly parts: readonly unknown[]; readonly value: T } | undefined;
  return (parts, make) => {
    const isSame =
      made?.parts.length === parts.length && parts.every((part, i) => Object.is(part, made?.parts[i]));
    if (!made || !isSame) made = { parts, value: make() };
    return made.value;
  };
}
