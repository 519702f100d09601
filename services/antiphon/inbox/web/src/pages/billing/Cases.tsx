import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { duration, moment, number, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { BLOCKS, DETECTORS, has } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";
import { useWho } from "./who";

const STATES = { open: ["c_open", "warn"], measures: ["c_measures", "ok"], no_measures: ["c_no_measures", "line"], not_considered: ["c_not_considered", "line"] } as const;
type State = "open" | "measures" | "no_measures";
const EDITABLE: readonly State[] = ["open", "measures", "no_measures"];

/** "person:pn_1" in words. */
function useSubject(): (subject: string) => string {
  const t = useT();
  const people = useDesk((state) => state.people);
  return (subject) => {
    const [kind = "", value = ""] = subject.split(/:(.*)/s);
    const name = kind === "person" ? (people[value]?.name ?? value) : kind === "destination" || kind === "number" ? phone(`+${value}`) : kind === "account" ? "" : value;
    return `${has(BLOCKS, kind) ? t(BLOCKS[kind]) : kind}${name ? ` ${name}` : ""}`;
  };
}

function useAbout(): (one: T.Case) => string {
  const t = useT();
  return (one) => (has(DETECTORS, one.detector) ? t("f_counted", { what: t(DETECTORS[one.detector]), count: number(one.count), within: duration(one.window_seconds) }) : one.complaint);
}

function Notes({ notes }: { notes: readonly T.CaseNote[] }) {
  const t = useT();
  const who = useWho();
  if (notes.length === 0) return null;
  return <ul className="bill-notices" aria-label={t("f_notes")}>{notes.map((note, index) => <li key={index}><span className="grow">{note.text}</span><span className="sm dim nw">{who(note.by)}{note.at ? `, ${moment(note.at)}` : ""}</span></li>)}</ul>;
}

function Block({ one, onDone }: { one: T.Case; onDone: (next: T.Case) => void }) {
  const t = useT();
  const say = useProblemText();
  const [kind, setKind] = useState<"destination" | "number" | "account">("destination");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const block = useAction(billing.block);
  const submit = async () => {
    const done = await block.run(one.id, { kind, value: kind === "account" ? "" : value.replace(/[^\d+]/g, ""), reason });
    if (done?.case) { toast(t("f_blocked")); setValue(""); setReason(""); onDone(done.case); }
  };
  return (
    <form className="form" aria-label={t("f_block")} onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <div className="bill-pair">
        <Select label={t("f_block")} options={(["destination", "number", "account"] as const).map((id) => ({ id, text: t(BLOCKS[id]) }))} value={kind} onChange={setKind} />
        {kind !== "account" && <TextField label={t("f_digits")} value={value} onChange={setValue} maxLength={20} />}
        <TextField label={t("reason")} value={reason} onChange={setReason} maxLength={200} />
      </div>
      {block.problem && <p className="err" role="alert">{say(block.problem)}</p>}
      <div className="actions"><Button kind="stop" type="submit" isPending={block.pending} {...(!reason.trim() ? { whyNot: t("f_reason_needed") } : {})}>{t("f_do_block")}</Button></div>
    </form>
  );
}

function CaseDialog({ initial, onClose }: { initial: T.Case; onClose: (changed: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const subject = useSubject();
  const about = useAbout();
  const [one, setOne] = useState(initial);
  const [state, setState] = useState<State>(EDITABLE.find((each) => each === initial.state) ?? "open");
  const [note, setNote] = useState("");
  const [unblock, setUnblock] = useState(false);
  const [changed, setChanged] = useState(false);
  const save = useAction(billing.editCase);
  const submit = async () => {
    if (await save.run(one.id, { state: state === one.state ? "" : state, note, unblock })) { toast(t("saved")); onClose(true); }
  };
  return (
    <Dialog big title={t("f_case", { number: number(Number(one.number)) })} isOpen onClose={() => onClose(changed)}
      actions={<><Button onPress={() => onClose(changed)}>{t("not_now")}</Button><Button kind="primary" isPending={save.pending} onPress={() => void submit()} {...(!note.trim() ? { whyNot: t("f_note_needed") } : {})}>{t("save")}</Button></>}>
      <div className="form">
        <p>{about(one)}{one.subject ? `: ${subject(one.subject)}` : ""}</p>
        <p className="sm dim mono">{one.id}</p>
        {one.blocks.length > 0 && <p className="flex wrap-line">{t("f_blocks")} {one.blocks.map((each) => <Chip key={each.kind + each.value} kind="crit">{subject(`${each.kind}:${each.value}`)}</Chip>)}</p>}
        <Notes notes={one.notes} />
        <Select label={t("state")} options={EDITABLE.map((id) => ({ id, text: t(STATES[id][0]) }))} value={state} onChange={setState} />
        <TextArea label={t("f_note")} hint={t("f_note_hint")} value={note} onChange={setNote} maxLength={400} />
        {one.blocks.length > 0 && <Checkbox isSelected={unblock} onChange={setUnblock}>{t("f_unblock")}</Checkbox>}
        {one.blocks.some((each) => each.kind === "sip_account" || each.kind === "person") && <p className="hint">{t("f_password_note")}</p>}
        {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
      </div>
      {one.state === "open" && <Block one={one} onDone={(next) => { setOne(next); setChanged(true); }} />}
    </Dialog>
  );
}

/** Complaints and what detectors found; each can be opened, noted, decided and freed. */
export function Cases({ round }: { round: number }) {
  const t = useT();
  const who = useWho();
  const subject = useSubject();
  const about = useAbout();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.cases, [round]);
  const [opened, setOpened] = useState<T.Case>();
  const columns: TableColumn<T.Case>[] = [
    { id: "what", title: t("what"), cell: (one) => <span className="col"><span className="m cut" title={about(one)}>№ {number(Number(one.number))} {about(one)}</span>{one.subject && <span className="sm dim cut">{subject(one.subject)}</span>}</span> },
    { id: "state", title: t("state"), cell: (one) => <Chip kind={has(STATES, one.state) ? STATES[one.state][1] : "line"}>{has(STATES, one.state) ? t(STATES[one.state][0]) : one.state}</Chip> },
    { id: "blocks", title: t("f_blocked_now"), cell: (one) => (one.blocks.length > 0 ? <Chip kind="crit">{t("f_blocking", { count: one.blocks.length })}</Chip> : "–") },
    { id: "by", title: t("by"), wide: true, cell: (one) => <span className="cut">{who(one.owner)}</span> },
    { id: "when", title: t("when"), cell: (one) => (one.at ? moment(one.at) : "–") },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && one.state !== "not_considered" && <Button size="sm" onPress={() => setOpened(one)}>{t("f_open")}</Button> },
  ];
  return (
    <section className="card" aria-label={t("cases")}><header><h2>{t("cases")}</h2><span className="mid sm">{t("f_subtitle")}</span></header>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("cases")} columns={columns} rows={list.data?.cases} rowId={(one) => one.id} empty={<p className="body dim">{t("cases_none")}</p>} />}
      {opened && <CaseDialog initial={opened} onClose={(changed) => { setOpened(undefined); if (changed) list.reload(); }} />}
    </section>
  );
}
