/** The desk's part of the bar: my state, my capacity, and where the phone will be. */
import { lazy, Suspense, useEffect, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { acd } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { Icon } from "../../design/Icon";
import { useLoad } from "../../api/useCall";
import { problemText } from "../../i18n/problems";
import { loadAreas } from "../../i18n/texts";
import { mine, seenState, type SeenState } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { useCommands } from "../../shell/commands";
import { InBar } from "../../shell/Panes";
import { AgentState, useReason } from "../../ui/AgentState";
import { useT as useUi } from "../../ui/texts";
import { Menu, MenuItem, MenuLine, SubMenu } from "../../ui/Menu";
import { Timer } from "../../ui/Timer";
import { toast } from "../../ui/Toast";
import { afterTask, breakToCome, BREAKS, capacityOf, dueBreak, held } from "./model/states";
import { askNotices, noticeRight, play, setVolume, useVolume, VOLUMES, type Volume } from "../../shell/sound";
import { useT } from "./texts";

const QueuesDialog = lazy(() => Promise.all([import("./shift/QueuesDialog"), loadAreas("shift")]).then(([module]) => module));

/** Sets my state; a refusal is said, never swallowed. */
export async function setMyState(state: T.AgentState, reason = ""): Promise<void> {
  try {
    learn.agent((await acd.setMyState(state, reason)).agent);
  } catch (error) {
    if (error instanceof Problem) toast(problemText(error), { bad: true });
  }
}

/** Reason beside the state, but never one that only repeats it. */
const shownReason = (agent: T.Agent) => (agent.state === "AGENT_STATE_NOT_READY" ? agent.reason : "");

function StateMenu({ agent }: { agent: T.Agent }) {
  const t = useT();
  const ui = useUi();
  const reason = useReason();
  const volume = useVolume();
  const [notices, setNotices] = useState(noticeRight);
  const [choosing, setChoosing] = useState(false);
  // The company's own reasons and profiles; without them the usual reasons.
  const { data: policy } = useLoad(async () => (await acd.policy()).policy);
  const own = policy?.breaks ?? [];
  const titleOf = (code: string) => own.find((one) => one.code === code)?.title;
  const wordsOf = (code: string) => titleOf(code) ?? (titleOf(breakToCome(code)) ? ui("reason_after", { reason: titleOf(breakToCome(code)) }) : reason(code));
  const seen: SeenState = seenState(agent);
  const busy = held(agent) > 0 || agent.wrapping > 0;
  const mark = (name: SeenState) => <span className={`state ${name}`}><Icon name={`st-${name}`} /></span>;
  const codes = own.length ? own.map((one) => one.code) : BREAKS;
  const reasons = (make: (code: string) => string) => codes.map((code) => (
    <MenuItem key={code} text={wordsOf(code)} selected={agent.state === "AGENT_STATE_NOT_READY" && agent.reason === make(code)} onAction={() => void setMyState("AGENT_STATE_NOT_READY", make(code))} />
  ));
  // By keyboard the palette is shorter than the menu.
  useCommands([
    { id: "st-ready", icon: "st-available", text: ui("available"), section: t("my_state"), run: () => void setMyState("AGENT_STATE_READY") },
    ...codes.map((code) => ({ id: `st-${code}`, icon: "st-break", text: `${ui("break")}: ${wordsOf(code)}`, section: t("my_state"), run: () => void setMyState("AGENT_STATE_NOT_READY", code) }) as const),
    { id: "st-offline", icon: "st-offline", text: ui("offline"), section: t("my_state"), run: () => void setMyState("AGENT_STATE_OFFLINE") },
  ]);
  return <>
    <Menu label={t("my_state")} trigger={
      <AriaButton className="me-st">
        <span className="sr">{t("my_state")}: </span>
        <AgentState state={seen} reason={shownReason(agent) ? wordsOf(shownReason(agent)) : undefined} />
        <Timer since={agent.since} title={t("in_state")} className="mid" />
        <Icon name="down" size="s" />
      </AriaButton>
    }>
      <MenuItem before={mark("available")} text={seen === "noresponse" ? t("i_am_here") : ui("available")} selected={agent.state === "AGENT_STATE_READY"} onAction={() => void setMyState("AGENT_STATE_READY")} />
      <SubMenu before={mark("break")} text={ui("break")}>{reasons((code) => code)}</SubMenu>
      {busy && <SubMenu before={mark("wrapup")} text={t("break_after")}>{reasons(afterTask)}</SubMenu>}
      <MenuItem before={mark("offline")} text={ui("offline")} selected={agent.state === "AGENT_STATE_OFFLINE"} onAction={() => void setMyState("AGENT_STATE_OFFLINE")} />
      <MenuLine />
      <MenuItem icon="headset" text={t("my_queues")} onAction={() => setChoosing(true)} />
      <SubMenu icon="bell" text={t("sound")}>
        {(Object.keys(VOLUMES) as Volume[]).map((one) => <MenuItem key={one} text={t(`volume_${one}`)} selected={volume === one} onAction={() => { setVolume(one); play("offer"); }} />)}
        <MenuLine />
        <MenuItem icon="play" text={t("sound_test")} onAction={() => play("offer")} />
      </SubMenu>
      {notices === "default" && <MenuItem icon="external" text={t("notices_allow")} onAction={() => void askNotices().then(setNotices)} />}
      {notices === "denied" && <MenuItem icon="external" text={t("notices_denied")} isDisabled />}
      {notices === "granted" && <MenuItem icon="external" text={t("notices_on")} isDisabled />}
    </Menu>
    {choosing && <Suspense fallback={null}><QueuesDialog profiles={policy?.profiles ?? []} onClose={() => setChoosing(false)} /></Suspense>}
  </>;
}

function CapacitySquares({ agent }: { agent: T.Agent }) {
  const t = useT();
  const { taken, of, classes, blocked } = capacityOf(agent);
  if (of === 0) return null;
  const title = [...classes.map(({ name, taken: some, of: all }) => t("cap_class", { kind: name, taken: some, of: all })), ...(blocked ? [t("cap_blocked")] : [])].join(" · ");
  return (
    <div className="cap" role="img" aria-label={`${t("capacity")}: ${title}`} title={title}>
      {of <= 8 && <span className="slots">{Array.from({ length: of }, (_, index) => <i key={index} className={index < taken ? "f" : blocked ? "x" : ""} />)}</span>}
      <span className="sm mid nw cap-text">{t("cap_short", { taken, of })}</span>
    </div>
  );
}

export function DeskBar() {
  const agent = useDesk(mine);
  const due = dueBreak(agent);
  useEffect(() => {
    if (due) void setMyState("AGENT_STATE_NOT_READY", due);
  }, [due]);
  if (!agent) return null;
  return (
    <InBar>
      <StateMenu agent={agent} />
      <CapacitySquares agent={agent} />
    </InBar>
  );
}

/** Why no work comes, and the one press that changes it. */
export function NotAvailable() {
  const t = useT();
  const reason = useReason();
  const agent = useDesk(mine);
  if (!agent || agent.state === "AGENT_STATE_READY") return null;
  const coming = breakToCome(agent.reason);
  const missed = agent.state === "AGENT_STATE_NOT_RESPONDING";
  const text = missed ? t("na_missed")
    : agent.state === "AGENT_STATE_DISABLED" ? t("na_disabled")
      : agent.state === "AGENT_STATE_OFFLINE" || agent.state === "AGENT_STATE_UNSPECIFIED" ? t("na_offline")
        : coming ? t("na_after", { reason: reason(coming) }) : t("na_break", { reason: agent.reason ? reason(agent.reason) : t("na_no_reason") });
  return (
    <div className={missed ? "na missed" : "na"} role="status">
      <span className="grow">{text}</span>
      <AriaButton className={missed ? "btn go" : "btn"} onPress={() => void setMyState("AGENT_STATE_READY")}>{t(missed ? "i_am_here" : coming ? "stay_available" : "become_available")}</AriaButton>
    </div>
  );
}
