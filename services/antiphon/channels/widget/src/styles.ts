import { accentOf, type Accent } from "./colour";

/**
 * The look, as a constructable stylesheet: it is allowed under a page's strict Content-Security-Policy, where a
 * <style> element is not. Sizes are pixels on purpose: a page's root font size is not the widget's.
 */

const LIGHT = `
--surface:#fff;--sunken:#f5f6f7;--hover:#f0f2f4;--pressed:#e4e8eb;
--text:#192026;--text-2:#475159;--text-3:#5a656d;--disabled:#6b757c;
--line:#dde2e5;--line-2:#c6cdd2;--control:#7d8890;
--accent:#0b6375;--accent-hover:#085263;--on-accent:#fff;--accent-text:#0a5c6d;--accent-soft:#e4f1f3;
--bubble-in:#eef1f3;--bubble-out:#dceef1;
--crit:#c9362c;--crit-text:#a8271e;--crit-soft:#fce9e7;--warn-text:#7a4f05;--warn-soft:#faf0da;--ok:#1f8a48;
--shadow:0 4px 8px rgb(20 30 36/.1),0 16px 40px rgb(20 30 36/.2);color-scheme:light;`;

const DARK = `
--surface:#1a1e22;--sunken:#14181b;--hover:#22272c;--pressed:#2b3238;
--text:#e7eaec;--text-2:#b7bfc5;--text-3:#9aa4ab;--disabled:#87919a;
--line:#2b3238;--line-2:#3b444b;--control:#75818a;
--accent:#2b8a9f;--accent-hover:#37a0b7;--on-accent:#06171b;--accent-text:#74c8da;--accent-soft:#16323a;
--bubble-in:#262c31;--bubble-out:#173740;
--crit:#f06d62;--crit-text:#f89d95;--crit-soft:#3f1d1a;--warn-text:#ecc373;--warn-soft:#362a12;--ok:#43b672;
--shadow:0 4px 8px rgb(0 0 0/.45),0 16px 40px rgb(0 0 0/.6);color-scheme:dark;`;

const accentVars = (a: Accent | null): string =>
  a
    ? `--accent:${a.accent};--accent-hover:${a.accentHover};--on-accent:${a.onAccent};--accent-text:${a.accentText};--accent-soft:${a.accentSoft};--bubble-out:${a.bubbleOut};`
    : "";

