import { Link } from "wouter";
import { acd } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { mine, myOffers } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { snippet } from "./ChatStep";
import { Copied } from "./Copied";
import type { StepProps } from "./step";
import { useT } from "./texts";

function Line({ is, text, children }: { is: boolean; text: string; children?: React.ReactNode }) {
  const t = useT();
  return <li className={is ? "done" : ""}><span className="no" aria-hidden="true">{is ? <Icon name="check" size="s" /> : ""}</span><span className="grow">{text}{is && <span className="sr"> {t("is_done")}</span>}</span>{children}</li>;
}

/** A customer writes on the test page, the desk rings, somebody answers: what is done ticks itself off. */
export function FirstStep({ onDone, actions, channel, answered }: StepProps & { channel: T.Channel | undefined; answered: boolean }) {
  const t = useT();
  const say = useProblemText();
  const { agent, rings, open } = useDesk((state) => ({ agent: mine(state), rings: myOffers(state)[0]?.item_id ?? "", open: Object.values(state.conversations).find((one) => one.channel === "webchat" && one.status !== "CONVERSATION_STATUS_CLOSED") }));
  const ready = agent?.state === "AGENT_STATE_READY";
  const start = useAction(async () => learn.agent((await acd.setMyState("AGENT_STATE_READY")).agent));
  const wrote = open !== undefined || answered;
  const taken = (open?.assignee_id ?? "") !== "" || answered;
  return (
    <div className="form">
      <h2>{t(answered ? "all_done" : "s_first")}</h2><p className="mid">{t(answered ? "all_done_text" : "first_text")}</p>
      <ol className="start-check">
        <Line is={ready || taken} text={t("f_ready")}>{!ready && !taken && <Button size="sm" kind="primary" isPending={start.pending} onPress={() => void start.run()}>{t("be_ready")}</Button>}</Line>
        <Line is={wrote} text={t("f_write")}>{channel && <a className="btn sm" target="_blank" rel="noreferrer" href={`/try?key=${encodeURIComponent(channel.public_key)}&lang=${language()}`}><Icon name="external" size="s" />{t("test_page")}</a>}</Line>
        <Line is={taken} text={t("f_accept")}>{(rings || wrote) && !taken && <Link className="btn sm primary" href="/inbox">{t("to_inbox")}</Link>}</Line>
        <Line is={answered} text={t("f_answer")}>{taken && !answered && <Link className="btn sm primary" href={open ? `/inbox/${open.id}` : "/inbox"}>{t("to_inbox")}</Link>}</Line>
      </ol>
      {start.problem && <p className="err" role="alert">{say(start.problem)}</p>}
      {answered && channel && <><Copied label={t("snippet")} text={snippet(channel)} /><p className="hint">{t("snippet_hint")}</p></>}
      {actions(answered && <Button kind="primary" onPress={onDone}>{t("finish")}</Button>)}
    </div>
  );
}
