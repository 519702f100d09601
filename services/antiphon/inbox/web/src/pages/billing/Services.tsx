import { useState } from "react";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { duration, moment, money, number, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Confirm, Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { amountOf, text } from "./model";
import { Packages, useCovers } from "./Packages";
import { Failed } from "./paged";
import { StartOn } from "./StartOn";
import { useT } from "./texts";

const STATES = { ORDER_STATE_ACTIVE: ["o_active", "ok"], ORDER_STATE_CANCELLED: ["o_cancelled", "line"], ORDER_STATE_DONE: ["o_done", "line"], ORDER_STATE_UNSPECIFIED: ["o_done", "line"], ORDER_STATE_CONNECTING: ["o_connecting", "info"], ORDER_STATE_REFUSED: ["o_refused", "warn"], ORDER_STATE_RELEASING: ["o_releasing", "info"], ORDER_STATE_WAITING: ["o_waiting", "info"] } as const;
const times = (value: T.Money | undefined, count: number): T.Money => ({ currency: value?.currency ?? "", micros: String(BigInt(value?.micros ?? "0") * BigInt(count)) });

function OrderDialog({ product, onClose }: { product: T.Product; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [request_id] = useState(() => crypto.randomUUID());
  const [quantity, setQuantity] = useState(1);
  const [start_on, setStart] = useState("");
  const order = useAction(billing.order);
  const covers = useCovers();
  const once = times(product.one_time, quantity), monthly = times(product.monthly, quantity);
  const confirm = async () => {
    if (await order.run({ request_id, product_id: product.id, quantity, one_time: once, monthly, start_on })) { toast(t("ordered")); onClose(true); }
  };
  return (
    <Dialog title={t("order_title", { name: product.name })} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={order.pending} onPress={() => void confirm()}>{t("confirm")}</Button></>}>
      <NumberField label={t("quantity")} value={quantity} onChange={(value) => setQuantity(Number.isNaN(value) ? 1 : value)} minValue={1} maxValue={1000} />
      <StartOn value={start_on} onChange={setStart} byHand={product.by_hand} />
      {product.package && <p>{covers(product.package.prefixes)} · {duration(Number(product.package.seconds) * quantity)}</p>}
      <p className="mid">{t("order_text", { once: text(once), monthly: text(monthly) })}</p>
      {product.package && <p className="mid">{amountOf(monthly) > 0 ? t("pkg_order_monthly") : product.package.days > 0 ? t("pkg_order_days", { days: number(product.package.days) }) : t("pkg_order_month")}</p>}
      {order.problem && <p className="err" role="alert">{say(order.problem)}</p>}
    </Dialog>
  );
}

function CancelDialog({ order, onClose }: { order: T.Order; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [problem, setProblem] = useState("");
  const end = async () => {
    try {
      await billing.cancelOrder(order.id);
      toast(t("ended"));
    } catch (error) {
      setProblem(say(error as never));
      throw error;
    }
  };
  return <Confirm title={t("cancel_title", { name: order.name })} loss={<>{t("cancel_text", { monthly: text(order.monthly) })}{problem && <span className="err">{problem}</span>}</>} verb={t("cancel_order")} keep={t("keep")} isOpen onClose={onClose} onConfirm={end} />;
}

/** The catalogue, and what was ordered from it. */
export function Services({ account, round }: { account: T.Account; round: number }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const people = useDesk((state) => state.people);
  const [ordering, setOrdering] = useState<T.Product>();
  const [ending, setEnding] = useState<T.Order>();
  const products = useLoad(billing.products, [round]);
  const [bought, setBought] = useState(0);
  const covers = useCovers();
  const orders = useLoad(billing.orders, [round]);
  const offered = products.data?.products.filter((one) => !one.retired);
  const who = (by: string) => people[by.replace("person:", "")]?.name ?? by;
  const columns: TableColumn<T.Order>[] = [
    { id: "name", title: t("what"), cell: (order) => <span className="m">{order.quantity > 1 ? `${order.name} × ${number(order.quantity)}` : order.name}{order.rented_number && <span className="mid"> · {order.rented_number.startsWith("+") ? phone(order.rented_number) : order.rented_number}{order.slot && ` · ${order.slot}`}</span>}</span> },
    { id: "when", title: t("ordered"), cell: (order) => <span className="cut">{order.ordered_at ? moment(order.ordered_at) : "–"} · {who(order.ordered_by)}</span> },
    { id: "once", title: t("once"), num: true, cell: (order) => text(order.one_time) },
    { id: "monthly", title: t("a_month"), num: true, cell: (order) => text(order.monthly) },
    { id: "state", title: t("state"), cell: (order) => <Chip kind={STATES[order.state][1]}>{t(STATES[order.state][0])}</Chip> },
    { id: "act", title: t("actions"), quiet: true, cell: (order) => may && (order.state === "ORDER_STATE_ACTIVE" || order.state === "ORDER_STATE_WAITING") && !order.subject && !order.product_id.startsWith("plan:") && <Button size="sm" onPress={() => setEnding(order)}>{t("cancel_order")}</Button> },
  ];
  const reload = () => { products.reload(); orders.reload(); setBought((count) => count + 1); };
  return (
    <div className="scroll grow"><div className="page bill-page">
      <Packages round={round + bought} />
      <section aria-label={t("catalogue")} className="bill-part"><h2>{t("catalogue")}</h2>
        {products.problem && !offered ? <Failed problem={products.problem} onRetry={products.reload} /> : !offered ? <Skeleton rows={3} />
          : offered.length === 0 ? <Empty icon="tag" title={t("catalogue_empty")}>{t("catalogue_empty_text")}</Empty>
            : <ul className="bill-products">{offered.map((one) => (
              <li key={one.id} className="card"><h3>{one.name}</h3><p className="mid">{one.package ? `${one.description} ${covers(one.package.prefixes)} · ${duration(Number(one.package.seconds))}`.trim() : one.description}</p>
                <p className="b">{amountOf(one.monthly) > 0 ? `${money(amountOf(one.monthly), account.currency)} / ${t("a_month").toLowerCase()}` : text(one.one_time)}</p>
                {amountOf(one.monthly) > 0 && amountOf(one.one_time) > 0 && <p className="sm dim">{t("once")}: {text(one.one_time)}</p>}
                {may && <Button onPress={() => setOrdering(one)}>{t("order")}</Button>}</li>
            ))}</ul>}
      </section>
      <section aria-label={t("orders")} className="bill-part"><h2>{t("orders")}</h2>
        <div className="card">{orders.problem && !orders.data ? <Failed problem={orders.problem} onRetry={orders.reload} />
          : <Table label={t("orders")} columns={columns} rows={orders.data?.orders} rowId={(order) => order.id} empty={<p className="body dim">{t("orders_empty")}</p>} />}</div>
      </section>
      {ordering && <OrderDialog product={ordering} onClose={(done) => { setOrdering(undefined); if (done) reload(); }} />}
      {ending && <CancelDialog order={ending} onClose={() => { setEnding(undefined); reload(); }} />}
    </div></div>
  );
}
