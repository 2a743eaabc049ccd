/** `completion`: the script that completes command lines in a shell, and the answers to its questions. */
import { Argument, type Command } from "commander";
import { lastingCache, open } from "fitslice";
import type { CliCommand } from "../cli-command.js";
import { candidates, isLocal } from "../completion.js";
import { printable, write } from "../output.js";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

export function completionCommand(command: Command): void {
  command
    .description(
      "Print a script with which a shell completes command lines of fitslice: commands, options, their values, files, names " +
        "of HDUs. Of remote files the names are those that the cache on disk holds; no server is asked.",
    )
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(shells))
    .argument("[words...]", "what was typed so far: prints the words that its end may become")
    .addHelpText(
      "after",
      `
To install it, put the line of your shell where it reads its settings:
  ~/.bashrc                             source <(fitslice completion bash)
  ~/.zshrc, behind compinit             source <(fitslice completion zsh)
  ~/.config/fish/config.fish            fitslice completion fish | source

Examples:
  $ fitslice completion bash
  $ fitslice completion zsh -- section hst.fits --hdu S`,
    )
    .action(async (shell: Shell, words: string[]) => {
      if (words.length === 0) return write(scripts[shell]);
      const found = await candidates(command.parent as CliCommand, words, hduNames);
      const lines = found.map(({ value, about }) => {
        const name = printable(value);
        return shell === "bash" || about === "" ? name : `${name}\t${printable(about)}`;
      });
      await write(lines.map((line) => `${line}\n`).join(""));
    });
}

/** Names of the HDUs of a file on a disk, or of an address that the cache on disk holds; none where that fails. */
async function hduNames(source: string): Promise<readonly string[]> {
  const names = async (options: { cache?: ReturnType<typeof lastingCache> }): Promise<string[]> => {
    const fits = await open(source, { ...options, retries: 0, timeout: 2000 });
    try {
      const layouts = await fits.layouts();
      return [...new Set(layouts.flatMap(({ name }) => (name === "" ? [] : [name])))];
    } finally {
      await fits.close();
    }
  };
  try {
    if (isLocal(source)) return await names({});
    return /^https?:/i.test(source) ? await withoutNetwork(() => names({ cache: keptCache() })) : [];
  } catch {
    return []; // there is nobody to tell
  }
}

/** The cache that commands share; what it holds is taken however old it is. */
function keptCache(): ReturnType<typeof lastingCache> {
  const { FITSLICE_CACHE_DIR: folder } = process.env;
  return lastingCache({ ...(folder && { folder }), maxAge: 1e9 });
}

/** Lets `work` ask no server: every request goes to a proxy at the port `discard` of this machine, where none listens. */
async function withoutNetwork<T>(work: () => Promise<T>): Promise<T> {
  const names = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];
  const before = names.map((name) => process.env[name]);
  for (const name of names) {
    if (/^no/i.test(name)) delete process.env[name];
    else process.env[name] = "http://127.0.0.1:9";
  }
  try {
    return await work();
  } finally {
    for (const [i, name] of names.entries()) {
      if (before[i] === undefined) delete process.env[name];
      else process.env[name] = before[i];
    }
  }
}

const scripts: Readonly<Record<Shell, string>> = {
  // The words are put together again that bash has parted at = and :, and their beginning is taken off the answers.
  bash: `_fitslice() {
  local -a words=()
  local rest=$COMP_LINE word line i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $i -gt 0 && -n $word && $rest == "$word"* ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
      rest=\${rest#"\${rest%%[![:space:]]*}"}
    fi
    rest=\${rest#"$word"}
  done
  local all=\${words[\${#words[@]}-1]} part=\${COMP_WORDS[COMP_CWORD]}
  [[ $part == = || $part == : ]] && part=
  local parted=\${all%"$part"}
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$(printf %q "\${line#"$parted"}")")
  done < <("$1" completion bash -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -o bashdefault -F _fitslice fitslice
`,
  zsh: `#compdef fitslice
_fitslice() {
  local -a found
  local line
  while IFS= read -r line; do
    if [[ $line == *$'\\t'* ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${line//:/\\\\:}")
    fi
  done < <("\${words[1]}" completion zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then
    _describe fitslice found
  else
    _files
  fi
}
compdef _fitslice fitslice
`,
  fish: `function __fitslice_complete
  set -l words (commandline -opc)
  set -l word (commandline -ct)
  set -l found (fitslice completion fish -- $words[2..-1] "$word" 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c fitslice -f -a '(__fitslice_complete)'
`,
};
