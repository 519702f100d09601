/** Deals as a table, and as a file. */
import type * as T from "../../api/types.gen";
import { amountText } from "../../deals/data";
import { useT } from "../../deals/texts";
import { day } from "../../i18n/format";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Table, type TableColumn } from "../../ui/Table";

const CHIP = { DEAL_STATE_OPEN: "info", DEAL_STATE_WON: "ok", DEAL_STATE_LOST: "line", DEAL_STATE_UNSPECIFIED: "line" } as const;

export function List({ found, pipelines, open, onOpen, onMore }: { found: T.ListDealsResponse | undefined; pipelines: readonly T.Pipeline[]; open: string; onOpen: (id: string) => void; onMore?: () => void }) {
  const t = useT();
  const people = useDesk((state) => state.people);
  const stageName = (deal: T.Deal) => pipelines.find((one) => one.id === deal.pipeline_id)?.stages.find((one) => one.key === deal.stage)?.name ?? deal.stage;
  const columns: TableColumn<T.Deal>[] = [
    { id: "title", title: t("deal"), cell: (deal) => <span className="m cut" dir="auto" title={deal.title}>{deal.title || "–"}</span> },
    { id: "customer", title: t("customer"), cell: (deal) => <span className="cut" dir="auto">{found?.contact_names[deal.contact_id] || "–"}</span> },
    { id: "stage", title: t("stage"), cell: (deal) => <Chip kind={CHIP[deal.state]}>{stageName(deal)}</Chip> },
    { id: "amount", title: t("amount"), num: true, cell: (deal) => <span className="nw">{amountText(deal)}</span> },
    ...(open ? [] : [
      { id: "owner", title: t("owner"), cell: (deal: T.Deal) => <span className="cut">{people[deal.owner_id]?.name ?? t("nobody")}</span> },
      { id: "expected", title: t("expected"), num: true, cell: (deal: T.Deal) => (deal.expected_on ? day(`${deal.expected_on}T12:00:00`) : "–") },
    ]),
    { id: "changed", title: t("changed"), num: true, cell: (deal) => (deal.changed_at ? day(deal.changed_at) : "–") },
  ];
  return (
    <>
      <Table label={t("list")} columns={columns} rows={found?.deals} rowId={(deal) => deal.id} onRow={(deal) => onOpen(deal.id)} {...(open ? { current: open } : {})} empty={null} />
      {onMore && <div className="deal-foot"><Button onPress={onMore}>{t("more")}</Button></div>}
    </>
  );
}
