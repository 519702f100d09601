/** The softphone on every page: free, ringing, talking, after the call. */
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { useLocation } from "wouter";
import { acd, media } from "../api/api";
import type * as T from "../api/types.gen";
import { Icon, type IconName } from "../design/Icon";
import { number, percent } from "../i18n/format";
import { monitored, myId } from "../rt/selectors";
import { store, useDesk } from "../rt/store";
import { useKey } from "../shell/keys";
import { notify } from "../shell/sound";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { KeyCap } from "../ui/KeyCap";
import { Segmented } from "../ui/Segmented";
import { Timer } from "../ui/Timer";
import { Tooltip } from "../ui/Tooltip";
import { DialField } from "./DialField";
import { Keypad } from "./Keypad";
import { callOf, otherNumber, viewOf, type View } from "./match";
import { groundsOf } from "./grounds";
import { command, phone, say, usePhone, type Shown } from "./phone";
import { useParty } from "./people";
import { barsOf } from "./quality";
import { RingCard } from "./RingCard";
import "./softphone.css";
import { useT } from "./texts";

const TransferDialog = lazy(() => import("./TransferDialog"));
const SoundDialog = lazy(() => import("./SoundDialog"));

export const callAddress = (call: string): string => `/inbox/${encodeURIComponent(`call:${call}`)}`;

/** A button with its word where there is room, and a tooltip where there is none. */
function Tool({ icon, label, word, keys, on, danger, onPress }: { icon: IconName; label: string; word?: string; keys?: string; on?: boolean; danger?: boolean; onPress: () => void }) {
  return (
    <Tooltip text={keys ? <>{label} <KeyCap keys={keys} /></> : label}>
      <Button className={on === undefined ? "" : on ? "on" : ""} kind={danger ? "stop" : "default"} icon={icon} aria-label={label} {...(on === undefined ? {} : { "aria-pressed": on })} onPress={onPress}>
        {word !== undefined && <span className={danger ? "" : "wide"}>{word}</span>}
      </Button>
    </Tooltip>
  );
}

function Signal({ figures }: { figures: Shown["figures"] }) {
  const t = useT();
  const bars = barsOf(figures?.mos);
  const title = figures?.mos === undefined ? t("quality_none")
    : t("quality_title", { mos: number(figures.mos, 1), loss: percent(figures.loss, 1), jitter: number(figures.jitterMs), rtt: number(figures.roundTripMs) });
  return (
    <span className={`sp-signal b${bars}`} role="img" aria-label={title} title={title}>
      <i /><i /><i /><i />{figures?.mos !== undefined && <span className="sm">{number(figures.mos, 1)}</span>}
    </span>
  );
}

function Ringing({ view }: { view: View & { is: "ringing" } }) {
  const t = useT();
  const [, go] = useLocation();
  const { call, offer, session } = view;
  const party = useParty(call, session?.from, session?.name);
  const { queue, item } = useDesk((state) => ({ queue: state.queues[call?.queue_id ?? ""]?.name ?? state.queues[state.items[offer?.item_id ?? ""]?.queue_id ?? ""]?.name ?? "", item: state.items[offer?.item_id ?? ""] }));
  const { line } = usePhone();
  const elsewhere = !session && line !== "ready";
  const answer = () => {
    if (session) phone.answer();
    else phone.expect();
    const id = call?.id ?? callOf(item);
    // A screen pop never takes the place from a person who writes.
    if (id && !/^(TEXTAREA|INPUT)$/.test(document.activeElement?.tagName ?? "")) go(callAddress(id));
  };
  const decline = () => {
    if (session) phone.decline();
    else if (offer) void acd.decline(offer.item_id, offer.version).catch(say);
  };
  useKey({ id: "accept", code: "KeyA", alt: true }, t("answer"), elsewhere ? undefined : answer);
  useKey({ id: "decline", code: "KeyD", alt: true }, t("decline"), decline);
  useEffect(() => notify(t("notice"), "call", () => undefined), [t]);
  return (
    <section className="phone ringing" aria-label={t("phone_ringing")}>
      <span className="sp-bell" aria-hidden="true"><Icon name="phone-in" /></span>
      <div className="who"><span className="b cut" title={party.name} dir="auto">{party.name}</span><span className="sm mid cut">{queue || t(call?.direction === "DIRECTION_INTERNAL" ? "internal" : "incoming")}</span></div>
      <span className="flex end tools">
        {!elsewhere && <Button kind="go" icon="phone" onPress={answer}>{t("answer")} <KeyCap keys="Alt A" /></Button>}
        <Button onPress={decline}>{t("decline")}</Button>
      </span>
      <RingCard party={party} call={call} offer={offer} queue={queue} note={elsewhere ? t("rings_elsewhere") : ""} />
      <div className="sr" role="alert">{t("says_ringing", { name: party.name, queue })}</div>
    </section>
  );
}

const HELD = new Set<T.CallState>(["CALL_STATE_HELD"]);

