import { useEffect, useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { money, number, phone } from "../../i18n/format";
import { useSecond } from "../../rt/clock";
import { useFacts } from "../../rt/useFacts";
import { Chip } from "../../ui/Chip";
import { Meter } from "../../ui/Meter";
import { Table, type TableColumn } from "../../ui/Table";
import { Timer } from "../../ui/Timer";
import { amountOf, costBy, e164, text } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

/** Whoever may not see calls hears nothing of them: asked again each so many seconds while somebody talks. */
const ASKED_AGAIN = 10;
const CALLS = /^antiphon\.media\.v1\.Call(Started|Changed|Bridged|Ended)/;
const NEAR = 0.75, AT = 0.95;

function Cost({ call }: { call: T.RunningCall }) {
  const now = useSecond();
  return <span className="t" aria-live="off">{money(costBy(call, now), call.reserved?.currency ?? "")}</span>;
}

function Cap({ name, used, most, said }: { name: string; used: number; most: number; said: string }) {
  const share = used / most;
  return <div className="bill-cap"><span>{name}</span><span className="t">{said}</span><Meter label={name} share={share} text={said} severity={share >= AT ? "crit" : share >= NEAR ? "warn" : "ok"} /></div>;
}

/** What all of them cost by now, and how near the limits are. */
function Sums({ account, running, again }: { account: T.Account; running: T.ListRunningCallsResponse; again: (slot: number) => void }) {
  const t = useT();
  const now = useSecond();
  const slot = running.count > 0 ? Math.floor(now / ASKED_AGAIN) : 0;
  useEffect(() => again(slot), [slot, again]);
  const cost = running.calls.reduce((sum, call) => sum + costBy(call, now), 0);
  const today = amountOf(account.spent_today) + cost;
  const caps = account.limits;
  return (
    <div className="body bill-caps">
      {running.count > 0 && <p className="b">{t("running_sum", { count: running.count, cost: money(cost, account.currency) })}</p>}
      {amountOf(caps?.cost_a_day) > 0 && <Cap name={t("cost_a_day")} used={today} most={amountOf(caps?.cost_a_day)} said={t("of", { used: money(today, account.currency), most: text(caps?.cost_a_day) })} />}
      {(caps?.concurrent ?? 0) > 0 && <Cap name={t("concurrent")} used={running.count} most={caps?.concurrent ?? 1} said={t("of", { used: number(running.count), most: number(caps?.concurrent) })} />}
    </div>
  );
}

/** The paid calls that go on, what each costs by this second, and the limits they come near to. */
export function Running({ account, round }: { account: T.Account; round: number }) {
  const t = useT();
  const heard = useFacts(CALLS);
  const [slot, setSlot] = useState(0);
  const loaded = useLoad(billing.running, [round, heard, slot]);
  const columns: TableColumn<T.RunningCall>[] = [
    { id: "called", title: t("called"), cell: (call) => <span className="m nw">{phone(e164(call.called))}</span> },
    { id: "talk", title: t("talked"), num: true, cell: (call) => (call.answered_at ? <Timer since={call.answered_at} title={t("talked")} /> : <Chip kind="info">{t("rings")}</Chip>) },
    { id: "cost", title: t("cost_now"), num: true, cell: (call) => <Cost call={call} /> },
    { id: "prefix", title: t("prefix"), num: true, cell: (call) => call.prefix || "–" },
    { id: "reserved", title: t("reserved"), num: true, cell: (call) => <span className="bill-end">{call.final && <Chip kind="warn">{t("last_grant")}</Chip>}{text(call.reserved)}</span> },
  ];
  return (
    <section className="card bill-running" aria-label={t("running")}><header><h2>{t("running")}</h2>{loaded.data && <span className="n">{number(loaded.data.count)}</span>}</header>
      {loaded.problem && !loaded.data ? <Failed problem={loaded.problem} onRetry={loaded.reload} /> : <>
        {loaded.data && <Sums account={account} running={loaded.data} again={setSlot} />}
        {loaded.data?.calls.length === 0 ? <p className="body dim">{t("running_none")}</p>
          : <Table label={t("running")} columns={columns} rows={loaded.data?.calls} rowId={(call) => call.session_id} empty={null} tight />}</>}
    </section>
  );
}
