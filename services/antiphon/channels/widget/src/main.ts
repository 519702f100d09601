import { App, cachedConfig, type Settings } from "./app";
import { delay } from "./connection";
import { readConfig, type Identity, type WidgetConfig } from "./protocol";

/**
 * Entry of the script that sites embed:
 *   <script src="https://HOST/widget.js" data-channel="PUBLIC_KEY" async></script>
 * Sites that call before it has loaded push the call: (window.Antiphon ||= []).push(["identify", {...}]).
 */

type Call = ["open"] | ["close"] | ["identify", Identity | null];

interface Api {
  open(): void;
  close(): void;
  identify(identity: Identity | null): void;
  push(call: Call): void;
}

declare global {
  interface Window {
    Antiphon?: Api | Call[];
  }
}

function settingsOf(script: HTMLScriptElement): Settings | null {
  const key = script.dataset["channel"]?.trim();
  if (!key) {
    console.error('Antiphon: the script tag has no data-channel. Copy it again from Channels, Web chat, "Put it on the site".');
    return null;
  }
  const { theme, side, language, open } = script.dataset;
  return {
    base: new URL(script.src, location.href).origin,
    key,
    language: language ?? null,
    open: open !== undefined && open !== "false",
    theme: theme === "light" || theme === "dark" ? theme : "auto",
    left: side === "left",
  };
}

/** undefined when the server cannot be reached (yet), null when it says that there is no such channel for this site. */
async function fetchConfig(settings: Settings): Promise<WidgetConfig | null | undefined> {
  try {
    const response = await fetch(`${settings.base}/widget/config?key=${encodeURIComponent(settings.key)}`, {
      credentials: "omit",
      signal: AbortSignal.timeout?.(10_000),
    });
    if (response.ok) return readConfig(await response.json());
    if (response.status >= 500 || response.status === 429) return undefined;
    console.error(
      `Antiphon: the chat is hidden: the server answered ${response.status} for channel "${settings.key}" on ${location.origin}. ` +
        `Check that data-channel is the channel's public key and that ${location.origin} is among its allowed origins.`,
    );
    return null;
  } catch {
    return undefined;
  }
}

async function load(settings: Settings): Promise<App | null> {
  for (let attempt = 0; ; attempt++) {
    const config = await fetchConfig(settings);
    if (config === null) return null;
    // A visitor with a conversation gets the chat even while the server is down: what is written is kept.
    const usable = config ?? cachedConfig(settings.key);
    if (usable) {
      const app = new App(settings, usable);
      app.start();
      if (usable.lead) catchLeads(settings, usable);
      return app;
    }
    if (attempt === 0) {
      console.warn(
        `Antiphon: ${settings.base} did not answer this page; trying again. If it goes on, check that ${location.origin} is among the allowed origins ` +
          `of channel "${settings.key}" and that the page's Content-Security-Policy lets connect-src reach ${settings.base}.`,
      );
    }
    await new Promise<void>((done) => {
      const timer = setTimeout(done, 500 + delay(attempt, Math.random()));
      addEventListener("online", () => {
        clearTimeout(timer);
        done();
      }, { once: true });
    });
  }
}

/** The lead catcher is a script of its own: a site without one does not load it. */
function catchLeads(settings: Settings, config: WidgetConfig): void {
  const script = document.createElement("script");
  script.src = `${settings.base}/widget/lead.js`;
  const language = settings.language ?? config.language;
  Object.assign(script.dataset, { lead: settings.key, theme: settings.theme, colour: config.colour, side: settings.left ? "left" : "right" }, language && { language });
  document.head.append(script);
}

function main(): void {
  const script =
    document.currentScript instanceof HTMLScriptElement
      ? document.currentScript
      : document.querySelector<HTMLScriptElement>("script[data-channel]");
  if (!script) return;
  const before = window.Antiphon;
  if (before && !Array.isArray(before)) {
    console.warn("Antiphon: the script is on this page twice; the first one is used.");
    return;
  }
  const settings = settingsOf(script);
  if (!settings) return;

  let app: App | null = null;
  const early: Call[] = [...(before ?? [])];
  const run = (call: Call): void => {
    if (!app) early.push(call);
    else if (call[0] === "identify") app.identify(call[1]);
    else if (call[0] === "open") app.open();
    else app.close();
  };
  window.Antiphon = {
    open: () => run(["open"]),
    close: () => run(["close"]),
    identify: (identity) => run(["identify", identity]),
    push: run,
  };
  const begin = (): void => {
    void load(settings).then((loaded) => {
      app = loaded;
      if (app) for (const call of early.splice(0)) run(call);
    });
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { once: true });
}

main();
