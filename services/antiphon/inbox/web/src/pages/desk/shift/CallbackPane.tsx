/** A callback that I have: whom to dial, and what came of it. */
import { useEffect, useState } from "react";
import { acd } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { problemText } from "../../../i18n/problems";
import { myId } from "../../../rt/selectors";
import { learn, useDesk } from "../../../rt/store";
import { Pane } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { ChannelIcon } from "../../../ui/ChannelIcon";
import { Chip } from "../../../ui/Chip";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { toast } from "../../../ui/Toast";
import { CallNumber } from "../CallNumber";
import ContactPanel from "../ContactPanel";
import { WrapUp } from "../WrapUp";
import { useContactCard } from "./contacts";
import { useT } from "./texts";

function Work({ item }: { item: T.WorkItem }) {
  const t = useT();
  const contact = useContactCard(item.contact_id);
  const [doing, setDoing] = useState<"done" | "no_answer">();
  const act = async (what: "done" | "no_answer") => {
    setDoing(what);
    try {
      if (what === "done") learn.item((await acd.release(item.id)).item);
      else {
        await acd.dropCallback(item.id, "no_answer");
        toast(t("again_later"));
      }
    } catch (error) {
      toast(problemText(error instanceof Problem ? error : new Problem(500, { title: String(error) })), { bad: true });
    } finally {
      setDoing(undefined);
    }
  };
  return (
    <div className="cb-card">
      <ChannelIcon kind="callback" label={false} />
      <div className="grow">
        <p className="m">{t("dial")}</p>
        {contact && (contact.phones.length ? <ul>{contact.phones.map((one) => <li key={one}><CallNumber number={one} /></li>)}</ul> : <p className="sm t warn">{t("no_phone")}</p>)}
        {item.tries > 0 && <p className="sm mid">{t("tried", { count: item.tries })}</p>}
      </div>
      <span className="flex wrap"><Button isPending={doing === "no_answer"} onPress={() => void act("no_answer")}>{t("no_answer")}</Button><Button kind="primary" icon="check" isPending={doing === "done"} onPress={() => void act("done")}>{t("done")}</Button></span>
    </div>
  );
}

export default function CallbackPane({ id, onBack, onEnded }: { id: string; onBack: () => void; onEnded: () => void }) {
  const t = useT();
  const { item, me, queue } = useDesk((state) => ({ item: state.items[id], me: myId(state), queue: state.queues[state.items[id]?.queue_id ?? ""]?.name ?? "" }));
  const contact = useContactCard(item?.contact_id ?? "");
  const mine = item?.agent_id === me && (item.state === "ITEM_STATE_CONNECTED" || item.state === "ITEM_STATE_WRAP");
  const [had, setHad] = useState(mine);
  useEffect(() => {
    if (mine) setHad(true);
    else if (had) onEnded();
  }, [mine, had, onEnded]);
  const name = contact?.name || contact?.phones[0] || t("customer");
  const wraps = item?.state === "ITEM_STATE_WRAP";
  if (!item || !mine) return <><Pane name="thread" label={t("callback")}><Empty icon="callback" title={t("gone")} actions={<Button onPress={onBack}>{t("to_list")}</Button>}>{t("gone_text")}</Empty></Pane><Pane name="side" label={t("card")}>{null}</Pane></>;
  return (
    <>
      <Pane name="thread" label={t("callback")}>
        <header className="thead">
          <span className="pane-back"><IconButton icon="left" label={t("to_list")} onPress={onBack} /></span>
          <div className="grow"><div className="flex"><h2 className="cut thread-name" dir="auto" title={name}>{name}</h2><Chip kind={wraps ? "warn" : "info"}>{t(wraps ? "row_wrap" : "callback")}</Chip></div><div className="sm mid cut">{queue}</div></div>
        </header>
        <div className="scroll grow call-body">{!wraps && <Work item={item} />}</div>
        {wraps && <WrapUp key={item.id} item={item} onDone={onEnded} />}
      </Pane>
      <Pane name="side" label={t("card")}><ContactPanel key={item.contact_id} conversation={{ id: "", contact_id: item.contact_id }} onClose={onBack} /></Pane>
    </>
  );
}
