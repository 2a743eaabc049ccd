/**
 * The browsers that tests run in: Debian's Chromium and Firefox ESR, both driven over WebDriver BiDi.
 */
import { existsSync } from "node:fs";
import puppeteer, { type Browser } from "puppeteer-core";
import { startXDisplay } from "./x-display.js";

export type { Browser, Page } from "puppeteer-core";

export interface BrowserKind {
  readonly name: "Chromium" | "Firefox";
  /** `undefined` where this browser is not installed. */
  readonly executablePath: string | undefined;
  launch(): Promise<Browser>;
}

const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  // WebGL without a GPU.
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Firefox asks its makers' servers for nothing while tests run. */
const firefoxPreferences = {
  "app.update.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.systemAddon.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "toolkit.telemetry.enabled": false,
};

export const chromium: BrowserKind = browserKind(
  "Chromium",
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
  { browser: "chrome", args: chromiumArgs },
);

export const firefox: BrowserKind = browserKind("Firefox", ["/usr/bin/firefox-esr", "/usr/bin/firefox"], {
  browser: "firefox",
  extraPrefsFirefox: firefoxPreferences,
});

/** Both, for `describe.each`; `skipIf(!executablePath)` skips the one that is not here. */
export const browsers: readonly BrowserKind[] = [chromium, firefox];

function browserKind(
  name: BrowserKind["name"],
  places: readonly string[],
  options: NonNullable<Parameters<typeof puppeteer.launch>[0]>,
): BrowserKind {
  const executablePath = places.find((path) => existsSync(path));
  const install = `apt-get install ${name === "Firefox" ? "firefox-esr" : "chromium"}`;
  if (!executablePath) {
    if (process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error(`no ${name} here (${install})`);
    console.warn(`SKIPPED: no ${name} here, so the library is not run in it (${install})`);
  }
  return {
    name,
    executablePath,
    async launch() {
      const display = name === "Firefox" ? await startXDisplay() : undefined;
      try {
        const browser = await puppeteer.launch({
          ...options,
          protocol: "webDriverBiDi",
          headless: !display,
          ...(display && { env: { ...process.env, DISPLAY: display.name, MOZ_ENABLE_WAYLAND: "0" } }),
          acceptInsecureCerts: true, // servers of tests have certificates of their own
          executablePath: executablePath!,
        });
        if (display) browser.once("disconnected", display.close);
        return browser;
      } catch (error) {
        display?.close();
        throw error;
      }
    },
  };
}
