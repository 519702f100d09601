import { Icon } from "../../design/Icon";
import { useT } from "./texts";

export const SHORTEST = 10;

/** The rules as they are met: [length, not the name or e-mail, not one character]. The server has the last word. */
export function passwordRules(password: string, own: readonly string[]): readonly [boolean, boolean, boolean] {
  const low = password.toLocaleLowerCase();
  const parts = own.flatMap((text) => text.toLocaleLowerCase().split(/[\s@]+/)).filter((part) => part.length > 2);
  return [password.length >= SHORTEST, password !== "" && !parts.some((part) => low.includes(part)), new Set(password).size > 3];
}

export function PasswordRules({ password, own }: { password: string; own: readonly string[] }) {
  const t = useT();
  const met = passwordRules(password, own);
  const texts = [t("rule_length", { count: SHORTEST }), t("rule_name"), t("rule_kinds")];
  return <ul className="rules">{texts.map((text, index) => <li key={text} className={met[index] ? "met" : ""}><Icon name={met[index] ? "ok" : "st-offline"} size="s" />{text}</li>)}</ul>;
}
