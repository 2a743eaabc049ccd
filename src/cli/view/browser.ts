/**
 * Shows an address in the user's browser.
 */
import { tell } from "../output.js";

/** Opens the browser, which outlives this program. Where there is none, the user is told to open the address. Never rejects. */
export async function openBrowser(address: string): Promise<void> {
  if (!hasScreen())
    return tell(
      "no screen here: open the address in a browser (ssh -L PORT:127.0.0.1:PORT brings it to yours)",
    );
  const failed = (): void => tell("cannot open a browser: open the address in one");
  try {
    const { default: openAddress } = await import("open");
    const launcher = await openAddress(address);
    launcher.once("error", failed);
    launcher.once("exit", (code) => {
      if (code !== 0 && code !== null) failed();
    });
  } catch {
    failed();
  }
}

/** Text browsers would be started where nobody sees them. */
function hasScreen(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, BROWSER, WSL_DISTRO_NAME } = process.env;
  return process.platform !== "linux" || [DISPLAY, WAYLAND_DISPLAY, BROWSER, WSL_DISTRO_NAME].some(Boolean);
}
