/** A call on the desk: what goes on, what was before, the card, and the result when it is over. */
import { lazy, Suspense, useEffect, useState } from "react";
import { dialer, media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { clock, day, duration, phone, seconds } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { loadAreas } from "../../i18n/texts";
import { myId, personName } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Pane } from "../../shell/Panes";
import { callOf, otherNumber, otherPerson } from "../../softphone/match";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { Timer } from "../../ui/Timer";
import { CallNumber } from "./CallNumber";
import ContactPanel from "./ContactPanel";
import { NewContact } from "./NewContact";
import { useT } from "./texts";
import { WrapUp } from "./WrapUp";

/** The live record, or what is kept of one that ended. */
function useCall(id: string) {
  const live = useDesk((state) => state.calls[id]);
  const ended = useDesk((state) => state.gone[`call:${id}`] !== undefined);
  const kept = useLoad(async () => (await media.call(id)).call, [id, ended]);
  return { ...kept, call: live ?? kept.data };
}

const CampaignCall = lazy(() => Promise.all([import("./campaign/CampaignCall"), loadAreas("campaign")]).then(([module]) => module));
const TRIES = 5;

/** What a campaign's call asks of the agent; undefined for every other call. The dialler hears of the answer a moment later. */
function useCard(id: string, call: T.Call | undefined): T.Card | undefined {
  const [round, setRound] = useState(0);
  const out = call?.direction === "DIRECTION_OUTBOUND";
  const talks = call?.state === "CALL_STATE_TALKING";
  const { data, problem } = useLoad(async () => (out ? (await dialer.card(id)).card : undefined), [id, out, talks, round]);
  useEffect(() => {
    if (problem?.reason !== "NOT_YOURS" || !talks || round >= TRIES) return undefined;
    const timer = setTimeout(() => setRound(round + 1), 500);
    return () => clearTimeout(timer);
  }, [problem, talks, round]);
  return data;
}

const STATES = { CALL_STATE_TALKING: "call_going", CALL_STATE_HELD: "call_held", CALL_STATE_CONSULTING: "call_consulting", CALL_STATE_CONFERENCE: "call_conference", CALL_STATE_RINGING: "call_ringing", CALL_STATE_QUEUED: "call_ringing", CALL_STATE_ENDED: "call_ended" } as const;

function CallCard({ call }: { call: T.Call }) {
  const t = useT();
  const over = call.state === "CALL_STATE_ENDED";
  const agent = useDesk(personName(call.agent_id));
  const talked = seconds(call.talked);
  const title = t(call.direction === "DIRECTION_OUTBOUND" ? "call_out" : call.direction === "DIRECTION_INTERNAL" ? "call_inside" : "call_in");
  const waited = call.answered_at && call.started_at ? (Date.parse(call.answered_at) - Date.parse(call.started_at)) / 1000 : undefined;
  const facts = [waited === undefined ? "" : t("call_waited", { time: duration(waited) }), talked === undefined ? "" : t("call_talked", { time: duration(talked) }), call.recorded ? t(call.recording_paused ? "call_rec_paused" : over ? "call_recorded" : "call_rec") : ""].filter(Boolean);
  return (
    <div className={over ? "call-card" : "call-card live"} role="group" aria-label={title}>
      <ChannelIcon kind="voice" label={false} />
      <div className="grow"><div className="m cut">{agent ? t("call_with", { title, agent }) : title}</div><div className="sm mid cut">{facts.join(" · ") || "–"}</div></div>
      {over ? <span className="sm dim nw">{call.started_at && clock(call.started_at)}</span> : <Timer since={call.answered_at ?? call.started_at} title={t("talk_time")} live className="b" />}
    </div>
  );
}

function Parties({ call }: { call: T.Call }) {
  const t = useT();
  const { people, me } = useDesk((state) => ({ people: state.people, me: myId(state) }));
  const here = call.legs.filter((leg) => !leg.ended_at);
  if (call.state === "CALL_STATE_ENDED" || here.length < 3) return null;
  return <ul className="call-parties" aria-label={t("call_parties")}>{here.map((leg) => <li key={leg.id} className="flex"><Icon name={leg.role === "supervisor" ? "ear" : "user"} size="s" /><span className="cut">{leg.person_id === me ? t("you") : people[leg.person_id]?.name || phone(leg.number)}</span></li>)}</ul>;
}

