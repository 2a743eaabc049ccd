/** A Jupyter notebook as a page: text, code, and below each cell its outputs. */

const fenced = (language, text) => `\`\`\`${language}\n${text.replace(/\n$/, "")}\n\`\`\``;

/**
 * The notebook as Markdown. A cell of lines that begin with `!` is a cell of commands.
 * @param {string} text the notebook (format 4), as JSON
 */
export function markdownOf(text) {
  const parts = JSON.parse(text).cells.flatMap(({ cell_type: kind, source, outputs = [] }) => {
    const code = source.join("");
    if (kind === "markdown") return [code];
    const isShell = code.startsWith("!");
    const shown = outputs.flatMap((output) => output.text ?? []).join("");
    return [
      isShell ? fenced("sh", code.replaceAll(/^!/gm, "")) : fenced("python", code),
      ...(shown === "" ? [] : [fenced("text", shown)]),
    ];
  });
  return `${parts.join("\n\n")}\n`;
}
