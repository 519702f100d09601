/** After-contact work: the result, by the queue's mode; 1…9 choose while the list has the focus, Alt E saves. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { acd } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { serverNow, useSecond } from "../../rt/clock";
import { mine, seenState } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { Button } from "../../ui/Button";
import { KeyCap } from "../../ui/KeyCap";
import { Timer } from "../../ui/Timer";
import { useT as useUi } from "../../ui/texts";
import { byDigit, found, maySave, wrapPlan } from "./model/wrap";
import { useT } from "./texts";

const SEARCH_FROM = 10;

function TimeLeft({ until, limit }: { until: string; limit: number }) {
  useSecond();
  const share = Math.min(1, Math.max(0, (Date.parse(until) - serverNow()) / 1000 / limit));
  return <span className="meter warn wrap-meter" aria-hidden="true"><i style={{ width: `${share * 100}%` }} /></span>;
}

export function WrapUp({ item, onDone }: { item: T.WorkItem; onDone: () => void }) {
  const t = useT();
  const ui = useUi();
  const say = useProblemText();
  const { queue, agent } = useDesk((state) => ({ queue: state.queues[item.queue_id], agent: mine(state) }));
  const plan = useMemo(() => wrapPlan(queue, item), [queue, item]);
  const [chosen, setChosen] = useState("");
  const [words, setWords] = useState("");
  const [cursor, setCursor] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const shown = found(plan.dispositions, words);
  const save = useAction(acd.endWrapUp);
  useEffect(() => {
    // The result is the next thing to do; a person who types elsewhere is left alone.
    if (!document.activeElement || document.activeElement === document.body || document.activeElement.closest(".pane.thread")) list.current?.focus();
  }, []);
  const done = async () => {
    if (!maySave(plan, chosen)) return list.current?.focus();
    const answer = await save.run(item.id, chosen);
    if (!answer) return undefined;
    learn.item(answer.item);
    return onDone();
  };
  useKey({ id: "close", code: "KeyE", alt: true, cap: "" }, t("save_result"), () => void done());
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = byDigit(shown, event.code.replace(/^(Digit|Numpad)/, ""));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (digit) setChosen(digit.code);
    else if (step) {
      const next = Math.min(shown.length - 1, Math.max(0, cursor + step));
      setCursor(next);
      setChosen(shown[next]?.code ?? "");
    } else if (event.key === " ") setChosen(shown[cursor]?.code ?? "");
    else if (event.key === "Enter") void done();
    else return;
    event.preventDefault();
  };
  const active = shown.findIndex((one) => one.code === chosen);
  const optionId = (index: number) => `wrap-${item.id}-${index}`;
  return (
    <section className="wrapp" aria-label={t("wrap_title")}>
      <header>
        <h2>{t("wrap_title")}</h2>
        {plan.until && <><Timer until={plan.until} norm={plan.limit} title={t("wrap_left")} className="sm" />{plan.limit && <TimeLeft until={plan.until} limit={plan.limit} />}</>}
        <span className="sm mid cut">{plan.until ? (plan.byDefault ? t("wrap_default", { title: plan.byDefault.title }) : t("wrap_timed")) : plan.optional ? t("wrap_optional") : t("wrap_mandatory")}</span>
      </header>
      {plan.dispositions.length >= SEARCH_FROM && <div className="wrap-find input"><Icon name="search" size="s" /><input aria-label={t("wrap_find")} placeholder={t("wrap_find")} value={words} onChange={(event) => setWords(event.target.value)} /></div>}
      {plan.dispositions.length > 0 && (
        <div ref={list} className="results scroll" role="listbox" tabIndex={0} aria-label={t("wrap_results")} aria-activedescendant={active >= 0 ? optionId(active) : undefined} onKeyDown={onKeyDown}>
          {shown.map((one, index) => (
            <div key={one.code} id={optionId(index)} role="option" aria-selected={one.code === chosen} className="result" onClick={() => { setChosen(one.code); setCursor(index); }}>
              {one.code === chosen ? <Icon name="check" size="s" /> : <span className="gap" />}<span className="grow cut">{one.title}</span>{index < 9 && <KeyCap keys={String(index + 1)} />}
            </div>
          ))}
          {shown.length === 0 && <div className="result dim">{t("nothing_found")}</div>}
        </div>
      )}
      {save.problem && <p className="err" role="alert"><Icon name="stop" size="s" />{say(save.problem)}</p>}
      <footer>
        {agent && <span className="sm dim cut">{t("then_state", { state: ui(agent.state === "AGENT_STATE_READY" ? "available" : seenState(agent)) })}</span>}
        <Button kind="primary" className="end" icon="check" isPending={save.pending} whyNot={maySave(plan, chosen) ? undefined : t("choose_result")} onPress={() => void done()}>{t("save_result")} <KeyCap keys="Alt E" /></Button>
      </footer>
    </section>
  );
}
