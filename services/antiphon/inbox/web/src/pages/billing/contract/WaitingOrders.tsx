import { billing } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { day, number } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Table, type TableColumn } from "../../../ui/Table";
import { toast } from "../../../ui/Toast";
import { text } from "../model";
import { byId } from "./model";
import { useT } from "./texts";

/** What was ordered and has not started; the operator starts it. */
export function WaitingOrders({ orders, company = "", starts, reload }: { orders: readonly T.Order[] | undefined; company?: string; starts: boolean; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const start = useAction(billing.startOrder);
  const begin = async (order: T.Order) => { if (await start.run(order.id, company)) { toast(t("started")); reload(); } };
  const columns: TableColumn<T.Order>[] = [
    { id: "service", title: t("service"), cell: (one) => <span className="col"><span className="m">{one.quantity > 1 ? `${one.name} × ${number(one.quantity)}` : one.name}</span><span className="sm dim">{one.by_hand ? t("by_hand") : t("on_day", { day: day(one.start_by) })}</span></span> },
    { id: "by", title: t("start_by"), cell: (one) => <span className="flex">{day(one.start_by)}{one.late && <Chip kind="crit">{t("late")}</Chip>}</span> },
    { id: "monthly", title: t("monthly"), num: true, cell: (one) => text(one.monthly) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => starts && <Button size="sm" isPending={start.pending} onPress={() => void begin(one)}>{t("start")}</Button> },
  ];
  return (
    <>
      <Table label={t("waiting")} columns={columns} rows={orders} rowId={byId} empty={<p className="body dim">{t("waiting_none")}</p>} />
      {start.problem && <p className="err body" role="alert">{say(start.problem)}</p>}
    </>
  );
}
