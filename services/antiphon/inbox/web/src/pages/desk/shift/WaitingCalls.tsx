/** Calls and callbacks that wait in my queues, in the order of service: any of them can be taken out of turn. */
import { useEffect, useState } from "react";
import { acd } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { byTime, seconds } from "../../../i18n/format";
import { problemText } from "../../../i18n/problems";
import { mine } from "../../../rt/selectors";
import { learn, store, useDesk } from "../../../rt/store";
import { isVoice } from "../../../softphone/match";
import { Button } from "../../../ui/Button";
import { ChannelIcon } from "../../../ui/ChannelIcon";
import { Timer } from "../../../ui/Timer";
import { toast } from "../../../ui/Toast";
import { usePop } from "../layer";
import { callbackAddress, isCallback } from "../model/callbacks";
import { useContactCard } from "./contacts";
import { useT } from "./texts";

const MOST = 20;
const spoken = (item: T.WorkItem) => isVoice(item) || isCallback(item);

function Row({ item, onTaken }: { item: T.WorkItem; onTaken: () => void }) {
  const t = useT();
  const pop = usePop();
  const [pending, setPending] = useState(false);
  const { queue, call } = useDesk((state) => ({ queue: state.queues[item.queue_id], call: state.calls[item.subject.replace(/^call:/, "")] }));
  const contact = useContactCard(item.contact_id);
  const name = contact?.name || contact?.phones[0] || call?.caller || t("caller");
  const take = async () => {
    setPending(true);
    try {
      const answer = await acd.pull(item.id);
      learn.item(answer.item);
      pop(callbackAddress(answer.item) || item.subject);
    } catch (error) {
      toast(problemText(error instanceof Problem ? error : new Problem(500, { title: String(error) })), { bad: true });
    } finally {
      setPending(false);
      onTaken();
    }
  };
  return (
    <li className="it cb-row">
      <div className="it-link">
        <ChannelIcon kind={item.callback ? "callback" : "voice"} />
        <span className="col">
          <span className="ln"><span className="l1 m cut" dir="auto" title={name}>{name}</span><Timer since={item.enqueued_at} norm={seconds(queue?.target_time)} title={t("waits")} className="sm" /></span>
          <span className="ln"><span className="l2 cut">{queue?.name}</span></span>
        </span>
      </div>
      <Button size="sm" className="take" isPending={pending} aria-label={t("take_named", { name })} onPress={() => void take()}>{t("take")}</Button>
    </li>
  );
}

export default function WaitingCalls() {
  const t = useT();
  const { queues, round } = useDesk((state) => ({ queues: (mine(state)?.queue_ids ?? []).join(" "), round: state.round }));
  const { data, reload } = useLoad(async () => {
    const lines = await Promise.all(queues.split(" ").filter(Boolean).map((queue) => acd.waiting(queue, MOST).then((answer) => answer.items, () => [])));
    const found = new Map(lines.flat().filter(spoken).map((item) => [item.id, item]));
    return [...found.values()].sort((a, b) => byTime(a.enqueued_at, b.enqueued_at)).slice(0, MOST);
  }, [queues, round]);
  useEffect(() => store.onEvent((event) => {
    const item = (event.body as { item?: T.WorkItem } | undefined)?.item;
    if (event.type.startsWith("antiphon.acd.v1.Work") && item && spoken(item)) reload();
  }), [reload]);
  if (!data?.length) return null;
  return <ul className="call-rows" aria-label={t("waiting_calls")}>{data.map((item) => <Row key={item.id} item={item} onTaken={reload} />)}</ul>;
}
