/**
 * The documentation's examples: fenced blocks of the Markdown files.
 */
import { readFileSync } from "node:fs";

export interface Example {
  document: string;
  line: number;
  code: string;
}

/** The fenced blocks of a document in one language. */
export function examplesOf(document: string, language: string): Example[] {
  const text = readFileSync(document, "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => ({
    document,
    line: text.slice(0, match.index).split("\n").length,
    code: match[1]!,
  }));
}

const tutorialBlocks = examplesOf("docs/tutorial.md", "js");

/** The tutorial, whose blocks are one program. */
export const tutorial: Example = {
  document: "docs/tutorial.md",
  line: tutorialBlocks[0]?.line ?? 0,
  code: tutorialBlocks.map(({ code }) => code).join(""),
};

/** The examples of the library's use. */
export const scripts: readonly Example[] = [
  ...["README.md", "docs/guide.md", "docs/concepts.md", "docs/recipes.md"].flatMap((document) =>
    examplesOf(document, "js"),
  ),
  tutorial,
];
