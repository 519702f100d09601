import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { duration, moment, phone } from "../../i18n/format";
import { useKey } from "../../shell/keys";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Table, type TableColumn } from "../../ui/Table";
import { e164, text } from "./model";
import { Failed, More, usePages } from "./paged";
import { rateOf, useReasons } from "./reasons";
import { useT } from "./texts";

const PAGE = 100;
const CHARGES = { CALL_CHARGE_BILLED: "c_billed", CALL_CHARGE_ZERO: "c_zero", CALL_CHARGE_SUSPENSE: "c_suspense", CALL_CHARGE_UNSPECIFIED: "c_zero" } as const;
const KIND = { CALL_CHARGE_BILLED: "ok", CALL_CHARGE_ZERO: "line", CALL_CHARGE_SUSPENSE: "warn", CALL_CHARGE_UNSPECIFIED: "line" } as const;
const idOf = (call: T.RatedCall) => `${call.partition}-${call.number}`;
const at = (call: T.RatedCall) => call.record?.answered_at ?? (call.record?.service ? call.record.ended_at : undefined);
const seconds = (call: T.RatedCall, value: string | number) => (call.record?.service ? "–" : duration(Number(value)));

/** Who was called, or what was used. */
function what(call: T.RatedCall, name: (service: string) => string) {
  const service = call.record?.service;
  return service ? `${name(service)} × ${call.record?.quantity}` : phone(e164(call.record?.called ?? ""));
}

/** What a step costs, where there are steps. */
function Rate({ call }: { call: T.RatedCall }) {
  const t = useT();
  const rate = rateOf(call);
  return <>{rate ? t("rate_of", rate) : "–"}</>;
}

function Details({ call, onClose }: { call: T.RatedCall; onClose: () => void }) {
  const t = useT();
  useKey({ code: "Escape" }, t("close"), onClose);
  const say = useReasons();
  const title = what(call, say.service) || t("c_zero");
  const when = at(call);
  return (
    <aside className="bill-side" aria-label={t("why")}>
      <header><h2 className="cut grow">{title}</h2><IconButton icon="x" label={t("close")} onPress={onClose} /></header>
      <div className="scroll grow" tabIndex={0} role="region" aria-label={title}>
        <section><dl className="kv">
          <dt>{t("when")}</dt><dd>{when ? moment(when) : "–"}</dd>
          {call.record?.service ? <><dt>{t("quantity")}</dt><dd>{call.record.quantity}</dd></> : <>
            <dt>{t("talked")}</dt><dd>{duration(Number(call.seconds))}</dd>
            <dt>{t("billed")}</dt><dd>{duration(Number(call.billed_seconds))}</dd>
            <dt>{t("prefix")}</dt><dd>{call.prefix || "–"}</dd>
            <dt>{t("rate")}</dt><dd><Rate call={call} /></dd>
          </>}
          <dt>{t("version")}</dt><dd>{call.tariff_version || "–"}</dd>
          <dt>{t("cost")}</dt><dd className="b">{text(call.cost)}</dd>
        </dl></section>
        <section><h3>{t("why")}</h3>
          {call.charge === "CALL_CHARGE_SUSPENSE" ? <p>{t("why_suspense", { reason: say.waits(call.reason) })}</p>
            : call.why.length === 0 ? <p className="mid">{t("why_free")}</p>
              : <ol className="bill-why">{say.why(call).map((line) => <li key={line}>{line}</li>)}</ol>}
        </section>
      </div>
    </aside>
  );
}

/** What each call cost, and why. */
export function Calls({ round }: { round: number }) {
  const t = useT();
  const say = useReasons();
  const [suspense, setSuspense] = useState(() => location.search === "?suspense");
  const [open, setOpen] = useState("");
  const list = usePages((after) => billing.calls({ limit: PAGE, after, suspense }).then((answer) => ({ rows: answer.calls, next: answer.next })), `calls:${round}:${suspense}`);
  const current = list.rows?.find((call) => idOf(call) === open);
  const columns: TableColumn<T.RatedCall>[] = [
    { id: "called", title: t("called"), cell: (call) => <span className="m nw">{what(call, say.service) || "–"}</span> },
    { id: "when", title: t("when"), cell: (call) => { const when = at(call); return when ? moment(when) : "–"; } },
    { id: "talked", title: t("talked"), num: true, cell: (call) => seconds(call, call.seconds) },
    ...(current ? [] : [
      { id: "billed", title: t("billed"), num: true, cell: (call: T.RatedCall) => seconds(call, call.billed_seconds) },
      { id: "prefix", title: t("prefix"), num: true, cell: (call: T.RatedCall) => call.prefix || "–" },
      { id: "rate", title: t("rate"), num: true, cell: (call: T.RatedCall) => <span className="nw"><Rate call={call} /></span> },
    ]),
    { id: "state", title: t("state"), cell: (call) => <Chip kind={KIND[call.charge]}>{t(CHARGES[call.charge])}</Chip> },
    { id: "cost", title: t("cost"), num: true, cell: (call) => <span className="t">{text(call.cost)}</span> },
  ];
  return (
    <div className={current ? "bill-split with-side" : "bill-split"}>
      <section className="bill-list" aria-label={t("calls")}>
        <div className="bill-find"><Checkbox isSelected={suspense} onChange={setSuspense}>{t("only_suspense")}</Checkbox></div>
        {list.problem ? <Failed problem={list.problem} onRetry={list.reload} />
          : <Table label={t("calls")} columns={columns} rows={list.rows} rowId={idOf} onRow={(call) => setOpen(idOf(call))} {...(current ? { current: open } : {})}
              empty={<Empty icon="phone" title={t(suspense ? "suspense_none" : "calls_empty")}>{suspense ? "" : t("calls_empty_text")}</Empty>} />}
        <More more={list.more} />
      </section>
      {current && <Details call={current} onClose={() => setOpen("")} />}
    </div>
  );
}
