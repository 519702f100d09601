/** Callbacks that were promised: mine and those of my queues; take one now, move it, call it off, plan another. */
import { useEffect, useState } from "react";
import { acd } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { clock, moment } from "../../../i18n/format";
import { problemText, useProblemText } from "../../../i18n/problems";
import { serverNow, useSecond } from "../../../rt/clock";
import { myId } from "../../../rt/selectors";
import { learn, store, useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { ChannelIcon } from "../../../ui/ChannelIcon";
import { Counter } from "../../../ui/Counter";
import { Confirm } from "../../../ui/Dialog";
import { IconButton } from "../../../ui/IconButton";
import { Menu, MenuItem } from "../../../ui/Menu";
import { Skeleton } from "../../../ui/Skeleton";
import { toast } from "../../../ui/Toast";
import { usePop } from "../layer";
import { callbackAddress, planned, type Planned } from "../model/callbacks";
import { useContactCard } from "./contacts";
import { PlanDialog } from "./PlanDialog";
import { useT } from "./texts";

const failed = (error: unknown) => toast(problemText(error instanceof Problem ? error : new Problem(500, { title: String(error) })), { bad: true });

function Due({ row }: { row: Planned }) {
  const t = useT();
  useSecond();
  if (row.due) return <span className="sm t warn">{t("due_now")}</span>;
  return isToday(row) ? <span className="sm t" title={moment(row.at)}>{clock(row.at)}</span> : null;
}
const isToday = (row: Planned) => new Date(row.at).toDateString() === new Date(serverNow()).toDateString();

function Row({ row, onMove, onDrop }: { row: Planned; onMove: () => void; onDrop: (name: string) => void }) {
  const t = useT();
  const pop = usePop();
  const [pending, setPending] = useState(false);
  const { queue, person } = useDesk((state) => ({ queue: state.queues[row.item.queue_id]?.name ?? "", person: state.people[row.callback.agent_id]?.name ?? "" }));
  const contact = useContactCard(row.item.contact_id);
  const name = contact?.name || contact?.phones[0] || t("customer");
  const whose = row.mine ? t("mine") : person ? t("of", { name: person }) : t("anybody");
  // A date is too long to stand beside a name.
  const line = [row.due || isToday(row) ? "" : moment(row.at), queue, whose, row.item.tries ? t("tried", { count: row.item.tries }) : ""].filter(Boolean).join(" · ");
  const take = async () => {
    setPending(true);
    try {
      const { item } = await acd.pull(row.item.id);
      learn.item(item);
      pop(callbackAddress(item));
    } catch (error) {
      failed(error);
    } finally {
      setPending(false);
    }
  };
  return (
    <li className="it cb-row">
      <div className="it-link">
        <ChannelIcon kind="callback" label={false} />
        <span className="col">
          <span className="ln"><span className="l1 m cut" dir="auto" title={name}>{name}</span><Due row={row} /></span>
          <span className="ln"><span className="l2 cut" title={line}>{line}</span></span>
        </span>
      </div>
      <span className="flex cb-do">
        <Button size="sm" isPending={pending} aria-label={t("take_named", { name })} onPress={() => void take()}>{t("take")}</Button>
        <Menu label={name} trigger={<IconButton icon="more" size="sm" label={t("more", { name })} />}>
          <MenuItem icon="clock" text={t("move")} onAction={onMove} />
          <MenuItem icon="x" text={t("drop")} danger onAction={() => onDrop(name)} />
        </Menu>
      </span>
    </li>
  );
}

/** The list, kept up to date by facts about callbacks. */
export function useCallbacks() {
  const round = useDesk((state) => state.round);
  const loaded = useLoad(async () => (await acd.callbacks()).callbacks, [round]);
  const { reload } = loaded;
  useEffect(() => store.onEvent((event) => {
    const item = (event.body as { item?: T.WorkItem } | undefined)?.item;
    if (event.type.startsWith("antiphon.acd.v1.Work") && item?.callback) reload();
  }), [reload]);
  return loaded;
}

/** Under my list: what was promised, the nearest first; closed it says how many there are. */
export default function Callbacks() {
  const t = useT();
  const say = useProblemText();
  const { me, items } = useDesk((state) => ({ me: myId(state), items: state.items }));
  const { data, problem, reload } = useCallbacks();
  const [open, setOpen] = useState(true);
  const [dialog, setDialog] = useState<{ move?: T.WorkItem }>();
  const [drop, setDrop] = useState<{ item: T.WorkItem; name: string }>();
  // What somebody has by now is not planned any more, even before the list comes anew.
  const rows = planned(data ?? [], me, serverNow()).filter(({ item }) => items[item.id]?.state !== "ITEM_STATE_CONNECTED");
  return (
    <section className={open && rows.length ? "cb open" : "cb"} aria-label={t("callbacks")}>
      <header>
        <Button kind="plain" size="sm" iconEnd={open ? "down" : "right"} aria-expanded={open} onPress={() => setOpen(!open)}>{t("callbacks")}</Button>
        {rows.length > 0 && <Counter value={rows.length} hot={rows.some((row) => row.due)} label={t("count", { count: rows.length })} />}
        <span className="end"><IconButton icon="plus" size="sm" label={t("plan")} onPress={() => setDialog({})} /></span>
      </header>
      {open && (problem && !data ? <p className="hint">{say(problem)} <Button kind="link" size="sm" onPress={reload}>{t("again")}</Button></p>
        : !data ? <Skeleton rows={1} />
          : rows.length === 0 ? <p className="hint">{t("none_text")}</p>
            : <ul className="scroll" aria-label={t("callbacks")} tabIndex={0}>{rows.map((row) => <Row key={row.item.id} row={row} onMove={() => setDialog({ move: row.item })} onDrop={(name) => setDrop({ item: row.item, name })} />)}</ul>)}
      {dialog && <PlanDialog {...(dialog.move ? { move: dialog.move } : {})} onClose={() => setDialog(undefined)} onDone={reload} />}
      {drop && <Confirm isOpen title={t("drop_title", { name: drop.name })} verb={t("drop")} keep={t("keep")} loss={t("drop_text")} onClose={() => setDrop(undefined)}
        onConfirm={async () => { try { await acd.dropCallback(drop.item.id, "cancelled"); toast(t("dropped")); reload(); } catch (error) { failed(error); } }} />}
    </section>
  );
}
