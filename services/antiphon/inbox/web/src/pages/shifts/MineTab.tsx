import { useState } from "react";
import { wfm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Confirm, Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { Table } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { local } from "./model";
import { Export, Failed, Said, useFacts, useName, weekday } from "./parts";
import { ChangeList } from "./RequestsTab";
import { useT } from "./texts";

type Asking = { kind: "swap" | "offer" | "off"; shift: T.Shift };
const NONE = "-";

function times(shift: T.Shift, zone: string): string {
  return `${local(shift.start ?? "", zone)[1]}–${local(shift.end ?? "", zone)[1]}`;
}

function AskDialog({ asking, team, mine, zone, onClose, onDone }: { asking: Asking; team: readonly T.Shift[]; mine: readonly T.Shift[]; zone: string; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const name = useName();
  const people = [...new Set(team.map((one) => one.person_id))].sort((a, b) => name(a).localeCompare(name(b)));
  const [person, setPerson] = useState(people[0] ?? "");
  const [other, setOther] = useState(NONE);
  const [note, setNote] = useState("");
  const ask = useAction(wfm.ask);
  const { shift, kind } = asking;
  const taken = new Set(mine.filter((one) => one !== shift).map((one) => one.day));
  const theirs = team.filter((one) => one.person_id === person && !taken.has(one.day));
  const run = async () => {
    const body: Partial<T.RequestChangeRequest> = kind === "off" ? { kind: "CHANGE_KIND_TIME_OFF" } : kind === "offer" ? { kind: "CHANGE_KIND_SWAP" } : { kind: "CHANGE_KIND_SWAP", other_person_id: person, other_day: other === NONE ? "" : other };
    if (await ask.run({ ...body, day: shift.day, note })) { toast(t("asked")); onDone(); onClose(); }
  };
  return (
    <Dialog title={`${t(kind === "swap" ? "swap_shift" : kind === "offer" ? "offer_shift" : "ask_off")}: ${weekday(shift.day, true)}`} isOpen onClose={onClose}
      actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={ask.pending} whyNot={kind === "swap" && !person ? t("no_colleagues") : undefined} onPress={() => void run()}>{t(kind === "swap" ? "ask_swap" : kind === "offer" ? "offer_do" : "ask_off")}</Button></>}>
      <div className="form">
        <p className="mid">{times(shift, zone)} · {t(kind === "swap" ? "swap_text" : kind === "offer" ? "offer_text" : "off_text")}</p>
        {kind === "swap" && <Select label={t("colleague")} value={person} onChange={(id) => { setPerson(id); setOther(NONE); }} options={people.map((id) => ({ id, text: name(id) }))} />}
        {kind === "swap" && <Select label={t("take_instead")} value={other} onChange={setOther} options={[{ id: NONE, text: t("nothing_instead") }, ...theirs.map((one) => ({ id: one.day, text: `${weekday(one.day, true)}, ${times(one, zone)}` }))]} />}
        <TextField label={t("note")} value={note} onChange={setNote} maxLength={500} />
        <Said problem={ask.problem} />
      </div>
    </Dialog>
  );
}

function Subscription() {
  const t = useT();
  const link = useLoad(wfm.calendar);
  const [address, setAddress] = useState("");
  const [asking, setAsking] = useState(false);
  const make = useAction(wfm.makeCalendar);
  const create = async () => {
    const made = await make.run();
    if (made) { setAddress(`${location.origin}/calendar/${made.token}.ics`); link.reload(); }
  };
  const revoke = async () => { await wfm.revokeCalendar(); setAddress(""); link.reload(); };
  const exists = Boolean(link.data?.made_at);
  return (
    <section className="card" aria-label={t("subscribe")}>
      <header><h2>{t("subscribe")}</h2></header>
      <div className="body form">
        <p className="mid">{t("subscribe_text")}</p>
        {address && <div className="row"><TextField label={t("address")} hint={t("address_once")} value={address} isReadOnly /><IconButton icon="copy" label={t("copy")} onPress={() => void navigator.clipboard.writeText(address).then(() => toast(t("copied")))} /></div>}
        {exists && !address && <p className="sm mid">{t("link_since", { at: moment(link.data?.made_at ?? "") })}{link.data?.read_at && ` · ${t("link_read", { at: moment(link.data.read_at) })}`}</p>}
        <Said problem={make.problem ?? link.problem} />
        <div className="actions"><Button icon="calendar" isPending={make.pending} onPress={() => void create()}>{t(exists ? "new_address" : "make_address")}</Button>{exists && <Button onPress={() => setAsking(true)}>{t("revoke")}</Button>}</div>
      </div>
      <Confirm title={t("revoke_title")} loss={t("revoke_text")} verb={t("revoke")} isOpen={asking} onClose={() => setAsking(false)} onConfirm={revoke} />
    </section>
  );
}

function Wishes({ saved }: { saved: T.Preferences }) {
  const t = useT();
  const [start, setStart] = useState(saved.prefers_start);
  const [weekdays, setWeekdays] = useState<readonly number[]>(saved.free_weekdays);
  const [days, setDays] = useState<readonly string[]>(saved.free_days);
  const [next, setNext] = useState("");
  const put = useAction(wfm.putPreferences);
  const save = async () => { if (await put.run({ prefers_start: start, free_weekdays: [...weekdays], free_days: [...days] })) toast(t("saved")); };
  return (
    <section className="card" aria-label={t("wishes")}>
      <header><h2>{t("wishes")}</h2></header>
      <form className="body form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <p className="mid">{t("wishes_text")}</p>
        <TextField label={t("prefers_start")} type="time" value={start} onChange={setStart} />
        <fieldset><legend className="label">{t("free_weekdays")}</legend><div className="flex sf-wrap">{[1, 2, 3, 4, 5, 6, 7].map((one) => <Checkbox key={one} isSelected={weekdays.includes(one)} onChange={(on) => setWeekdays(on ? [...weekdays, one].sort() : weekdays.filter((other) => other !== one))}>{weekday(`2026-03-0${one + 1}`).split(" ")[0]}</Checkbox>)}</div></fieldset>
        <div className="row"><TextField label={t("free_day")} type="date" value={next} onChange={setNext} /><Button isDisabled={!next || days.includes(next)} onPress={() => { setDays([...days, next].sort()); setNext(""); }}>{t("add")}</Button></div>
        {days.length > 0 && <ul className="flex sf-wrap">{days.map((one) => <li key={one} className="chip">{weekday(one, true)}<IconButton size="sm" icon="x" label={`${t("remove")} ${weekday(one, true)}`} onPress={() => setDays(days.filter((other) => other !== one))} /></li>)}</ul>}
        <Said problem={put.problem} />
        <div className="actions"><Button type="submit" kind="primary" isPending={put.pending}>{t("save_wishes")}</Button></div>
      </form>
    </section>
  );
}

/** What I work, what I asked for, what I would like. */
export function MineTab() {
  const t = useT();
  const name = useName();
  const me = useDesk(myId);
  const [asking, setAsking] = useState<Asking>();
  const mine = useLoad(() => wfm.mine({ team: true, to: new Date(Date.now() + 35 * 86_400_000).toISOString() }));
  const changes = useLoad(wfm.changes);
  const wishes = useLoad(wfm.preferences);
  const reload = () => { mine.reload(); changes.reload(); };
  useFacts(["SchedulePublished"], mine.reload);
  useFacts(["ChangeUpdated"], changes.reload);
  const zone = mine.data?.time_zone || "UTC";
  const waits = (shift: T.Shift) => changes.data?.changes.some((one) => one.person_id === me && one.day === shift.day && (one.state === "CHANGE_STATE_ASKED" || one.state === "CHANGE_STATE_PENDING")) ?? false;
  const related = changes.data?.changes.filter((one) => one.person_id === me || one.other_person_id === me || !one.other_person_id);
  if (mine.problem && !mine.data) return <div className="scroll grow"><div className="page"><Failed problem={mine.problem} onRetry={mine.reload} /></div></div>;
  return (
    <div className="scroll grow"><div className="page sf-mine">
      <section className="card" aria-label={t("my_shifts")}>
        <header><h2>{t("my_shifts")}</h2>{mine.data?.time_zone && <span className="sm mid">{mine.data.time_zone}</span>}
          <span className="end"><Export sheet={() => ({ name: `${t("my_shifts")} ${name(me)}`, head: [t("day"), t("shift"), t("starts_at"), t("ends_at"), t("breaks")], rows: (mine.data?.shifts ?? []).map((one) => [one.day, one.pattern, local(one.start ?? "", zone)[1], local(one.end ?? "", zone)[1], one.breaks.map((pause) => `${pause.name} ${local(pause.start ?? "", zone)[1]}`).join("; ")]) })} /></span></header>
        <Table label={t("my_shifts")} rows={mine.data?.shifts} rowId={(one) => one.day} empty={<Empty icon="calendar" title={t("no_shifts_title")}>{t("no_shifts_text")}</Empty>} columns={[
          { id: "day", title: t("day"), cell: (one) => weekday(one.day, true) },
          { id: "time", title: t("time"), cell: (one) => times(one, zone) },
          { id: "breaks", title: t("breaks"), cell: (one) => one.breaks.map((pause) => `${pause.name} ${local(pause.start ?? "", zone)[1]}–${local(pause.end ?? "", zone)[1]}`).join(", ") || "–" },
          { id: "ask", title: t("actions"), quiet: true, cell: (one) => (waits(one) ? <span className="sm mid">{t("change_waits")}</span> : (
            <span className="flex sf-wrap"><Button size="sm" icon="transfer" onPress={() => setAsking({ kind: "swap", shift: one })}>{t("swap")}</Button><Button size="sm" onPress={() => setAsking({ kind: "offer", shift: one })}>{t("offer")}</Button><Button size="sm" onPress={() => setAsking({ kind: "off", shift: one })}>{t("time_off")}</Button></span>)) },
        ]} />
      </section>
      <section className="card" aria-label={t("my_requests")}><header><h2>{t("my_requests")}</h2></header><ChangeList changes={related} reload={reload} zone={zone} /></section>
      <div className="sf-halves"><Subscription />{wishes.data ? <Wishes saved={wishes.data.preferences ?? { prefers_start: "", free_days: [], free_weekdays: [] }} /> : <Skeleton rows={3} />}</div>
      {asking && <AskDialog asking={asking} team={mine.data?.team ?? []} mine={mine.data?.shifts ?? []} zone={zone} onClose={() => setAsking(undefined)} onDone={reload} />}
    </div></div>
  );
}
