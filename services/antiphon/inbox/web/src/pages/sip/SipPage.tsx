/** The SIP of one call as a ladder: what each side said when, and what state that brought the call into. */
import { useState } from "react";
import { Link, useRoute } from "wouter";
import { media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { clock, moment, number, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { PurposeDialog } from "../../player/Recording";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import { ladderOf, US, type Ladder, type Rung } from "./ladder";
import { useT, type SipText } from "./texts";
import "./sip.css";

const ROLES: Readonly<Record<string, SipText>> = { caller: "r_caller", agent: "r_agent", colleague: "r_colleague", outside: "r_outside", supervisor: "r_supervisor" };

function useLanes(call: T.Call | undefined): (lane: string) => { role: string; who: string } {
  const t = useT();
  const people = useDesk((state) => state.people);
  return (lane) => {
    if (lane === US) return { role: "Antiphon", who: t("us") };
    const leg = call?.legs.find((one) => one.id === lane);
    const role = ROLES[leg?.role ?? ""];
    return { role: role ? t(role) : lane, who: people[leg?.person_id ?? ""]?.name ?? (leg?.number ? phone(leg.number) || leg.number : "") };
  };
}

function Message({ rung, began, lanes, name }: { rung: Rung; began: number; lanes: number; name: (lane: number) => string }) {
  const t = useT();
  const left = Math.min(rung.from, rung.to);
  const span = Math.abs(rung.from - rung.to) + 1;
  return (
    <li className="sip-row">
      <Time at={rung.at} began={began} />
      <div className="sip-lanes" style={{ gridTemplateColumns: `repeat(${lanes}, minmax(9rem, 1fr))` }}>
        <div className={`sip-rung ${rung.mark} ${rung.from < rung.to ? "right" : "left"}${rung.again ? " again" : ""}`} style={{ gridColumn: `${left + 1} / span ${span}`, marginInline: `calc(${50 / span}% + 2px)` }}>
          <span className="sr">{t("from_to", { from: name(rung.from), to: name(rung.to) })}: </span>
          <p><b>{rung.text}</b> {rung.hasSdp && <Chip>SDP</Chip>} {rung.again && <Chip kind="warn">{t("again_sent")}</Chip>} <span className="sm mid nw">{rung.sequence}</span></p>
          {rung.line.startsWith("SIP/") || <p className="sm mid cut mono" title={rung.line}>{rung.line}</p>}
          {rung.reason && <p className="sm mid">{rung.reason}</p>}
        </div>
      </div>
    </li>
  );
}

function Time({ at, began }: { at: number; began: number }) {
  return <span className="t mid sip-time" title={clock(at)}>{`+${number((at - began) / 1000, 3)}`}</span>;
}

function Rungs({ ladder, call }: { ladder: Ladder; call: T.Call | undefined }) {
  const t = useT();
  const of = useLanes(call);
  const names = ladder.lanes.map(of);
  const began = ladder.rows[0]?.at ?? 0;
  const columns = { gridTemplateColumns: `repeat(${ladder.lanes.length}, minmax(9rem, 1fr))` };
  return (
    <div className="card sip-card" role="region" tabIndex={0} aria-label={t("title")}>
      <div className="sip-row sip-head"><span className="sip-time sm mid">{t("seconds")}</span>
        <div className="sip-lanes" style={columns}>{names.map((one, index) => <div key={ladder.lanes[index]} className="sip-lane"><b className="cut">{one.role}</b><span className="sm mid cut">{one.who}</span></div>)}</div>
      </div>
      <ol className="sip-rows" aria-label={t("messages")}>
        {ladder.rows.map((row, index) => (row.kind === "message"
          ? <Message key={index} rung={row} began={began} lanes={ladder.lanes.length} name={(lane) => names[lane]?.role ?? ""} />
          : <li key={index} className="sip-row sip-step"><Time at={row.at} began={began} /><span className="sm">{t(STATES[row.state] ?? "s_other")}</span></li>))}
      </ol>
    </div>
  );
}

const STATES: Readonly<Partial<Record<T.CallState, SipText>>> = {
  CALL_STATE_RECEPTION: "s_reception", CALL_STATE_QUEUED: "s_queued", CALL_STATE_RINGING: "s_ringing", CALL_STATE_TALKING: "s_talking", CALL_STATE_HELD: "s_held", CALL_STATE_CONSULTING: "s_consulting", CALL_STATE_CONFERENCE: "s_conference", CALL_STATE_VOICEMAIL: "s_voicemail", CALL_STATE_FAX: "s_fax", CALL_STATE_ENDED: "s_ended",
};

export default function SipPage() {
  const t = useT();
  const say = useProblemText();
  const [, params] = useRoute("/sip/:call");
  const id = params?.call ? decodeURIComponent(params.call) : "";
  const [why, setWhy] = useState<Record<string, string>>();
  const [asking, setAsking] = useState(false);
  const { data, problem, reload } = useLoad(async () => (id ? media.ladder(id, why) : undefined), [id, why]);
  const locked = problem?.facts.field === "purpose" || problem?.facts.field === "case_id";
  const gone = problem?.reason === "UNKNOWN_CALL";
  const ladder = data && ladderOf(data);
  return (
    <>
      <PageHead title={t("title")}>
        {data?.call?.started_at && <span className="sm mid nw">{moment(data.call.started_at)}</span>}
        <span className="end flex">{id && <Link className="btn sm" href={`/calls/${encodeURIComponent(id)}`}>{t("open_call")}</Link>}<Button size="sm" icon="refresh" isDisabled={!id} onPress={reload}>{t("again")}</Button></span>
      </PageHead>
      <div className="scroll grow"><div className="page sip-page">
        {!id ? <Empty icon="phone" title={t("none_title")} actions={<Link className="btn" href="/calls">{t("to_calls")}</Link>}>{t("none_text")}</Empty>
          : locked ? <Empty icon="lock" title={t("why_title")} actions={<Button kind="primary" onPress={() => setAsking(true)}>{t("why_say")}</Button>}>{t(problem?.facts.field === "case_id" ? "why_case" : "why_text")}</Empty>
          : problem ? <Empty icon={gone ? "search" : "alert"} title={t(gone ? "gone_title" : "failed")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{gone ? t("gone_text") : say(problem)}</Empty>
            : !data || !ladder ? <Skeleton rows={8} />
              : <>
                <p className="sm mid sip-trace">{t("trace")} <code className="mono">{data.trace_id}</code></p>
                {data.cut && <p className="sm t warn">{t("cut")}</p>}
                {ladder.lanes.length ? <Rungs ladder={ladder} call={data.call} /> : <Empty icon="phone" title={t("nothing_title")}>{t("nothing_text")}</Empty>}
              </>}
      </div></div>
      {asking && <PurposeDialog title={t("why_title")} verb={t("why_open")} onClose={() => setAsking(false)} onWhy={(said) => { setAsking(false); setWhy(said); }} />}
    </>
  );
}
