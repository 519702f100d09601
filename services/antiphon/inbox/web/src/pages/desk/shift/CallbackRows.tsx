/** Callbacks that I have now, in my list. */
import { Link } from "wouter";
import type * as T from "../../../api/types.gen";
import { useDesk } from "../../../rt/store";
import { ChannelIcon } from "../../../ui/ChannelIcon";
import { Timer } from "../../../ui/Timer";
import { addressOf } from "../layer";
import { callbackAddress } from "../model/callbacks";
import { useContactCard } from "./contacts";
import { useT } from "./texts";

function Row({ item, selected }: { item: T.WorkItem; selected: boolean }) {
  const t = useT();
  const contact = useContactCard(item.contact_id);
  const queue = useDesk((state) => state.queues[item.queue_id]?.name ?? "");
  const name = contact?.name || contact?.phones[0] || t("customer");
  return (
    <div className={selected ? "it sel" : "it"} role="listitem">
      <Link href={addressOf(callbackAddress(item))} className="it-link" aria-current={selected ? "true" : undefined}>
        <ChannelIcon kind="callback" />
        <span className="col">
          <span className="ln"><span className="l1 m cut" title={name} dir="auto">{name}</span><Timer since={item.since} title={t("since")} className="sm" /></span>
          <span className="ln"><span className="l2 cut">{[t(item.state === "ITEM_STATE_WRAP" ? "row_wrap" : "row_call"), queue].filter(Boolean).join(" · ")}</span></span>
        </span>
      </Link>
    </div>
  );
}

export default function CallbackRows({ items, selected }: { items: readonly T.WorkItem[]; selected: string }) {
  const t = useT();
  return <div role="list" aria-label={t("mine_now")} className="call-rows">{items.map((item) => <Row key={item.id} item={item} selected={selected === callbackAddress(item)} />)}</div>;
}
