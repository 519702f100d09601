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
import { Confirm } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
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
  const today = new Date(row.at).toDateString() === new Date(serverNow()).toDateString();
  return row.due ? <span className="sm t warn">{t("due_now")}</span> : <span className="sm t" title={moment(row.at)}>{today ? clock(row.at) : moment(row.at)}</span>;
}

function Row({ row, onMove, onDrop }: { row: Planned; onMove: () => void; onDrop: (name: string) => void }) {
  const t = useT();
  const pop = usePop();
  const [pending, setPending] = useState(false);
  const { queue, person } = useDesk((state) => ({ queue: state.queues[row.item.queue_id]?.name ?? "", person: state.people[row.callback.agent_id]?.name ?? "" }));
  const contact = useContactCard(row.item.contact_id);
  const name = contact?.name || contact?.phones[0] || t("customer");
  const whose = row.mine ? t("mine") : person ? t("of", { name: person }) : t("anybody");
  const line = [queue, whose, row.item.tries ? t("tried", { count: row.item.tries }) : ""].filter(Boolean).join(" · ");
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
        <Button size="sm" isPending={pending} aria-label={t("take_named", { name })} onPress={() => void take()}>{t("take_now")}</Button>
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

export default function CallbacksTab() {
  const t = useT();
  const say = useProblemText();
  const me = useDesk(myId);
  const { data, problem, reload } = useCallbacks();
  const [dialog, setDialog] = useState<{ move?: T.WorkItem }>();
  const [drop, setDrop] = useState<{ item: T.WorkItem; name: string }>();
  const rows = planned(data ?? [], me, serverNow());
  const add = <Button size="sm" icon="plus" onPress={() => setDialog({})}>{t("plan")}</Button>;
  return (
    <div className="col grow cb">
      {problem && !data ? <Empty icon="alert" title={t("failed")} actions={<Button onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty>
        : !data ? <Skeleton rows={4} />
          : rows.length === 0 ? <Empty icon="callback" title={t("none")} actions={add}>{t("none_text")}</Empty>
            : <><div className="cb-head">{add}</div><ul className="scroll grow" aria-label={t("callbacks")} tabIndex={0}>{rows.map((row) => <Row key={row.item.id} row={row} onMove={() => setDialog({ move: row.item })} onDrop={(name) => setDrop({ item: row.item, name })} />)}</ul></>}
      {dialog && <PlanDialog {...(dialog.move ? { move: dialog.move } : {})} onClose={() => setDialog(undefined)} onDone={reload} />}
      {drop && <Confirm isOpen title={t("drop_title", { name: drop.name })} verb={t("drop")} keep={t("keep")} loss={t("drop_text")} onClose={() => setDrop(undefined)}
        onConfirm={async () => { try { await acd.dropCallback(drop.item.id, "cancelled"); toast(t("dropped")); reload(); } catch (error) { failed(error); } }} />}
    </div>
  );
}
