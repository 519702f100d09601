import { dress, vars } from "../styles";
import { pickLanguage } from "../texts";
import { h, iconButton } from "../view/dom";
import { maybePhone, readLead, refusalOf, themeVars, utmOf, type LeadConfig, type Refusal } from "./model";
import { words } from "./texts";

/**
 * The lead catcher: a button beside the chat's, and a form that asks for a number. The widget puts this script on the
 * page with the channel's key; nothing is stored in the browser, and nothing leaves it before "Send" is pressed.
 */

const RULES = `
:host{all:initial!important}
*,::before,::after{box-sizing:border-box}
.w{font:400 14px/20px "Segoe UI Variable Text","Segoe UI",-apple-system,BlinkMacSystemFont,Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif;color:var(--text);text-align:start}
[hidden]{display:none!important}
button,textarea,input{font:inherit;color:inherit;margin:0}
button{cursor:pointer}
h2,p{margin:0;font:inherit}
:focus-visible{outline:2px solid var(--accent-text);outline-offset:2px}
.i{width:18px;height:18px;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
.sq{width:44px;height:44px;margin:-8px -8px 0 0;display:grid;place-items:center;padding:0;border:0;background:none;flex:none}
.fields{display:grid;gap:12px}
@media print{.w{display:none}}
.ask{position:fixed;z-index:2147482990;bottom:30px;right:92px;display:inline-flex;align-items:center;gap:8px;min-height:44px;padding:0 18px;border:0;border-radius:999px;background:var(--accent);color:var(--on-accent);font-family:var(--font,inherit);font-weight:600;box-shadow:var(--shadow)}
.left .ask{right:auto;left:92px}
.ask:focus-visible{outline:3px solid var(--surface);box-shadow:0 0 0 6px var(--accent-text)}
.lead{position:fixed;z-index:2147482990;bottom:24px;right:24px;width:368px;max-width:calc(100vw - 48px);max-height:calc(100vh - 48px);overflow:auto;display:grid;gap:12px;padding:16px;border-radius:var(--radius,12px);background:var(--surface);color:var(--text);font-family:var(--font,inherit);box-shadow:var(--shadow)}
.left .lead{right:auto;left:24px}
.lead header{display:flex;align-items:start;gap:8px}.lead header h2{flex:1;font-size:17px;line-height:24px;font-weight:600;overflow-wrap:anywhere}
.lead label{display:grid;gap:4px;font-weight:600}.lead label small{font-weight:400;color:var(--text-2);font-size:12px}
.lead input:not([type=checkbox]),.lead textarea{width:100%;min-height:44px;padding:8px 10px;border:1px solid var(--control);border-radius:min(var(--radius,6px),12px);background:transparent;color:inherit;resize:vertical}
.lead [aria-invalid]{border-width:2px}
.lead .chk{display:flex;gap:10px;font-weight:400;font-size:13px;line-height:18px;align-items:start}.lead .chk input{width:20px;height:20px;flex:none;accent-color:var(--accent)}
.lead .err{color:var(--crit-text);font-weight:600;font-size:13px}.lead a{color:inherit}
.lead .go{min-height:44px;border:0;border-radius:min(var(--radius,6px),22px);background:var(--accent);color:var(--on-accent);font-weight:600}
.lead .go[disabled]{opacity:.7;cursor:default}
.trap{position:absolute;left:-9999px;width:1px;height:1px;overflow:hidden}
@media(max-width:480px){.ask{right:88px;max-width:calc(100vw - 112px)}.lead{right:12px;bottom:12px;max-width:calc(100vw - 24px)}}
`;

