/** What is done to all customers, one after another: an outage is told, calls without a price are rated again. */
import { useState } from "react";
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { has } from "../billing/model";
import { Failed } from "../billing/paged";
import { useT } from "./texts";

const STATES = { running: "warn", standing: "line", done: "ok" } as const;

export function Errands({ round }: { round: number }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("customers.ask"));
  const list = useLoad(customersOf.errands, [round]);
  const save = useAction(customersOf.saveErrand);
  const [what, setWhat] = useState("");
  const [planned, setPlanned] = useState(false);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const timed = !planned || (from !== "" && to > from);
  const put = async (errand: Partial<T.Errand>) => { if (await save.run({ id: crypto.randomUUID(), ...errand })) { setWhat(""); list.reload(); } };
  const begin = () => {
    if (!what.trim() || !timed) return;
    const when = planned ? { started_at: new Date(from).toISOString(), ended_at: new Date(to).toISOString() } : { started_at: new Date().toISOString() };
    return put({ incident: { id: "", policy: "", fault: "operator", what, planned, severity: planned ? "" : "critical", ...when } as T.Incident });
  };
  const columns: TableColumn<T.Errand>[] = [
    { id: "what", title: t("errand"), cell: (one) => <span className="m cut">{one.incident?.what ?? t("mend")}</span> },
    { id: "at", title: t("when"), cell: (one) => (one.at ? moment(one.at) : "–") },
    { id: "state", title: t("state"), cell: (one) => (has(STATES, one.state) ? <Chip kind={STATES[one.state]}>{t(one.state)}</Chip> : one.state) },
    { id: "progress", title: t("progress"), cell: (one) => <span className="col"><span>{t("of", { reached: one.reached, customers: one.customers })}</span>{one.rerate && <span className="sm dim">{t("rerated", { billed: one.rated, left: one.left })}</span>}{one.failures.length > 0 && <span className="sm err">{t("failed", { count: one.failures.length })}{one.failures.some((each) => each.reason === "TOO_MUCH_PLANNED") && `: ${t("TOO_MUCH_PLANNED")}`}</span>}</span> },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && one.incident && !one.incident.ended_at && <Button size="sm" onPress={() => void put({ id: one.id, customer_ids: one.customer_ids, incident: { ...one.incident, ended_at: new Date().toISOString() } as T.Incident })}>{t("end_now")}</Button> },
  ];
  return (
    <div className="scroll grow"><div className="page bill-page">
      {may && <section className="card" aria-label={t("begin")}><form className="form body" onSubmit={(event) => { event.preventDefault(); void begin(); }}>
        <TextField label={t(planned ? "planned" : "outage")} hint={t("what")} value={what} onChange={setWhat} maxLength={300} />
        <Checkbox isSelected={planned} onChange={setPlanned}>{t("planned")}</Checkbox>
        {planned && <><div className="bill-pair"><TextField label={t("p_from")} type="datetime-local" value={from} onChange={setFrom} /><TextField label={t("p_to")} type="datetime-local" value={to} onChange={setTo} /></div><p className="hint">{t("p_rules")}</p></>}
        <div className="actions"><Button type="submit" isPending={save.pending} {...(what.trim() && timed ? {} : { whyNot: t("needed") })}>{t("begin")}</Button><Button icon="refresh" isPending={save.pending} onPress={() => void put({ rerate: true })}>{t("mend")}</Button></div>
        <p className="hint">{t("mend_note")}</p>
        {save.problem && <p className="err" role="alert">{save.problem.reason === "LATE_NOTICE" ? t("LATE_NOTICE") : say(save.problem)}</p>}
      </form></section>}
      <section className="card" aria-label={t("errands")}>{list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("errands")} columns={columns} rows={list.data?.errands} rowId={(one) => one.id} empty={<p className="body dim">{t("errands_none")}</p>} />}</section>
    </div></div>
  );
}
