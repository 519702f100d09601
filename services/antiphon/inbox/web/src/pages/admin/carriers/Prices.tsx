import { useState } from "react";
import { carriers } from "../../../api/api";
import { base64 } from "../../../api/bytes";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { moment, number } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Disclosure } from "../../../ui/Disclosure";
import { FilePick } from "../../../ui/FilePick";
import { Skeleton } from "../../../ui/Skeleton";
import { Table, type TableColumn } from "../../../ui/Table";
import { toast } from "../../../ui/Toast";
import { useT } from "./texts";

const CHANGES = { new: ["p_new", "info"], gone: ["p_gone", "warn"], dearer: ["p_dearer", "crit"], cheaper: ["p_cheaper", "ok"], other: ["p_other", "line"] } as const;
const isChange = (kind: string): kind is keyof typeof CHANGES => kind in CHANGES;
const SHOWN = 100;

/** What a new price list says and changes, before it is kept. */
function Looked({ read, file, carrier, onKept }: { read: T.ReadCarrierPricesResponse; file: File; carrier: string; onKept: () => void }) {
  const t = useT();
  const say = useProblemText();
  const keeping = useAction(async () => carriers.readPrices(carrier, await base64(file), true));
  const keep = async () => { if (await keeping.run()) { toast(t("kept")); onKept(); } };
  const columns: TableColumn<T.PriceChange>[] = [
    { id: "prefix", title: t("prefix"), cell: (one) => <span className="m">{one.prefix}</span> },
    { id: "kind", title: t("what"), cell: (one) => (isChange(one.kind) ? <Chip kind={CHANGES[one.kind][1]}>{t(CHANGES[one.kind][0])}</Chip> : one.kind) },
    { id: "before", title: t("before"), num: true, cell: (one) => one.before || "–" },
    { id: "after", title: t("after"), num: true, cell: (one) => one.after || "–" },
  ];
  return (
    <div className="form">
      {!read.usable && <p className="err" role="alert">{t("list_bad")}</p>}
      {read.remarks.length > 0 && <ul className="carrier-remarks">{read.remarks.map((one) => <li key={`${one.line}${one.column}`} className={one.fatal ? "err" : "mid"}>{t("line", { line: one.line })}: {one.column} {one.message}</li>)}</ul>}
      {read.usable && <><p role="status">{t("list_good", { count: read.rates, changes: read.changes.length })}</p>
        {read.changes.length > 0 && <div className="carrier-rows" role="region" tabIndex={0} aria-label={t("changes")}><Table label={t("changes")} columns={columns} rows={read.changes} rowId={(one) => `${one.prefix}${one.kind}${one.after}`} empty={null} tight /></div>}
        {keeping.problem && <p className="err" role="alert">{say(keeping.problem)}</p>}
        <div className="actions"><Button kind="primary" isPending={keeping.pending} onPress={() => void keep()}>{t("keep_draft")}</Button></div></>}
    </div>
  );
}

function Version({ one, current, onApprove, pending }: { one: T.CarrierPrices; current: boolean; onApprove: (() => void) | undefined; pending: boolean }) {
  const t = useT();
  return (
    <li>
      <div className="flex wrap"><b className="m">{t("version", { version: one.version })}</b>
        {one.approver && one.effective_from ? (current ? <Chip kind="ok">{t("in_force")}</Chip> : <span className="mid">{t("from", { day: moment(one.effective_from) })}</span>) : <Chip kind="warn">{t("draft")}</Chip>}
        {onApprove && <span className="end"><Button size="sm" isPending={pending} onPress={onApprove}>{t("approve")}</Button></span>}</div>
      <Disclosure title={t("rows", { count: one.rows_count })}>
        <div className="carrier-rows" role="region" tabIndex={0} aria-label={t("version", { version: one.version })}><table className="tbl tight"><thead><tr><th>{t("prefix")}</th><th className="num">{t("per_minute")}</th><th className="num">{t("connect_fee")}</th><th>{t("scheme")}</th></tr></thead>
          <tbody>{one.rows.slice(0, SHOWN).map((row, index) => <tr key={index}><th scope="row" className="m">{row.prefix}</th><td className="num">{row.per_minute}</td><td className="num">{row.connect_fee || "–"}</td><td>{row.scheme}</td></tr>)}</tbody></table></div>
        {one.rows_count > SHOWN && <p className="hint">{t("first_rows", { shown: number(SHOWN), count: number(one.rows_count) })}</p>}
      </Disclosure>
    </li>
  );
}

/** A carrier's versions of prices, and a new list with what it changes. */
export function Prices({ carrier, onChanged }: { carrier: T.Carrier; onChanged: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const list = useLoad(() => carriers.prices(carrier.id), [carrier.id]);
  const [looked, setLooked] = useState<{ read: T.ReadCarrierPricesResponse; file: File }>();
  const read = useAction(async (file: File) => ({ read: await carriers.readPrices(carrier.id, await base64(file), false), file }));
  const approve = useAction(carriers.approvePrices);
  const enforce = async (one: T.CarrierPrices) => { if (await approve.run(carrier.id, one.version)) { toast(t("approved")); list.reload(); onChanged(); } };
  const problem = read.problem ?? approve.problem;
  const versions = list.data?.prices ?? [];
  return (
    <section className="carrier-part" aria-label={t("prices")}>
      <h3>{t("prices")}</h3>
      {problem && <p className="err" role="alert">{problem.reason === "INVALID" ? problem.detail : say(problem)}</p>}
      {list.problem && !list.data ? <p className="err" role="alert">{say(list.problem)}</p> : !list.data ? <Skeleton rows={2} />
        : versions.length === 0 ? <p className="hint">{t("prices_none")}</p>
          : <ul className="carrier-versions">{versions.map((one) => <Version key={one.version} one={one} current={one.version === carrier.version} pending={approve.pending} onApprove={may && !one.approver ? () => void enforce(one) : undefined} />)}</ul>}
      {may && <><p className="hint">{t("prices_hint")}</p>
        <div><FilePick label={t("choose_list")} accept=".csv,.xlsx,.xls" pending={read.pending} onFile={(file) => void read.run(file).then(setLooked)} /></div></>}
      {looked && <Looked key={looked.file.name + looked.file.lastModified} read={looked.read} file={looked.file} carrier={carrier.id} onKept={() => { setLooked(undefined); list.reload(); }} />}
    </section>
  );
}
