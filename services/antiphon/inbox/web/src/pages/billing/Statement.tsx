import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { moment, money, number } from "../../i18n/format";
import { Empty } from "../../ui/Empty";
import { Table, type TableColumn } from "../../ui/Table";
import { entryKind, signed } from "./model";
import { Failed, More, usePages } from "./paged";
import { useT } from "./texts";

const PAGE = 100;

/** Every posting of the account, newest first. */
export function Statement({ round }: { round: number }) {
  const t = useT();
  const list = usePages((after) => billing.entries({ limit: PAGE, after }).then((answer) => ({ rows: answer.entries, next: answer.next })), `entries:${round}`);
  const columns: TableColumn<T.Transfer>[] = [
    { id: "what", title: t("what"), cell: (entry) => <span className="m">{t(entryKind(entry))}</span> },
    { id: "when", title: t("when"), cell: (entry) => (entry.at ? moment(entry.at) : "–") },
    { id: "about", title: t("about"), cell: (entry) => <span className="cut mid mono bill-ref" title={entry.reference}>{entry.reference || entry.id}</span> },
    { id: "version", title: t("version"), wide: true, cell: (entry) => <span className="cut dim">{entry.tariff_version || "–"}</span> },
    { id: "seq", title: t("number"), num: true, cell: (entry) => number(Number(entry.seq)) },
    { id: "amount", title: t("amount"), num: true, cell: (entry) => <span className={signed(entry) > 0 ? "t ok" : "t"}>{money(signed(entry), entry.amount?.currency ?? "")}</span> },
  ];
  return (
    <section className="bill-list" aria-label={t("statement")}>
      {list.problem ? <Failed problem={list.problem} onRetry={list.reload} />
        : <Table label={t("statement")} columns={columns} rows={list.rows} rowId={(entry) => entry.id} empty={<Empty icon="note" title={t("statement_empty")}>{t("statement_empty_text")}</Empty>} />}
      <More more={list.more} />
    </section>
  );
}
