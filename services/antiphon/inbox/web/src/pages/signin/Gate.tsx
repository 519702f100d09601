import type { FormEvent, ReactNode } from "react";
import type { Problem } from "../../api/problem";
import { Icon } from "../../design/Icon";
import { LANGUAGES, LANGUAGE_CODES } from "../../i18n/languages";
import { useProblemText } from "../../i18n/problems";
import { setLook, useLook } from "../../shell/look";
import { useTitle } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Menu, MenuItem } from "../../ui/Menu";
import "./signin.css";
import { useT } from "./texts";

/** The frame of the pages before sign-in: brand, language, one card with a form. */
export function Gate({ title, intro, footer, onSubmit, children }: { title: string; intro?: ReactNode; footer?: ReactNode; onSubmit: () => void; children: ReactNode }) {
  const t = useT();
  const { language } = useLook();
  useTitle(title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <div className="gate">
      <header>
        <span className="word"><Icon name="mark" size="l" />Antiphon</span>
        <span className="end">
          <Menu label={t("language")} trigger={<Button kind="plain" icon="globe" iconEnd="down" aria-label={`${t("language")}: ${LANGUAGES[language]}`}>{LANGUAGES[language]}</Button>}>
            {LANGUAGE_CODES.map((code) => <MenuItem key={code} text={LANGUAGES[code]} selected={code === language} onAction={() => void setLook({ language: code })} />)}
          </Menu>
        </span>
      </header>
      <main>
        <form className="card box" onSubmit={submit} noValidate aria-label={title}>
          <div><h1>{title}</h1>{intro !== undefined && <p className="mid">{intro}</p>}</div>
          {children}
        </form>
      </main>
      <footer className="sm mid">{footer}</footer>
    </div>
  );
}

export function ProblemNote({ problem, text }: { problem: Problem | undefined; text?: string | undefined }) {
  const say = useProblemText();
  if (!problem) return null;
  return <div className="problem" role="alert"><span className="t crit"><Icon name="stop" /></span><span>{text ?? say(problem)}</span></div>;
}