export const RULES = `
:host{all:initial!important}
*,::before,::after{box-sizing:border-box}
.w{--ease:cubic-bezier(.2,0,0,1);--t:160ms;font:400 14px/20px "Segoe UI Variable Text","Segoe UI",-apple-system,BlinkMacSystemFont,Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;color:var(--text);font-variant-numeric:tabular-nums;text-align:start;-webkit-text-size-adjust:100%}
[hidden]{display:none!important}
button,textarea,input{font:inherit;color:inherit;margin:0}
button{cursor:pointer}
a{color:var(--accent-text)}
h2,p{margin:0;font:inherit}
:focus-visible{outline:2px solid var(--accent-text);outline-offset:2px}
.i{width:18px;height:18px;flex:none;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.b{font-weight:600}

.launch{position:fixed;z-index:2147483000;bottom:24px;right:24px;display:inline-flex;align-items:center;justify-content:center;width:56px;height:56px;padding:0;border:0;border-radius:999px;background:var(--accent);color:var(--on-accent);box-shadow:var(--shadow);transition:background var(--t) var(--ease)}
.launch:hover{background:var(--accent-hover)}
.launch:focus-visible{outline:3px solid var(--surface);box-shadow:0 0 0 6px var(--accent-text)}
.launch .i{width:26px;height:26px;stroke-width:1.4}
.badge{position:absolute;top:-4px;inset-inline-end:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:999px;border:2px solid var(--surface);background:#bf2f26;color:#fff;font-size:12px;line-height:18px;font-weight:600;text-align:center}

.panel{position:fixed;z-index:2147483000;bottom:24px;right:24px;width:368px;height:min(640px,calc(100vh - 48px));max-width:calc(100vw - 48px);display:flex;flex-direction:column;background:var(--surface);border-radius:12px;box-shadow:var(--shadow);overflow:hidden;outline:0;animation:up var(--t) var(--ease)}
.left .panel,.left .launch{right:auto;left:24px}
@keyframes up{from{opacity:0;transform:translateY(8px)}}

.head{display:flex;align-items:center;gap:10px;min-height:60px;padding:10px 8px 10px 16px;background:var(--accent);color:var(--on-accent);flex:none}
.head .who{flex:1;min-width:0}
.head h2{font-weight:600;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.head p{font-size:12px;line-height:16px;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
.ava{width:32px;height:32px;border-radius:50%;display:grid;place-items:center;flex:none;background:var(--on-accent);color:var(--accent);font-size:12px;font-weight:700}
.sq{width:40px;height:40px;display:grid;place-items:center;padding:0;border:0;border-radius:5px;background:none;flex:none}
.head .sq:hover{background:var(--accent-hover)}
.head :focus-visible{outline-color:var(--on-accent);outline-offset:-3px}

.strip{display:flex;gap:8px;align-items:flex-start;padding:8px 16px;font-size:12px;line-height:16px;background:var(--sunken);color:var(--text-2);border-bottom:1px solid var(--line);flex:none}
.strip .i{width:16px;height:16px}
.strip.warn{background:var(--warn-soft);color:var(--warn-text);border-color:transparent}
.strip.crit{background:var(--crit-soft);color:var(--crit-text);border-color:transparent}
.strip.low{border-bottom:0;border-top:1px solid var(--line)}
.strip>span{flex:1;min-width:0;overflow-wrap:anywhere}
.strip .sq{width:24px;height:24px;margin:-4px -8px -4px 0}

.mid{position:relative;flex:1;min-height:0;display:flex;flex-direction:column}
.log{flex:1;min-height:0;overflow:auto;overscroll-behavior:contain;padding:14px;display:flex;flex-direction:column;gap:8px;scrollbar-width:thin;scrollbar-color:var(--line-2) transparent;outline-offset:-2px}
.log::before{content:"";margin-top:auto}
.row{display:flex;flex-direction:column;gap:4px;align-items:flex-start;min-width:0;flex:none}
.row.wide{width:100%}
.row.me{align-items:flex-end}
.row.tail{margin-bottom:4px}
.bub{max-width:84%;width:fit-content;padding:8px 12px;border-radius:12px;background:var(--bubble-in);white-space:pre-wrap;overflow-wrap:anywhere}
.me>.bub{background:var(--bubble-out)}
.bub.gone{background:none;border:1px dashed var(--line-2);color:var(--text-3);font-style:italic}
.bub.bad{box-shadow:inset 0 0 0 1px var(--crit)}
.meta{display:flex;flex-wrap:wrap;align-items:center;gap:0 4px;font-size:12px;line-height:16px;color:var(--text-3);max-width:100%}
.me>.meta{justify-content:flex-end;text-align:end}
.meta .i{width:14px;height:14px}
.meta.bad{display:block;color:var(--crit-text);max-width:92%}
.acts{display:flex;flex-wrap:wrap;justify-content:flex-end}
.meta.bad .i{vertical-align:-2px;margin-inline-end:4px}
.lk{min-height:24px;padding:0 4px;border:0;background:none;color:var(--accent-text);font-weight:500;text-decoration:underline;text-underline-offset:2px;border-radius:3px}
.day,.event{align-self:center;font-size:12px;line-height:16px;color:var(--text-3);text-align:center;padding:2px 8px;overflow-wrap:anywhere;flex:none}
.day{font-weight:500}
.typing{padding:0 14px 8px;font-size:12px;line-height:16px;color:var(--text-3);flex:none}
.typing:empty{display:none}
.down{position:absolute;bottom:10px;left:50%;transform:translateX(-50%);display:inline-flex;align-items:center;gap:6px;min-height:36px;padding:0 14px;border:1px solid var(--line-2);border-radius:999px;background:var(--surface);color:var(--accent-text);font-weight:500;box-shadow:var(--shadow);white-space:nowrap}

.opts{display:flex;flex-wrap:wrap;gap:6px;max-width:100%}
.opt{min-height:36px;max-width:100%;padding:6px 14px;border:1px solid var(--accent);border-radius:999px;background:var(--surface);color:var(--accent-text);font-weight:500;text-align:center;overflow-wrap:anywhere}
.opt:hover:not(:disabled){background:var(--accent-soft)}
.opt[aria-pressed=true]{background:var(--accent-soft)}
.opt:disabled{cursor:default}
.opt:disabled:not([aria-pressed=true]){border-color:var(--line-2);color:var(--disabled)}

.fl{display:flex;align-items:center;gap:10px;padding:8px 12px;border:1px solid var(--line-2);border-radius:12px;width:fit-content;max-width:84%;color:inherit;text-decoration:none;background:var(--surface)}
.fl>.i{color:var(--accent-text)}
.fl>.i:first-child{width:22px;height:22px}
.fl:hover{background:var(--hover)}
.fl .n{min-width:0;overflow-wrap:anywhere;font-weight:500}
.fl small{display:block;font-size:12px;line-height:16px;font-weight:400;color:var(--text-3)}
.pic{display:block;max-width:84%;border-radius:12px;overflow:hidden;border:1px solid var(--line);background:var(--sunken)}
.pic img{display:block;max-width:100%;max-height:240px;width:auto;height:auto;object-fit:contain}

.form{width:100%;border:1px solid var(--line-2);border-radius:12px;padding:14px;display:grid;gap:10px}
.form label{display:grid;gap:4px;font-size:12px;line-height:16px;font-weight:500;color:var(--text-2)}
.form input:not([type=checkbox]){width:100%;min-height:40px;padding:0 8px;border:1px solid var(--control);border-radius:5px;background:var(--surface);font-size:14px;font-weight:400;color:var(--text)}
.form input[aria-invalid=true]{border-color:var(--crit);box-shadow:inset 0 0 0 1px var(--crit)}
.form .chk{display:flex;gap:8px;align-items:flex-start;font-weight:400;color:var(--text)}
.form .chk input{width:16px;height:16px;flex:none;accent-color:var(--accent)}
.form .err{display:block;color:var(--crit-text);font-weight:400}
.form .end{display:flex;gap:8px}
.btn{min-height:40px;padding:0 14px;border:1px solid var(--accent);border-radius:5px;background:var(--accent);color:var(--on-accent);font-weight:500;flex:1}
.btn:hover{background:var(--accent-hover);border-color:var(--accent-hover)}
.btn.link{flex:none;background:none;border-color:transparent;color:var(--accent-text)}
.btn.link:hover{background:var(--hover)}

.ups{display:grid;gap:6px;padding:8px 12px 0;max-height:200px;overflow:auto;flex:none}
.up{display:flex;align-items:center;gap:8px;font-size:12px;line-height:16px;padding:4px 4px 4px 10px;border:1px solid var(--line-2);border-radius:8px}
.up.bad{border-color:var(--crit);background:var(--crit-soft)}
.up .n{flex:1;min-width:0;overflow-wrap:anywhere}
.up .n b{display:block;font-weight:500;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.up.bad .t{color:var(--crit-text)}
.up progress{display:block;width:100%;height:4px;margin-top:4px;border:0;border-radius:2px;overflow:hidden;appearance:none;background:var(--pressed)}
.up progress::-webkit-progress-bar{background:var(--pressed)}
.up progress::-webkit-progress-value{background:var(--accent)}
.up progress::-moz-progress-bar{background:var(--accent)}
.up .sq{width:32px;height:32px}
.cmp{display:flex;align-items:flex-end;gap:4px;padding:8px;border-top:1px solid var(--line);flex:none}
.cmp textarea{flex:1;min-width:0;height:40px;max-height:140px;padding:10px 8px;border:0;border-radius:5px;background:none;resize:none;overflow-y:auto;scrollbar-width:thin;scrollbar-color:var(--line-2) transparent}
.cmp textarea::placeholder{color:var(--text-3);opacity:1}
.cmp textarea:focus-visible{outline:0;border-radius:5px 5px 0 0;box-shadow:inset 0 -2px 0 var(--accent-text)}
.cmp .sq{color:var(--text-2)}
.cmp .sq:hover{background:var(--hover);color:var(--text)}
.cmp .send[data-on]{background:var(--accent);color:var(--on-accent)}
.cmp .send[data-on]:hover{background:var(--accent-hover)}
.count{padding:0 16px 8px;font-size:12px;line-height:16px;color:var(--text-3);flex:none}
.count.over{color:var(--crit-text)}
.drop .mid::after{content:"";position:absolute;inset:6px;border:2px dashed var(--accent);border-radius:8px;background:var(--accent-soft);opacity:.7;pointer-events:none}

@media (pointer:coarse){.opt,.lk,.down{min-height:40px}.up .sq,.strip .sq{width:40px;height:40px}.strip .sq{margin:-12px -12px -12px 0}}
@media (max-width:480px){
.launch{bottom:16px;right:16px}.left .launch{left:16px}
.panel,.left .panel{inset:0;width:auto;max-width:none;height:100vh;height:var(--vh,100dvh);border-radius:0;padding-bottom:env(safe-area-inset-bottom)}
.cmp textarea,.form input:not([type=checkbox]){font-size:16px}
.opt,.lk,.down{min-height:40px}.up .sq,.strip .sq{width:40px;height:40px}.strip .sq{margin:-12px -12px -12px 0}}
@media (max-height:360px){.panel{height:calc(100vh - 16px);bottom:8px}}
@media (prefers-reduced-motion:reduce){.w{--t:0ms}.panel{animation:none}}
@media (prefers-contrast:more){.w{--line:var(--control);--line-2:var(--control);--text-3:var(--text-2)}}
@media (forced-colors:active){.cmp textarea:focus-visible{outline:2px solid Highlight}.launch,.panel,.bub,.btn,.opt{border:1px solid ButtonText}.i{forced-color-adjust:auto}}
@media print{.w{display:none}}
`;

export type Theme = "light" | "dark" | "auto";

/** The colours alone. */
export function vars(colour: string, theme: Theme): string {
  const light = LIGHT + accentVars(accentOf(colour, false));
  const dark = DARK + accentVars(accentOf(colour, true));
  return theme === "auto"
    ? `.w{${light}}@media (prefers-color-scheme:dark){.w{${dark}}}`
    : `.w{${theme === "dark" ? dark : light}}`;
}

export const css = (colour: string, theme: Theme): string => vars(colour, theme) + RULES;

export function dress(root: ShadowRoot, text: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    root.adoptedStyleSheets = [sheet];
  } catch {
    // Safari before 16.4 has no constructable stylesheets.
    const style = document.createElement("style");
    style.textContent = text;
    root.querySelector("style")?.remove();
    root.append(style);
  }
}
