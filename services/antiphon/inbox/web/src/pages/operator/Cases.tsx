/** One customer's cases of fraud: taken over, blocked, closed with a reason. */
import { useState } from "react";
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { has } from "../billing/model";
import { useT } from "./texts";

const STATES = { open: ["c_open", "warn"], measures: ["s_measures", "ok"], no_measures: ["s_no_measures", "line"], not_considered: ["c_not_considered", "line"] } as const;
const STEPS = ["take_over", "block", "measures", "no_measures"] as const;
const BLOCKS = ["destination", "number", "account"] as const;
type Step = (typeof STEPS)[number];
const WORDS = { take_over: "c_take_over", block: "c_block", measures: "c_measures", no_measures: "c_no_measures" } as const;

function CaseDialog({ customer, one, onClose }: { customer: string; one: T.Case; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [step, setStep] = useState<Step>("take_over");
  const [kind, setKind] = useState<(typeof BLOCKS)[number]>("destination");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const act = useAction(customersOf.act);
  const digits = value.replace(/[^\d+]/g, "");
  const ready = reason.trim() !== "" && (step !== "block" || kind === "account" || digits !== "");
  const asked = (): Partial<T.ActForCustomerRequest> => {
    if (step === "take_over") return { edit_case: { case_id: one.id, note: reason } };
    if (step === "block") return { block: { case_id: one.id, kind, value: kind === "account" ? "" : digits, reason } };
    return { decide_case: { case_id: one.id, decision: step, reason } };
  };
  const submit = async () => { if (ready && (await act.run(customer, asked()))) { toast(t("c_saved")); onClose(true); } };
  return (
    <Dialog title={t("c_case", { number: number(Number(one.number)) })} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("close")}</Button><Button kind={step === "block" ? "stop" : "primary"} isPending={act.pending} onPress={() => void submit()} {...(ready ? {} : { whyNot: t("c_needed") })}>{t("c_do")}</Button></>}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <p>{one.complaint || one.detector}</p>
        {one.notes.length > 0 && <ul className="bill-notices" aria-label={t("c_notes")}>{one.notes.map((note, index) => <li key={index}><span className="grow">{note.text}</span><span className="sm dim nw">{note.at ? moment(note.at) : ""}</span></li>)}</ul>}
        <Select label={t("kind")} options={STEPS.map((id) => ({ id, text: t(WORDS[id]) }))} value={step} onChange={setStep} />
        {step === "block" && <div className="bill-pair">
          <Select label={t("c_what")} options={BLOCKS.map((id) => ({ id, text: t(`c_${id}`) }))} value={kind} onChange={setKind} />
          {kind !== "account" && <TextField label={t("c_digits")} value={value} onChange={setValue} maxLength={20} />}
        </div>}
        <TextArea label={t("reason")} value={reason} onChange={setReason} maxLength={step === "block" ? 200 : 400} />
        {act.problem && <p className="err" role="alert">{say(act.problem)}</p>}
      </form>
    </Dialog>
  );
}

export function Cases({ customer, cases, may, onDone }: { customer: string; cases: readonly T.Case[] | undefined; may: boolean; onDone: () => void }) {
  const t = useT();
  const [opened, setOpened] = useState<T.Case>();
  const columns: TableColumn<T.Case>[] = [
    { id: "what", title: t("reason"), cell: (one) => <span className="m cut" title={one.complaint || one.detector}>№ {number(Number(one.number))} {one.complaint || one.detector}</span> },
    { id: "state", title: t("state"), cell: (one) => (has(STATES, one.state) ? <Chip kind={STATES[one.state][1]}>{t(STATES[one.state][0])}</Chip> : one.state) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => may && one.state === "open" && <Button size="sm" onPress={() => setOpened(one)}>{t("c_show")}</Button> },
  ];
  return (
    <section aria-label={t("cases")}><h3>{t("cases")}</h3>
      <Table label={t("cases")} columns={columns} rows={cases} rowId={(one) => one.id} empty={<p className="dim">{t("cases_none")}</p>} tight />
      {opened && <CaseDialog customer={customer} one={opened} onClose={(done) => { setOpened(undefined); if (done) onDone(); }} />}
    </section>
  );
}
