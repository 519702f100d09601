import { useDeferredValue, useMemo, useState } from "react";
import { Link } from "wouter";
import { media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { clock, day, duration, moment, number, percent, phone as phoneText } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { otherNumber } from "../../softphone/match";
import { phone } from "../../softphone/phone";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { useCalls, useOther } from "./data";
import { filterCalls, isMissed, KINDS, severityOf, talkedOf, waitedOf, worstMos, type Kind } from "./model";
import { Failed, More, PersonFilter, RecordingPlayer } from "./parts";
import { useT } from "./texts";

const icon = (call: T.Call): IconName => (isMissed(call) ? "phone-missed" : call.direction === "DIRECTION_OUTBOUND" ? "phone-out" : "phone-in");
const KIND_TEXT = { all: "all_kinds", missed: "missed", incoming: "incoming", outgoing: "outgoing", internal: "internal" } as const;
const OUTCOMES = { answered: "o_answered", abandoned: "o_abandoned", busy: "o_busy", failed: "o_failed", voicemail: "o_voicemail", blocked: "o_blocked" } as const;
const ROLES = { caller: "role_caller", agent: "role_agent", colleague: "role_colleague", outside: "role_outside", supervisor: "role_supervisor" } as const;
const ENDED = { caller: "ended_caller", callee: "ended_callee", system: "ended_system" } as const;
const LIMITS = { delay: "x_delay", jitter: "x_jitter", loss: "x_loss" } as const;
/** Today by the clock, else by the day. */
const when = (at: string | undefined): string => (!at ? "–" : new Date(at).toDateString() === new Date().toDateString() ? clock(at) : `${day(at)}, ${clock(at)}`);

function useOutcome(): (call: T.Call) => string {
  const t = useT();
  return ({ outcome }) => (outcome in OUTCOMES ? t(OUTCOMES[outcome as keyof typeof OUTCOMES]) : outcome || "–");
}

function LegLine({ leg }: { leg: T.Leg }) {
  const t = useT();
  const name = useDesk((state) => state.people[leg.person_id]?.name ?? "");
  const { quality } = leg;
  const limits = (quality?.exceeded ?? []).map((one) => (one in LIMITS ? t(LIMITS[one as keyof typeof LIMITS]) : one)).join(", ");
  return (
    <li>
      <div className="flex"><Icon name={leg.role === "supervisor" ? "ear" : leg.person_id ? "headset" : "user"} size="s" /><span className="m cut grow">{name || phoneText(leg.number) || t("hidden")}</span><span className="sm dim nw">{leg.role in ROLES ? t(ROLES[leg.role as keyof typeof ROLES]) : leg.role}</span></div>
      <div className="sm mid">{quality?.mos ? t("leg_quality", { mos: number(quality.mos, 1), loss: percent(quality.loss, 1), jitter: number(quality.jitter_ms), rtt: number(quality.round_trip_ms) }) : leg.answered_at ? t("not_measured") : leg.code ? t("code", { code: leg.code }) : t("not_measured")}</div>
      {limits && <div className="sm"><Chip kind="warn">{t("exceeded", { what: limits })}</Chip></div>}
      {(leg.carrier || leg.why.length > 0) && <div className="sm mid">{leg.carrier && <div>{t("carrier", { name: leg.carrier })}</div>}{leg.why.map((line) => <div key={line} lang="en">{line}</div>)}</div>}
    </li>
  );
}

function Details({ id, known, name, onClose }: { id: string; known: T.Call | undefined; name: (call: T.Call) => string; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const outcome = useOutcome();
  const loaded = useLoad(async () => (await media.call(id)).call, [id]);
  const call = loaded.data ?? known;
  const recording = useLoad(async () => (call?.recording_id ? (await media.recordings({ call_id: id })).recordings[0] : undefined), [id, call?.recording_id]);
  const { queue, watches, judges } = useDesk((state) => ({ queue: state.queues[call?.queue_id ?? ""]?.name ?? "", watches: can("work.watch")(state), judges: can("quality.write")(state) }));
  const ender = call?.legs.find((leg) => leg.ended_by)?.ended_by ?? "";
  useKey({ code: "Escape" }, t("close"), onClose);
  if (!call) return <aside className="call-side" aria-label={t("details")}>{loaded.problem && <Empty icon="search" title={t("not_loaded")} actions={<Button onPress={onClose}>{t("close")}</Button>}>{say(loaded.problem)}</Empty>}</aside>;
  const back = otherNumber(call);
  return (
    <aside className="call-side" aria-label={t("details")}>
      <header><Icon name={icon(call)} /><h2 className="cut grow" title={name(call)}>{name(call)}</h2>{back && <Button icon="phone-out" onPress={() => void phone.dial(back)}>{t("call_back")}</Button>}{judges && <Link className="btn" href={`/quality/evaluate/${encodeURIComponent(`call:${call.id}`)}`}>{t("evaluate")}</Link>}{watches && <Link className="btn" href={`/sip/${encodeURIComponent(call.id)}`}>SIP</Link>}<IconButton icon="x" label={t("close")} onPress={onClose} /></header>
      <div className="scroll grow" tabIndex={0} role="region" aria-label={name(call)}>
        {recording.data && <section><h3>{t("recording")}</h3><RecordingPlayer key={recording.data.id} recording={recording.data} name={name(call)} /><p className="hint">{t("left_right")}</p></section>}
        <section><dl className="kv">
          <dt>{t("started")}</dt><dd>{call.started_at ? moment(call.started_at) : "–"}</dd>
          <dt>{t("c_outcome")}</dt><dd>{outcome(call)}{ender in ENDED ? `, ${t(ENDED[ender as keyof typeof ENDED])}` : ""}</dd>
          <dt>{t("called_number")}</dt><dd>{phoneText(call.called) || "–"}</dd>
          {queue && <><dt>{t("c_queue")}</dt><dd>{queue}{watches && <> · <Link href={`/wait/${encodeURIComponent(`call:${call.id}`)}`}>{t("whole_wait")}</Link></>}</dd></>}
          <dt>{t("c_waited")}</dt><dd>{waitedOf(call) === undefined ? "–" : duration(waitedOf(call) ?? 0)}</dd>
          <dt>{t("c_talked")}</dt><dd>{talkedOf(call) === undefined ? "–" : duration(talkedOf(call) ?? 0)}</dd>
          {call.rating > 0 && <><dt>{t("rating")}</dt><dd>{t("rating_of", { score: call.rating })}</dd></>}
        </dl></section>
        <section><h3>{t("legs")}</h3><ul className="call-legs">{call.legs.map((leg) => <LegLine key={leg.id} leg={leg} />)}</ul></section>
      </div>
    </aside>
  );
}

export function History({ open, onOpen }: { open: string; onOpen: (id: string) => void }) {
  const t = useT();
  const [kind, setKind] = useState<Kind>("all");
  const [words, setWords] = useState("");
  const [person, setPerson] = useState("");
  const list = useCalls(person);
  const rows = list.rows ?? NONE;
  const other = useOther(rows);
  const outcome = useOutcome();
  const wanted = useDeferredValue(words);
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  const shown = useMemo(() => (list.rows ? filterCalls(list.rows, kind, wanted, (call) => other(call).name) : undefined), [list.rows, kind, wanted, other]);
  const clear = () => { setKind("all"); setWords(""); setPerson(""); };
  const columns: TableColumn<T.Call>[] = [
    { id: "who", title: t("c_who"), cell: (call) => {
      const { name, number: digits } = other(call);
      return <span className="flex"><Icon name={icon(call)} className={isMissed(call) ? "call-missed" : "dim"} /><span className="col grow"><span className="m cut" title={name} dir="auto">{name}</span>{digits && <span className="sm dim cut">{digits}</span>}</span></span>;
    } },
    { id: "when", title: t("c_when"), num: true, cell: (call) => when(call.started_at) },
    { id: "agent", title: t("c_agent"), cell: (call) => <span className="cut" title={people[call.agent_id]?.name}>{people[call.agent_id]?.name || "–"}</span> },
    ...(open ? [] : [{ id: "queue", title: t("c_queue"), cell: (call: T.Call) => <span className="cut">{queues[call.queue_id]?.name || "–"}</span> }, { id: "waited", title: t("c_waited"), num: true, cell: (call: T.Call) => (waitedOf(call) === undefined ? "–" : duration(waitedOf(call) ?? 0)) }]),
    { id: "talked", title: t("c_talked"), num: true, cell: (call) => (talkedOf(call) === undefined ? "–" : duration(talkedOf(call) ?? 0)) },
    { id: "outcome", title: t("c_outcome"), cell: (call) => <span className="flex"><span className="cut mid">{outcome(call)}</span>{call.recording_id && <Icon name="record" size="s" className="dim" />}</span> },
    { id: "quality", title: t("c_quality"), num: true, cell: (call) => {
      const mos = worstMos(call);
      return <span className={`t ${severityOf(mos)}`} title={t("quality_title")}>{mos === undefined ? "–" : number(mos, 1)}</span>;
    } },
  ];
  return (
    <div className={open ? "calls with-side" : "calls"}>
      <section className="calls-list" aria-label={t("history")}>
        <div className="calls-find">
          <TextField label="" aria-label={t("search")} placeholder={t("search")} value={words} onChange={setWords} after={<Icon name="search" size="s" />} />
          <div className="calls-person"><Select label="" aria-label={t("kind")} options={KINDS.map((id) => ({ id, text: t(KIND_TEXT[id]) }))} value={kind} onChange={setKind} /></div>
          <PersonFilter right="calls.read" value={person} onChange={setPerson} />
        </div>
        {list.problem ? <Failed problem={list.problem} onRetry={list.reload} />
          : list.rows?.length === 0 && !person ? <Empty icon="phone" title={t("empty_title")}>{t("empty_text")}</Empty>
            : <Table label={t("history")} columns={columns} rows={shown} rowId={(call) => call.id} onRow={(call) => onOpen(call.id)} {...(open ? { current: open } : {})}
                empty={<Empty icon="search" title={t("nothing_title")} actions={<Button onPress={clear}>{t("show_all")}</Button>}>{t("nothing_text")}</Empty>} />}
        <More more={list.more} />
      </section>
      {open && <Details key={open} id={open} known={rows.find((one) => one.id === open)} name={(call) => other(call).name} onClose={() => onOpen("")} />}
    </div>
  );
}

const NONE: readonly T.Call[] = [];
