/** Where the configuration lies. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The path of the configuration: FITSLICE_CONFIG, else fitslice/config.json in XDG_CONFIG_HOME or ~/.config. */
export function configPath(): string {
  const { FITSLICE_CONFIG: named, XDG_CONFIG_HOME: folder } = process.env;
  if (named) return named;
  return join(folder || join(homedir(), ".config"), "fitslice", "config.json");
}

/** Whether there is one. One that FITSLICE_CONFIG names has to be there: reading it tells what is wrong. */
export function hasConfig(): boolean {
  return Boolean(process.env["FITSLICE_CONFIG"]) || existsSync(configPath());
}