function Status({ call, shown, party }: { call: T.Call | undefined; shown: Shown; party: string }) {
  const t = useT();
  if (shown.session?.broken) return <span className="sm cut t warn">{t("reconnecting")}</span>;
  if (call?.state === "CALL_STATE_CONSULTING") return <span className="sm cut mid" title={call.consulting}>{t("consulting", { name: call.consulting || t("colleague") })}</span>;
  if (call?.state === "CALL_STATE_CONFERENCE") return <span className="sm cut mid">{t("conference", { count: call.legs.filter((leg) => !leg.ended_at && leg.role !== "supervisor").length })}</span>;
  if (call && HELD.has(call.state)) return <span className="sm cut mid">{t("is_held")}</span>;
  if (call?.state === "CALL_STATE_RINGING") return <span className="sm cut mid">{t("calling_out")}</span>;
  if (!shown.session) return <span className="sm cut t warn">{t("orphan")}</span>;
  if (shown.session.phase === "answering") return <span className="sm cut mid">{t("answering")}</span>;
  return <span className="sm mid cut wide">{party}</span>;
}

function Talking({ view, shown }: { view: View & { is: "call" }; shown: Shown }) {
  const t = useT();
  const [, go] = useLocation();
  const { call, session } = view;
  const party = useParty(call, session?.from, session?.name);
  const queue = useDesk((state) => state.queues[call?.queue_id ?? ""]?.name ?? "");
  const [dialog, setDialog] = useState<"transfer" | "party">();
  const id = call?.id ?? "";
  const held = call?.state === "CALL_STATE_HELD";
  const consulting = call?.state === "CALL_STATE_CONSULTING";
  const muted = session?.muted ?? false;
  const hold = () => void command(() => media.hold(id, !held));
  const hangUp = () => (id ? void command(() => media.hangUp(id)) : phone.hangUp());
  const mute = () => phone.mute(!muted);
  useKey({ id: "mute", code: "KeyM", alt: true }, t("mute"), session ? mute : undefined);
  useKey({ id: "hold", code: "KeyH", alt: true }, t("hold"), id && !consulting ? hold : undefined);
  useKey({ id: "transfer", code: "KeyT", alt: true }, t("transfer"), id && !consulting ? () => setDialog("transfer") : undefined);
  useKey({ id: "close", code: "KeyE", alt: true }, t("hang_up"), hangUp);
  return (
    <section className={`phone ${held ? "held" : consulting ? "consult" : ""}`} aria-label={t("phone_talking")}>
      {call?.recorded && <span className={call.recording_paused ? "rec off" : "rec"} role="img" aria-label={t(call.recording_paused ? "recording_off" : "recording_on")} title={t(call.recording_paused ? "recording_off" : "recording_on")} />}
      <div className="who">
        <button type="button" className="sp-name b cut" title={party.name} dir="auto" disabled={!id} onClick={() => go(callAddress(id))}>{party.name}</button>
        <Timer since={call?.answered_at ?? (session ? new Date(session.since).toISOString() : undefined)} title={t("in_call")} live />
        <Status call={call} shown={shown} party={[queue, party.number].filter(Boolean).join(" · ")} />
      </div>
      {session && !session.broken && !consulting && session.phase === "live" && <Signal figures={shown.figures} />}
      <span className="flex end tools">
        {session && <Tool icon={muted ? "mic-off" : "mic"} label={t(muted ? "unmute" : "mute")} word={t("microphone")} keys="Alt M" on={muted} onPress={mute} />}
        {consulting ? <>
          <Button onPress={() => void command(() => media.cancelTransfer(id))}>{t("back_to_caller")}</Button>
          <Button kind="primary" icon="transfer" onPress={() => void command(() => media.completeTransfer(id))}>{t("connect_them")}</Button>
        </> : id && <>
          <Tool icon={held ? "play" : "pause"} label={t(held ? "resume" : "hold")} word={t(held ? "resume" : "hold")} keys="Alt H" on={held} onPress={hold} />
          <Keypad call={id} />
          <Tool icon="transfer" label={t("transfer")} word={t("transfer")} keys="Alt T" onPress={() => setDialog("transfer")} />
          <Tool icon="conference" label={t("add_party")} onPress={() => setDialog("party")} />
          {call?.recorded && <Tool icon="record" label={t(call.recording_paused ? "record_resume" : "record_pause")} on={call.recording_paused} onPress={() => void command(() => media.pauseRecording(id, !call.recording_paused))} />}
        </>}
        <Tool icon="hangup" label={t("hang_up")} word={t("hang_up")} keys="Alt E" danger onPress={hangUp} />
      </span>
      {dialog && <Suspense fallback={null}><TransferDialog call={id} mode={dialog} onClose={() => setDialog(undefined)} /></Suspense>}
    </section>
  );
}

