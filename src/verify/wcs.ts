/**
 * Keywords of world coordinates: their indices, and the place of WCSAXES (Standard 8.2).
 */
import { error, type Subject, warning } from "./finding.js";
import { type HeaderLine, numberIn } from "./lines.js";

const axisKeyword =
  /^(?:(?:CTYPE|CUNIT|CRVAL|CDELT|CRPIX|CROTA|CRDER|CSYER)(\d+)|(?:PC|CD)(\d+)_(\d+)|(?:PV|PS)(\d+)_\d+)([A-Z]?)$/;

export function checkWcs(subject: Subject): void {
  const { lines, first, hdu } = subject;
  if (!/^(PRIMARY|IMAGE|COMPRESSED_IMAGE)$/.test(hdu.type)) return;
  const naxis = numberIn(first.get(hdu.type === "COMPRESSED_IMAGE" ? "ZNAXIS" : "NAXIS")) ?? 0;
  const before = new Map<string, HeaderLine>();
  for (const line of lines) {
    if (line.kind === undefined) continue;
    const axes = /^WCSAXES([A-Z]?)$/.exec(line.keyword);
    if (axes) {
      const other = before.get(axes[1]!);
      if (other)
        error(
          subject,
          line,
          `${line.keyword} stands behind ${other.keyword}`,
          "move WCSAXES before all other WCS keywords",
        );
    }
    const match = axisKeyword.exec(line.keyword);
    if (!match) continue;
    const [, one, row, column, parameter, version = ""] = match;
    if (!before.has(version)) before.set(version, line);
    const index = Math.max(...[one, row, column, parameter].map((n) => Number(n ?? 0)));
    const declared = numberIn(first.get(`WCSAXES${version}`));
    if (declared !== undefined && index > declared)
      error(
        subject,
        line,
        `${line.keyword}: there are only ${declared} axes (WCSAXES${version})`,
        "correct WCSAXES",
      );
    else if (declared === undefined && index > naxis)
      warning(subject, line, `${line.keyword}: there are only ${naxis} axes (NAXIS)`, "add WCSAXES");
  }
}
