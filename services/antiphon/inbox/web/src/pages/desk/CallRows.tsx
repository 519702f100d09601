/** Calls among my work: the one I am in, and those whose result is still to be chosen. */
import { useMemo } from "react";
import { Link } from "wouter";
import type * as T from "../../api/types.gen";
import { phone } from "../../i18n/format";
import { myCalls, myItems } from "../../rt/selectors";
import { store, useDesk } from "../../rt/store";
import { callOf, isVoice, otherNumber } from "../../softphone/match";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Timer } from "../../ui/Timer";
import { addressOf } from "./layer";
import { useT } from "./texts";

export interface CallRow { id: string; call: T.Call | undefined; item: T.WorkItem | undefined }

export function useMyCalls(): readonly CallRow[] {
  const parts = useDesk((state) => ({ calls: state.calls, items: state.items, me: state.me }));
  return useMemo(() => {
    const state = { ...store.state, ...parts };
    const items = myItems(state).filter((item) => isVoice(item) && callOf(item));
    const live = myCalls(state).filter((call) => call.answered_at || call.direction !== "DIRECTION_INBOUND");
    const ids = [...new Set([...live.map((call) => call.id), ...items.map(callOf)])];
    return ids.map((id) => ({ id, call: parts.calls[id], item: items.find((item) => callOf(item) === id) }));
  }, [parts]);
}

function Row({ row, selected }: { row: CallRow; selected: boolean }) {
  const t = useT();
  const { call, item } = row;
  const { contacts, queue } = useDesk((state) => ({ contacts: state.conversations, queue: state.queues[call?.queue_id ?? item?.queue_id ?? ""]?.name ?? "" }));
  const contact = call?.contact_id || item?.contact_id || "";
  const name = Object.values(contacts).find((one) => contact && one.contact_id === contact)?.contact_name || (call ? phone(otherNumber(call)) : "") || t("call");
  const wraps = item?.state === "ITEM_STATE_WRAP";
  return (
    <div className={selected ? "it sel" : "it"} role="listitem">
      <Link href={addressOf(`call:${row.id}`)} className="it-link" aria-current={selected ? "true" : undefined}>
        <ChannelIcon kind="voice" />
        <span className="col">
          <span className="ln"><span className="l1 m cut" title={name} dir="auto">{name}</span>{wraps ? <span className="sm t warn">{t("wrapping")}</span> : <Timer since={call?.answered_at ?? item?.since} title={t("talk_time")} live className="sm" />}</span>
          <span className="ln"><span className="l2 cut">{[t(wraps ? "call_ended" : call?.state === "CALL_STATE_HELD" ? "call_held" : "call_going"), queue].filter(Boolean).join(" · ")}</span></span>
        </span>
      </Link>
    </div>
  );
}

export function CallRows({ calls, selected }: { calls: readonly CallRow[]; selected: string }) {
  const t = useT();
  return <div role="list" aria-label={t("my_calls")} className="call-rows">{calls.map((row) => <Row key={row.id} row={row} selected={selected === `call:${row.id}`} />)}</div>;
}
