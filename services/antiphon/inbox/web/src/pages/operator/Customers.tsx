import { useState } from "react";
import { customersOf } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { day } from "../../i18n/format";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { amountOf, text } from "../billing/model";
import { Failed, More, usePages } from "../billing/paged";
import { Customer } from "./Customer";
import { useT } from "./texts";

const STATES = { ACCOUNT_STATE_ACTIVE: "ok", ACCOUNT_STATE_SUSPENDED: "warn", ACCOUNT_STATE_TERMINATED: "line" } as const;
type State = keyof typeof STATES;
const ORDERS = ["CUSTOMER_ORDER_NAME", "CUSTOMER_ORDER_BALANCE", "CUSTOMER_ORDER_DAYS_LEFT"] as const;
const isState = (state: string): state is State => state in STATES;

export function Customers({ round }: { round: number }) {
  const t = useT();
  const [search, setSearch] = useState("");
  const [state, setState] = useState<State | "all">("all");
  const [order, setOrder] = useState<(typeof ORDERS)[number]>("CUSTOMER_ORDER_NAME");
  const [owing, setOwing] = useState(false);
  const [open, setOpen] = useState<T.CustomerRow>();
  const query: Partial<T.ListCustomersRequest> = { search, order, in_arrears: owing, ...(state === "all" ? {} : { state }) };
  const key = JSON.stringify([query, round]);
  const pages = usePages(async (after) => { const page = await customersOf.list({ ...query, after, limit: 50 }); return { rows: page.customers, next: page.next }; }, key);
  const totals = useLoad(() => customersOf.list({ search, in_arrears: owing, limit: 1 }), [search, owing, round]);
  const columns: TableColumn<T.CustomerRow>[] = [
    { id: "company", title: t("company"), cell: (one) => <span className="col"><span className="m cut" title={one.company}>{one.company || one.id}</span><span className="sm dim cut">{one.plan}</span></span> },
    { id: "state", title: t("state"), cell: (one) => isState(one.state) && <Chip kind={STATES[one.state]}>{t(one.state)}</Chip> },
    { id: "ends", title: t("ends"), cell: (one) => (one.terminates_on ? t("terminates", { day: day(one.terminates_on) }) : one.suspends_on ? t("suspends", { day: day(one.suspends_on) }) : "–") },
    { id: "open", title: t("open"), num: true, cell: (one) => <span title={t("counts", { requests: one.open_requests, cases: one.open_cases, alarms: one.open_alarms, calls: one.suspense })}>{one.open_requests + one.open_cases + one.open_alarms + one.suspense || "–"}</span> },
    { id: "late", title: t("late"), num: true, wide: true, cell: (one) => one.late_payments || "–" },
    { id: "arrears", title: t("arrears"), num: true, cell: (one) => (amountOf(one.arrears) > 0 ? <span className="m">{text(one.arrears)}</span> : "–") },
    { id: "available", title: t("available"), num: true, wide: true, cell: (one) => text(one.available) },
    { id: "balance", title: t("balance"), num: true, cell: (one) => text(one.balance) },
  ];
  return (
    <div className={open ? "bill-split with-side" : "bill-split"}>
      <section className="bill-list" aria-label={t("list")}>
        <div className="bill-find">
          <TextField label={t("search")} value={search} onChange={setSearch} maxLength={100} />
          <Select label={t("state")} options={[{ id: "all" as const, text: t("all") }, ...(Object.keys(STATES) as State[]).map((id) => ({ id, text: t(id) }))]} value={state} onChange={setState} />
          <Select label={t("sort")} options={ORDERS.map((id) => ({ id, text: t(id) }))} value={order} onChange={setOrder} />
          <Checkbox isSelected={owing} onChange={setOwing}>{t("in_arrears")}</Checkbox>
        </div>
        <p className="bill-find mid">{(totals.data?.totals ?? []).map((one) => isState(one.state) && <span key={one.state + (one.balance?.currency ?? "")}>{t(one.state)}: {one.customers} · {text(one.balance)}{amountOf(one.arrears) > 0 && ` · ${t("arrears")} ${text(one.arrears)}`}</span>)}</p>
        {pages.problem ? <Failed problem={pages.problem} onRetry={pages.reload} /> : <Table label={t("list")} columns={columns} rows={pages.rows} rowId={(one) => one.id} onRow={setOpen} {...(open ? { current: open.id } : {})} empty={<Empty icon="wallet" title={t("none_title")}>{t("none_text")}</Empty>} />}
        <More more={pages.more} />
      </section>
      {open && <Customer key={open.id} row={open} onClose={() => setOpen(undefined)} onDone={pages.reload} />}
    </div>
  );
}
