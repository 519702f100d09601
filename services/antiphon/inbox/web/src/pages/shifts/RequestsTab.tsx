import { useState } from "react";
import { wfm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { can, myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Segmented } from "../../ui/Segmented";
import { Table } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { local } from "./model";
import { Failed, Said, useFacts, useName, weekday } from "./parts";
import { useT } from "./texts";

const STATES = { CHANGE_STATE_ASKED: "cs_asked", CHANGE_STATE_PENDING: "cs_pending", CHANGE_STATE_APPROVED: "cs_approved", CHANGE_STATE_REFUSED: "cs_refused", CHANGE_STATE_UNSPECIFIED: "cs_asked" } as const;
const KINDS = { CHANGE_STATE_ASKED: "info", CHANGE_STATE_PENDING: "warn", CHANGE_STATE_APPROVED: "ok", CHANGE_STATE_REFUSED: "line", CHANGE_STATE_UNSPECIFIED: "line" } as const;
const PROPOSED: readonly T.ChangeKind[] = ["CHANGE_KIND_OVERTIME", "CHANGE_KIND_LEAVE_EARLY"];
export const isOpen = (one: T.Change): boolean => one.state === "CHANGE_STATE_ASKED" || one.state === "CHANGE_STATE_PENDING";

function RefuseDialog({ change, onClose, onDone }: { change: T.Change; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const [reason, setReason] = useState("");
  const decide = useAction(wfm.decide);
  const run = async () => { if (await decide.run(change.id, false, reason)) { onDone(); onClose(); } };
  return (
    <Dialog title={t("refuse_title")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="stop" isPending={decide.pending} onPress={() => void run()}>{t("refuse")}</Button></>}>
      <TextField label={t("why")} value={reason} onChange={setReason} maxLength={500} autoFocus /><Said problem={decide.problem} />
    </Dialog>
  );
}

/** Requests with what the reader may do about each. */
export function ChangeList({ changes, reload, zone }: { changes: readonly T.Change[] | undefined; reload: () => void; zone: string }) {
  const t = useT();
  const name = useName();
  const { me, supervises } = useDesk((state) => ({ me: myId(state), supervises: can("work.supervise")(state) }));
  const [refusing, setRefusing] = useState<T.Change>();
  const act = useAction(async (what: () => Promise<unknown>) => what());
  const run = async (what: () => Promise<unknown>, done: string) => { if (await act.run(what)) toast(done); reload(); };
  const kind = (one: T.Change) => t(one.kind === "CHANGE_KIND_SWAP" ? (one.other_person_id ? "k_swap" : "k_offer") : one.kind === "CHANGE_KIND_TIME_OFF" ? "k_off" : one.kind === "CHANGE_KIND_OVERTIME" ? "k_overtime" : "k_leave");
  const what = (one: T.Change) => {
    if (PROPOSED.includes(one.kind)) return `${weekday(one.day, true)}, ${local(one.from ?? "", zone)[1]}–${local(one.to ?? "", zone)[1]}`;
    const mine = weekday(one.day, true);
    if (one.kind === "CHANGE_KIND_TIME_OFF" || !one.other_person_id) return mine;
    return one.other_day ? t("swap_what", { day: mine, other: weekday(one.other_day, true), name: name(one.other_person_id) }) : t("give_what", { day: mine, name: name(one.other_person_id) });
  };
  const actions = (one: T.Change) => {
    const asksMe = one.state === "CHANGE_STATE_ASKED" && (PROPOSED.includes(one.kind) ? one.person_id === me : one.other_person_id === me);
    const forAll = one.state === "CHANGE_STATE_ASKED" && one.kind === "CHANGE_KIND_SWAP" && !one.other_person_id && one.person_id !== me;
    if (asksMe) return <><Button size="sm" kind="primary" onPress={() => void run(() => wfm.answer(one.id, true), t("agreed"))}>{t("agree")}</Button><Button size="sm" onPress={() => void run(() => wfm.answer(one.id, false), t("declined"))}>{t("decline")}</Button></>;
    if (supervises && one.state === "CHANGE_STATE_PENDING") return <><Button size="sm" kind="primary" onPress={() => void run(() => wfm.decide(one.id, true), t("approved"))}>{t("approve")}</Button><Button size="sm" onPress={() => setRefusing(one)}>{t("refuse")}</Button></>;
    if (forAll) return <Button size="sm" kind="primary" onPress={() => void run(() => wfm.answer(one.id, true), t("agreed"))}>{t("take_shift")}</Button>;
    return null;
  };
  const by = (one: T.Change) => (one.decided_by.startsWith("rule:") ? t("by_rule") : one.decided_by ? name(one.decided_by) : "");
  return (
    <>
      {act.problem && <div className="body"><Said problem={act.problem} /></div>}
      <Table label={t("requests")} rows={changes} rowId={(one) => one.id} empty={<Empty icon="check" title={t("no_requests")} />} columns={[
        { id: "who", title: t("person"), cell: (one) => name(one.person_id) },
        { id: "kind", title: t("request"), cell: (one) => kind(one) },
        { id: "what", title: t("what"), cell: (one) => <span className="col"><span>{what(one)}</span>{one.note && <span className="sm mid">{one.note}</span>}</span> },
        { id: "when", title: t("asked_at"), wide: true, cell: (one) => (one.asked_at ? moment(one.asked_at) : "–") },
        { id: "state", title: t("state"), cell: (one) => <span className="col"><span><Chip kind={KINDS[one.state]}>{t(STATES[one.state])}</Chip></span>{(by(one) || one.reason) && <span className="sm mid">{[by(one), one.reason].filter(Boolean).join(": ")}</span>}</span> },
        { id: "do", title: t("actions"), quiet: true, cell: (one) => <span className="flex sf-wrap">{actions(one)}</span> },
      ]} />
      {refusing && <RefuseDialog change={refusing} onClose={() => setRefusing(undefined)} onDone={reload} />}
    </>
  );
}

export function RequestsTab() {
  const t = useT();
  const [view, setView] = useState<"open" | "all">("open");
  const { data, problem, reload } = useLoad(wfm.changes);
  const zone = useDesk((state) => state.me?.tenant?.time_zone || "UTC");
  useFacts(["ChangeUpdated"], reload);
  return (
    <div className="scroll grow"><div className="page">
      <section className="card" aria-label={t("requests")}>
        <header><h2>{t("requests")}</h2><span className="end"><Segmented label={t("show")} value={view} onChange={setView} options={[{ id: "open", text: t("only_open") }, { id: "all", text: t("all") }]} /></span></header>
        {problem && !data ? <Failed problem={problem} onRetry={reload} /> : <ChangeList changes={data?.changes.filter((one) => view === "all" || isOpen(one))} reload={reload} zone={zone} />}
      </section>
    </div></div>
  );
}
