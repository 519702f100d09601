/** The idle phone: type a number, an extension or a colleague's name; Enter calls. */
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { phone as phoneText } from "../i18n/format";
import { myId, seenState } from "../rt/selectors";
import { useDesk } from "../rt/store";
import { Icon } from "../design/Icon";
import { AgentState } from "../ui/AgentState";
import { Button } from "../ui/Button";
import { dialable } from "./match";
import { phone } from "./phone";
import { useT } from "./texts";

const MOST = 6;

export function DialField({ whyNot }: { whyNot: string }) {
  const t = useT();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [cursor, setCursor] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const { people, agents, me } = useDesk((state) => ({ people: state.people, agents: state.agents, me: myId(state) }));
  const number = dialable(text);
  const wanted = text.trim().toLocaleLowerCase();
  const found = useMemo(() => (wanted === "" ? [] : Object.values(people)
    .filter((one) => one.id !== me && !one.disabled && one.extension && (one.name.toLocaleLowerCase().includes(wanted) || one.extension.startsWith(wanted)))
    .sort((a, b) => a.name.localeCompare(b.name)).slice(0, MOST)), [people, wanted, me]);
  const choices = [...(number ? [{ id: number, name: t("call_to", { number: phoneText(number) }), to: number, person: "" }] : []), ...found.map((one) => ({ id: one.id, name: one.name, to: one.extension, person: one.id }))];
  const shown = open && choices.length > 0;
  const at = Math.min(cursor, choices.length - 1);
  const dial = (to: string | undefined) => {
    if (!to || whyNot) return;
    setText("");
    setOpen(false);
    void phone.dial(to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && shown) setCursor((at + move + choices.length) % choices.length);
    else if (event.key === "Enter") dial(choices[at]?.to);
    else if (event.key === "Escape" && shown) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="sp-dial" ref={box} onBlur={(event) => !box.current?.contains(event.relatedTarget) && setOpen(false)}>
      <div className="input">
        <Icon name="keypad" size="s" />
        <input type="text" inputMode="tel" autoComplete="off" spellCheck={false} role="combobox" aria-label={t("dial_label")} aria-expanded={shown} aria-controls="sp-choices" aria-autocomplete="list"
          {...(shown ? { "aria-activedescendant": `sp-choice-${at}` } : {})} placeholder={t("dial_hint")} value={text} disabled={Boolean(whyNot)}
          onFocus={() => setOpen(true)} onKeyDown={onKeyDown} onChange={(event) => { setText(event.target.value); setOpen(true); setCursor(0); }} />
      </div>
      <Button icon="phone" isDisabled={Boolean(whyNot) || choices.length === 0} onPress={() => dial(choices[at]?.to)} aria-label={t("call")}><span className="wide">{t("call")}</span></Button>
      <div id="sp-choices" role="listbox" aria-label={t("colleagues")} className="pop menu sp-choices" hidden={!shown}>
        {choices.map((one, index) => (
          <div key={one.id} id={`sp-choice-${index}`} role="option" aria-selected={index === at} className="menu-item" data-focused={index === at || undefined} onPointerDown={(event) => event.preventDefault()} onClick={() => dial(one.to)}>
            {one.person ? <Icon name="user" /> : <Icon name="phone" />}
            <span className="grow cut" title={one.name}>{one.name}</span>
            {one.person && <span className="sm dim nw">{t("ext", { extension: one.to })}</span>}
            {agents[one.person] && <span className="sm nw"><AgentState state={seenState(agents[one.person])} /></span>}
          </div>
        ))}
      </div>
    </div>
  );
}
