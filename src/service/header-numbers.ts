/**
 * Values of a header that filters need; keywords that are not there, or of another type, are none.
 */
import type { Header } from "../header/header.js";

export function numberIn(header: Header, keyword: string): number | undefined {
  const value = header.has(keyword) ? header.get(keyword) : undefined;
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

export function textIn(header: Header, keyword: string): string | undefined {
  const value = header.has(keyword) ? header.get(keyword) : undefined;
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
