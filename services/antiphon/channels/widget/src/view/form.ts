import type { FormField, FormSpec } from "../protocol";
import type { Texts } from "../texts";
import { h } from "./dom";

export interface FormResult {
  values: Record<string, string>;
  /** What people read in the conversation: one "label: value" a line. */
  text: string;
}

const NAMES: Record<string, keyof Texts> = { name: "name", phone: "phone", email: "email" };
const TYPES: Record<string, FormField["type"]> = { phone: "tel", email: "email" };
const FILL: Record<string, string> = { name: "name", tel: "tel", email: "email" };

export function fieldError(type: string, value: string, required: boolean, t: Texts): string | null {
  const v = value.trim();
  if (!v) return required ? t.needed : null;
  const digits = v.replace(/\D/g, "").length;
  if (type === "tel" && (digits < 7 || digits > 15)) return t.badPhone;
  if (type === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(v)) return t.badEmail;
  return null;
}

/** A short form inside the conversation. What was typed lives in the element, which is kept while the form is live. */
export function contactForm(
  spec: FormSpec,
  t: Texts,
  known: { name?: string; email?: string },
  submit: (result: FormResult) => void,
  skip: () => void,
): HTMLFormElement {
  const fields = spec.fields.map((f) => {
    const type = TYPES[f.key] ?? f.type ?? "text";
    const nameKey = NAMES[f.key];
    const label = f.label || (nameKey ? t[nameKey] : f.key);
    const value = f.value || (f.key === "name" ? known.name : f.key === "email" ? known.email : "") || "";
    const input = h("input", {
      type,
      value,
      maxlength: 200,
      autocomplete: FILL[f.key === "name" ? "name" : type] ?? "on",
      inputmode: type === "text" ? null : type,
      "aria-required": f.required ? "true" : null,
    });
    const error = h("span", { class: "err", hidden: true, id: `e-${f.key}` });
    input.setAttribute("aria-describedby", error.id);
    const check = (): boolean => {
      const problem = fieldError(type, input.value, f.required === true, t);
      show(input, error, problem);
      return problem === null;
    };
    input.addEventListener("input", () => {
      if (!error.hidden) check();
    });
    return { key: f.key, label, input, check, el: h("label", {}, label, input, error) };
  });
  const box = spec.consent ? h("input", { type: "checkbox" }) : null;
  const boxError = h("span", { class: "err", hidden: true, id: "e-consent" });
  box?.setAttribute("aria-describedby", boxError.id);
  box?.addEventListener("change", () => {
    if (box.checked) show(box, boxError, null);
  });

  const form = h(
    "form",
    { class: "form", "aria-label": t.form, novalidate: true },
    ...fields.map((f) => f.el),
    spec.consent && box
      ? h(
          "label",
          { class: "chk" },
          box,
          h(
            "span",
            {},
            spec.consent.text,
            " ",
            spec.consent.url
              ? h("a", { href: spec.consent.url, target: "_blank", rel: "noopener", title: t.newTab }, t.terms)
              : null,
            boxError,
          ),
        )
      : null,
    h(
      "div",
      { class: "end" },
      h("button", { type: "submit", class: "btn" }, t.goOn),
      spec.skip !== false ? h("button", { type: "button", class: "btn link", click: skip }, t.skip) : null,
    ),
  );
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const wrong = fields.filter((f) => !f.check());
    const refused = box !== null && !box.checked;
    if (box) show(box, boxError, refused ? t.needConsent : null);
    if (wrong[0]) wrong[0].input.focus();
    else if (refused) box.focus();
    else {
      const filled = fields.filter((f) => f.input.value.trim());
      submit({
        values: Object.fromEntries(filled.map((f) => [f.key, f.input.value.trim()])),
        text: filled.map((f) => `${f.label}: ${f.input.value.trim()}`).join("\n") || t.goOn,
      });
    }
  });
  return form;
}

function show(input: HTMLElement, error: HTMLElement, problem: string | null): void {
  error.hidden = problem === null;
  error.textContent = problem ?? "";
  if (problem) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}