function Wrapping({ item }: { item: T.WorkItem }) {
  const t = useT();
  const [path, go] = useLocation();
  const ended = useRef<T.Call>(undefined);
  const call = useDesk((state) => state.calls[callOf(item)]);
  if (call) ended.current = call;
  const timed = useDesk((state) => state.queues[item.queue_id]?.wrap_up === "WRAP_UP_MODE_TIMED");
  const address = callAddress(callOf(item));
  const again = ended.current ? otherNumber(ended.current) : "";
  return (
    <section className="phone wrap" aria-label={t("phone_wrap")}>
      <span className="mid"><Icon name="hangup" /></span>
      <div className="who"><span className="b cut">{t("wrap_done")}</span>{timed && item.wrap_up_ends_at && <Timer until={item.wrap_up_ends_at} title={t("wrap_left")} />}</div>
      <span className="flex end tools">
        {again && <Button icon="phone-out" onPress={() => void phone.dial(again)}>{t("call_back")}</Button>}
        {path !== address && <Button onPress={() => go(address)}>{t("wrap_go")}</Button>}
      </span>
    </section>
  );
}

function Frame({ label, children }: { label: string; children: ReactNode }) {
  return <section className="phone idle" aria-label={label}>{children}</section>;
}

function Idle({ shown, onSound }: { shown: Shown; onSound: () => void }) {
  const t = useT();
  const { line } = shown;
  const off = line === "unavailable";
  return (
    <Frame label={line === "ready" ? t("phone_idle") : `${t("phone")}: ${t(`line_${line}`)}`}>
      {off
        ? <span className="sm mid cut" title={`${t("line_unavailable_text")} ${shown.why}`.trim()}><Icon name="phone" size="s" /> {t("line_unavailable")}</span>
        : <DialField whyNot={line === "ready" ? "" : t(`line_${line}`)} />}
      {!off && line !== "ready" && <span className={`sm cut sp-line ${line}`} role="status" title={t(`line_${line}`)}>{t(`line_${line}`)}</span>}
      {(line === "denied" || line === "lost" || off) && <IconButton icon="refresh" label={t("try_again")} onPress={phone.again} />}
      <IconButton icon="headset" label={t("sound_settings")} onPress={onSound} className="end" />
    </Frame>
  );
}

function Placing({ to }: { to: string }) {
  const t = useT();
  return <section className="phone" aria-label={t("phone_talking")}><span className="sp-bell" aria-hidden="true"><Icon name="phone-out" /></span><div className="who" role="status"><span className="b cut">{t("placing", { to })}</span><span className="sm mid cut">{t("placing_text")}</span></div></section>;
}

const MODES = ["listen", "whisper", "barge"] as const;
const WIRE = { listen: "MONITOR_MODE_LISTEN", whisper: "MONITOR_MODE_WHISPER", barge: "MONITOR_MODE_BARGE" } as const;

function Monitoring({ call }: { call: T.Call }) {
  const t = useT();
  const agent = useDesk((state) => state.people[call.agent_id]?.name ?? "");
  const [mode, setMode] = useState<(typeof MODES)[number]>("listen");
  // The same call again changes who hears me; the reason was given when it began.
  const change = async (next: (typeof MODES)[number]) => {
    if (await command(() => media.monitor(call.id, WIRE[next], groundsOf(call.id) ?? { purpose: "LISTENING_PURPOSE_QUALITY", reason: t(`mode_${next}`) }))) setMode(next);
  };
  return (
    <section className="phone" aria-label={t("phone_talking")}>
      <Icon name="ear" /><div className="who"><span className="cut">{t("monitoring", { name: agent || t("colleague") })}</span><Timer since={call.answered_at} title={t("in_call")} live /></div>
      <Segmented label={t("who_hears")} value={mode} onChange={(next) => void change(next)} options={MODES.map((id) => ({ id, text: t(`mode_${id}`) }))} />
      <span className="flex end tools"><Tool icon="hangup" label={t("monitor_end")} word={t("monitor_end")} danger onPress={phone.hangUp} /></span>
    </section>
  );
}

export default function PhoneBar() {
  const shown = usePhone();
  const me = useDesk(myId);
  const parts = useDesk((state) => ({ calls: state.calls, items: state.items, offers: state.offers, me: state.me }));
  const [sound, setSound] = useState(false);
  useEffect(() => (me ? phone.start(me) : undefined), [me]);
  const view = viewOf({ ...store.state, ...parts }, shown);
  const watched = useDesk(monitored);
  const bar = shown.session && watched ? <Monitoring call={watched} />
    : view.is === "ringing" ? <Ringing view={view} />
      : view.is === "call" ? <Talking view={view} shown={shown} />
        : view.is === "placing" ? <Placing to={view.to} />
          : view.is === "wrap" ? <Wrapping item={view.item} />
            : <Idle shown={shown} onSound={() => setSound(true)} />;
  return <>{bar}{sound && <Suspense fallback={null}><SoundDialog onClose={() => setSound(false)} /></Suspense>}</>;
}