function Before({ contact, except }: { contact: string; except: string }) {
  const t = useT();
  const { data } = useLoad(() => media.calls({ contact_id: contact, limit: 10 }), [contact]);
  const rows = (data?.calls ?? []).filter((one) => one.id !== except);
  if (!rows.length) return null;
  return <section className="call-before" aria-label={t("calls_before")}><h3>{t("calls_before")}</h3><ul>{rows.map((one) => <li key={one.id} className="ev"><Icon name={one.outcome === "abandoned" ? "phone-missed" : one.direction === "DIRECTION_OUTBOUND" ? "phone-out" : "phone-in"} size="s" /><span className="cut">{t(one.direction === "DIRECTION_OUTBOUND" ? "call_out" : "call_in")}{one.talked ? ` · ${duration(seconds(one.talked) ?? 0)}` : one.outcome === "abandoned" ? ` · ${t("call_missed")}` : ""}</span><span className="dim end nw">{one.started_at && day(one.started_at)}</span></li>)}</ul></section>;
}

export default function CallPane({ id, onBack, onEnded }: { id: string; onBack: () => void; onEnded: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { call, problem, loading, reload } = useCall(id);
  const { item, queue, people, me } = useDesk((state) => ({ item: Object.values(state.items).find((one) => callOf(one) === id), queue: state.queues[call?.queue_id ?? ""]?.name ?? "", people: state.people, me: myId(state) }));
  const [made, setMade] = useState("");
  const card = useCard(id, call);
  const insists = useDesk((state) => state.queues[item?.queue_id ?? ""]?.wrap_up === "WRAP_UP_MODE_MANDATORY");
  useEffect(() => setMade(""), [id]);
  const contact = call?.contact_id || item?.contact_id || made;
  const number = call ? otherNumber(call) : "";
  const name = useDesk((state) => Object.values(state.conversations).find((one) => contact && one.contact_id === contact)?.contact_name ?? "") || (call && people[otherPerson(call, me)]?.name) || phone(number) || t("call");
  const state = call && STATES[call.state as keyof typeof STATES];
  return (
    <>
      <Pane name="thread" label={t("call_pane")}>
        <header className="thead">
          <span className="pane-back"><IconButton icon="left" label={t("back")} onPress={onBack} /></span>
          <div className="grow"><div className="flex"><h2 className="cut thread-name" dir="auto" title={name}>{name}</h2>{state && <Chip kind={call.state === "CALL_STATE_ENDED" ? "line" : "info"}>{t(state)}</Chip>}</div><div className="sm mid flex">{number && <CallNumber number={number} />}{queue && <span className="cut">{queue}</span>}</div></div>
        </header>
        <div className="scroll grow call-body">
          {loading && !call && <Skeleton rows={3} />}
          {problem && !call && <Empty icon="search" title={t("call_gone")} actions={<Button onPress={reload}>{t("load_again")}</Button>}>{say(problem)}</Empty>}
          {call && <><CallCard call={call} /><Parties call={call} /></>}
          {card && <Suspense fallback={<Skeleton rows={4} />}><CampaignCall key={card.attempt_id} call={id} card={card} item={item?.agent_id === me ? item : undefined} onDone={onEnded} /></Suspense>}
          {contact && <Before contact={contact} except={id} />}
        </div>
        {item?.state === "ITEM_STATE_WRAP" && (!card || insists) && item.agent_id === me && <WrapUp key={item.id} item={item} onDone={onEnded} />}
      </Pane>
      <Pane name="side" label={t("pane_side")}>{contact ? <ContactPanel key={contact} conversation={{ id: "", contact_id: contact }} call={id} onClose={onBack} /> : <NewContact key={number} number={number} onMade={setMade} />}</Pane>
    </>
  );
}
