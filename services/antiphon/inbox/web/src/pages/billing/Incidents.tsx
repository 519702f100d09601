import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { has, isoDay, isSeverity, SEVERITIES, type Severity, text } from "./model";
import { Failed } from "./paged";
import { SlaReport } from "./SlaReport";
import { useT } from "./texts";

const FAULTS = { operator: "i_operator", subscriber: "i_subscriber", other_operator: "i_other_operator", third_party: "i_third_party", power: "i_power", access_link: "i_access_link", force_majeure: "i_force_majeure" } as const;
type Fault = keyof typeof FAULTS;
const isFault = (fault: string): fault is Fault => has(FAULTS, fault);

const isLate = (one: T.Incident) => Boolean(one.escalated_at);

/** An instant in the form of an input, by the local clock; and back. */
const local = (at: string | undefined): string => (at ? `${isoDay(new Date(at))}T${new Date(at).toTimeString().slice(0, 5)}` : "");
const instant = (typed: string): string | undefined => (typed ? new Date(typed).toISOString() : undefined);

function IncidentDialog({ initial, onClose }: { initial: T.Incident | undefined; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [what, setWhat] = useState(initial?.what ?? "");
  const [fault, setFault] = useState<Fault>(initial && isFault(initial.fault) ? initial.fault : "operator");
  const [severity, setSeverity] = useState<Severity>(initial && isSeverity(initial.severity) ? initial.severity : "major");
  const [planned, setPlanned] = useState(initial?.planned ?? false);
  const [started, setStarted] = useState(local(initial?.started_at ?? new Date().toISOString()));
  const [ended, setEnded] = useState(local(initial?.ended_at));
  const save = useAction(billing.saveIncident);
  const submit = async () => {
    const start = instant(started), end = instant(ended);
    const incident = { id: initial?.id ?? `in-${crypto.randomUUID().slice(0, 13)}`, what, fault, planned, policy: initial?.policy ?? "", severity: planned ? "" : severity, ...(start ? { started_at: start } : {}), ...(end ? { ended_at: end } : {}) };
    if (await save.run(incident)) { toast(t("saved")); onClose(true); }
  };
  return (
    <Dialog title={t("i_edit")} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={save.pending} onPress={() => void submit()}>{t("save")}</Button></>}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <TextField label={t("i_what")} value={what} onChange={setWhat} maxLength={300} autoFocus />
        <Select label={t("i_fault")} options={Object.entries(FAULTS).map(([id, word]) => ({ id: id as Fault, text: t(word) }))} value={fault} onChange={setFault} />
        {!planned && <Select label={t("i_severity")} options={Object.entries(SEVERITIES).map(([id, word]) => ({ id: id as Severity, text: t(word) }))} value={severity} onChange={setSeverity} />}
        <div className="bill-pair">
          <TextField label={t("i_started")} type="datetime-local" value={started} onChange={setStarted} />
          <TextField label={t("i_ended")} type="datetime-local" value={ended} onChange={setEnded} />
        </div>
        <Checkbox isSelected={planned} onChange={setPlanned}>{t("i_planned")}</Checkbox>
        <p className="hint">{t("i_note")}</p>
        {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function Credit({ onDone }: { onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [month, setMonth] = useState(isoDay(new Date()).slice(0, 7));
  const credit = useAction(billing.creditOutages);
  const submit = async () => {
    const done = await credit.run(month);
    if (done) { toast(t("i_credited", { amount: text(done.credit), hours: done.hours })); onDone(); }
  };
  return (
    <form className="form body" aria-label={t("i_credit")} onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <div className="bill-pair"><TextField label={t("i_month")} type="month" value={month} onChange={setMonth} /><div className="actions"><Button type="submit" isPending={credit.pending}>{t("i_credit")}</Button></div></div>
      {credit.problem && <p className="err" role="alert">{say(credit.problem)}</p>}
    </form>
  );
}

/** Outages and planned works: written down, edited until they are over, credited by the month. */
export function Incidents({ round }: { round: number }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.incidents, [round]);
  const [editing, setEditing] = useState<T.Incident | "new">();
  const isOver = (one: T.Incident) => Boolean(one.ended_at) && new Date(one.ended_at!) <= new Date();
  const columns: TableColumn<T.Incident>[] = [
    { id: "what", title: t("what"), cell: (one) => <span className="col"><span className="m cut" title={one.what}>{one.what}</span><span className="sm dim cut">{isFault(one.fault) ? t(FAULTS[one.fault]) : one.fault}</span></span> },
    { id: "kind", title: t("kind"), cell: (one) => (one.planned ? <Chip kind="info">{t("i_planned")}</Chip> : <Chip kind={one.ended_at ? "line" : "warn"}>{t(one.ended_at ? "i_outage" : "i_open")}</Chip>) },
    { id: "severity", title: t("i_severity"), cell: (one) => (isSeverity(one.severity) ? t(SEVERITIES[one.severity]) : "–") },
    { id: "from", title: t("i_started"), cell: (one) => (one.started_at ? moment(one.started_at) : "–") },
    { id: "to", title: t("i_ended"), cell: (one) => (one.ended_at ? moment(one.ended_at) : "–") },
    { id: "due", title: t("i_due"), cell: (one) => (one.due_at ? <span className="flex">{moment(one.due_at)}{isLate(one) && <Chip kind="crit">{t("i_late")}</Chip>}</span> : "–") },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && !isOver(one) && <Button size="sm" onPress={() => setEditing(one)}>{t("edit")}</Button> },
  ];
  return (
    <section className="card" aria-label={t("incidents")}><header><h2>{t("incidents")}</h2>{may && <Button size="sm" icon="plus" onPress={() => setEditing("new")}>{t("i_new")}</Button>}</header>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("incidents")} columns={columns} rows={list.data?.incidents} rowId={(one) => one.id} empty={<p className="body dim">{t("incidents_none")}</p>} />}
      <SlaReport incidents={list.data?.incidents} />
      {may && <Credit onDone={list.reload} />}
      {editing && <IncidentDialog initial={editing === "new" ? undefined : editing} onClose={(done) => { setEditing(undefined); if (done) list.reload(); }} />}
    </section>
  );
}
