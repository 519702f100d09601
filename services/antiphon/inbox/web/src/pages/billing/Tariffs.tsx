import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { FilePick } from "./FilePick";
import { base64, text } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const CHANGES = { new: ["g_new", "info"], gone: ["g_gone", "warn"], dearer: ["g_dearer", "crit"], cheaper: ["g_cheaper", "ok"], other: ["g_other", "line"] } as const;
const isChange = (kind: string): kind is keyof typeof CHANGES => kind in CHANGES;
const idOf = (tariff: T.Tariff) => `${tariff.id}:${tariff.version}`;

function Looked({ read, tariff, currency, onStored }: { read: T.ReadPriceListResponse; tariff: T.Tariff | undefined; currency: string; onStored: () => void }) {
  const t = useT();
  const say = useProblemText();
  const store = useAction(billing.saveTariff);
  const keep = async () => {
    if (await store.run({ id: tariff?.id ?? "", name: tariff?.name ?? "", currency, document: read.document })) { toast(t("stored")); onStored(); }
  };
  const columns: TableColumn<T.PriceChange>[] = [
    { id: "prefix", title: t("prefix"), cell: (one) => <span className="m">{one.prefix}</span> },
    { id: "kind", title: t("what"), cell: (one) => (isChange(one.kind) ? <Chip kind={CHANGES[one.kind][1]}>{t(CHANGES[one.kind][0])}</Chip> : one.kind) },
    { id: "before", title: t("before"), num: true, cell: (one) => one.before || "–" },
    { id: "after", title: t("after"), num: true, cell: (one) => one.after || "–" },
    { id: "percent", title: "%", num: true, cell: (one) => one.percent || "–" },
  ];
  return (
    <div className="form">
      {!read.usable && <p className="err" role="alert">{t("list_bad")}</p>}
      {read.remarks.length > 0 && <ul className="bill-remarks">{read.remarks.map((one) => <li key={`${one.line}${one.column}`} className={one.fatal ? "" : "mid"}>{t("line")} {one.line}: {one.column} {one.message}</li>)}</ul>}
      {read.usable && <><p role="status">{t("list_good", { count: read.rates, changes: read.changes.length })}</p>
        {read.changes.length > 0 && <Table label={t("price_list")} columns={columns} rows={read.changes} rowId={(one) => `${one.prefix}${one.kind}${one.after}`} empty={null} tight />}
        {store.problem && <p className="err" role="alert">{say(store.problem)}</p>}
        <div className="actions"><Button kind="primary" isPending={store.pending} onPress={() => void keep()}>{t("store_draft")}</Button></div></>}
    </div>
  );
}

/** Versions, a new price list with what it changes, and last week rated by it. */
export function Tariffs({ currency, round }: { currency: string; round: number }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.tariffs, [round]);
  const tariffs = list.data?.tariffs ?? [];
  const ids = [...new Set(tariffs.map((one) => one.id))];
  const [chosen, setChosen] = useState("");
  const current = chosen || ids[0] || "";
  const newest = tariffs.find((one) => one.id === current);
  const read = useAction(async (file: File) => billing.priceList(await base64(file), current));
  const [looked, setLooked] = useState<T.ReadPriceListResponse>();
  const shadow = useAction(billing.shadow);
  const [told, setTold] = useState("");
  const approve = useAction(billing.approveTariff);
  const look = async (one: T.Tariff) => {
    const answer = await shadow.run(one.id, one.version);
    setTold(answer ? t("shadow_says", { calls: number(answer.calls), charged: text(answer.charged), would: text(answer.would_cost), refused: number(answer.refused) }) : "");
  };
  const enforce = async (one: T.Tariff) => { if (await approve.run(one.id, one.version)) { toast(t("approved")); list.reload(); } };
  const problem = read.problem ?? shadow.problem ?? approve.problem;
  const columns: TableColumn<T.Tariff>[] = [
    { id: "name", title: t("tariff_name"), cell: (one) => <span className="m">{t("tariff_line", { name: one.name || one.id, version: one.version })}</span> },
    { id: "state", title: t("state"), cell: (one) => (one.approver && one.effective_from ? t("t_from", { day: moment(one.effective_from) }) : <Chip kind="warn">{t("t_draft")}</Chip>) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => <span className="flex bill-acts"><Button size="sm" onPress={() => void look(one)}>{t("shadow")}</Button>{may && !one.approver && <Button size="sm" onPress={() => void enforce(one)}>{t("approve_now")}</Button>}</span> },
  ];
  return (
    <section className="card" aria-label={t("tariffs")}><header><h2>{t("tariffs")}</h2></header>
      {problem && <p className="err body" role="alert">{problem.reason === "INVALID" ? problem.detail : say(problem)}</p>}
      {told && <p className="body" role="status">{told}</p>}
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("tariffs")} columns={columns} rows={list.data?.tariffs} rowId={idOf} empty={<p className="body dim">{t("none")}</p>} />}
      {may && <div className="form body bill-upload"><h3>{t("price_list")}</h3><p className="hint">{t("price_hint")}</p>
        <div className="row">{ids.length > 1 && <Select label={t("tariff_name")} options={ids.map((one) => ({ id: one, text: one }))} value={current} onChange={setChosen} />}
          <FilePick label={t("choose_file")} accept=".csv,.xlsx,.xls" pending={read.pending} onFile={(file) => void read.run(file).then(setLooked)} /></div>
        {looked && <Looked key={looked.document} read={looked} tariff={newest} currency={currency} onStored={() => { setLooked(undefined); list.reload(); }} />}</div>}
    </section>
  );
}