function begin(script: HTMLScriptElement, key: string, config: LeadConfig): void {
  const base = new URL(script.src, location.href).origin;
  const language = pickLanguage([script.dataset["language"], document.documentElement.lang, ...(navigator.languages ?? [])]);
  const t = words[language];
  const own = config.texts[language];
  const host = h("div", { id: "antiphon-lead" });
  const root = host.attachShadow({ mode: "open" });
  const theme = script.dataset["theme"];
  const wrap = h("div", { class: `w${script.dataset["side"] === "left" ? " left" : ""}`, lang: language });
  const look = config.theme ? "light" : theme === "light" || theme === "dark" ? theme : "auto";
  dress(root, vars(script.dataset["colour"] ?? "", look) + RULES + (config.theme ? `.w{${themeVars(config.theme)}}` : ""));
  root.append(wrap);

  const title = own?.title || t.title;
  const opener = h("button", { type: "button", class: "ask", "aria-haspopup": "dialog", "aria-expanded": "false", click: () => show() }, own?.title || t.open);
  const name = h("input", { autocomplete: "name", maxlength: 100 });
  const phone = h("input", { type: "tel", autocomplete: "tel", inputmode: "tel", maxlength: 40, "aria-required": "true", "aria-describedby": "e-phone" });
  const about = h("textarea", { rows: 2, maxlength: 1000 });
  const consent = h("input", { type: "checkbox", "aria-required": "true", "aria-describedby": "e-consent" });
  const trap = h("input", { tabindex: -1, autocomplete: "off", name: "website" });
  const errors = { phone: h("span", { class: "err", id: "e-phone", hidden: true }), consent: h("span", { class: "err", id: "e-consent", hidden: true }), all: h("p", { class: "err", role: "alert" }) };
  const go = h("button", { type: "submit", class: "go" }, t.send);
  const status = h("p", { role: "status", tabindex: -1 });
  const form = h("form", { novalidate: true, class: "fields" },
    h("label", {}, h("span", {}, t.name, " ", h("small", {}, t.optional)), name),
    h("label", {}, t.phone, phone, errors.phone),
    h("label", {}, h("span", {}, t.text, " ", h("small", {}, t.optional)), about),
    h("div", { class: "trap", "aria-hidden": "true" }, trap),
    h("label", { class: "chk" }, consent, h("span", {}, own?.consent ?? "", config.privacy_url ? " " : null, config.privacy_url ? h("a", { href: config.privacy_url, target: "_blank", rel: "noopener", title: t.newTab }, t.policy) : null, " ", errors.consent)),
    errors.all, go);
  const panel = h("div", { class: "lead", role: "dialog", "aria-labelledby": "lead-title", hidden: true },
    h("header", {}, h("h2", { id: "lead-title" }, title), iconButton("x", t.close, () => hide())),
    h("p", {}, own?.intro || t.intro), form, status);
  wrap.append(opener, panel);

  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const show = (): void => { panel.hidden = false; opener.hidden = true; opener.setAttribute("aria-expanded", "true"); (form.hidden ? status : name).focus(); };
  const hide = (): void => { panel.hidden = true; opener.hidden = false; opener.setAttribute("aria-expanded", "false"); opener.focus(); };
  const tell = (field: "phone" | "consent", why: string): void => {
    errors[field].hidden = !why;
    errors[field].textContent = why;
    const input = field === "phone" ? phone : consent;
    if (why) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const refuse = (why: Refusal): void => {
    if (why === "phone" || why === "consent") {
      tell(why, why === "phone" ? t.needPhone : t.needConsent);
      (why === "phone" ? phone : consent).focus();
    } else errors.all.textContent = why === "tooFast" ? t.tooFast : t.failed;
  };
  const busy = (on: boolean): void => { go.disabled = on; go.textContent = on ? t.sending : t.send; };
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  phone.addEventListener("input", () => tell("phone", ""));
  consent.addEventListener("change", () => tell("consent", ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    errors.all.textContent = "";
    tell("consent", consent.checked ? "" : t.needConsent);
    tell("phone", maybePhone(phone.value) ? "" : t.needPhone);
    if (!maybePhone(phone.value)) return phone.focus();
    if (!consent.checked) return consent.focus();
    busy(true);
    void post().then((why) => {
      busy(false);
      if (why) return refuse(why);
      form.hidden = true;
      status.textContent = t.thanks;
      status.focus();
    });
  });

  /** The same id until it is taken: pressed twice, or sent again after a lost answer, it is one lead. */
  async function post(): Promise<Refusal | null> {
    const body = { client_id: id, name: name.value, phone: phone.value, text: about.value, consent: consent.checked, website: trap.value, language, page: location.href.slice(0, 1000), utm: utmOf(location.search) };
    try {
      const answer = await fetch(`${base}/widget/lead?key=${encodeURIComponent(key)}`, { method: "POST", credentials: "omit", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      return answer.ok ? null : refusalOf(answer.status, await answer.json().catch(() => null));
    } catch {
      return "failed";
    }
  }
  document.body.append(host);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && script.dataset["lead"]) {
  const key = script.dataset["lead"];
  void fetch(`${new URL(script.src, location.href).origin}/widget/config?key=${encodeURIComponent(key)}`, { credentials: "omit" })
    .then(async (answer) => {
      const config = answer.ok ? readLead(await answer.json()) : null;
      if (config) begin(script, key, config);
    })
    .catch(() => undefined);
}
