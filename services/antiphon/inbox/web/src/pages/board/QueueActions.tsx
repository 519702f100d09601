/** What a supervisor does with a whole queue: close it, open it, send on who waits. Each is asked first. */
import { useState } from "react";
import { useLocation } from "wouter";
import { acd } from "../../api/api";
import { useAction } from "../../api/useCall";
import type * as T from "../../api/types.gen";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Confirm, Dialog } from "../../ui/Dialog";
import { Menu, MenuItem, MenuLine } from "../../ui/Menu";
import { RadioGroup } from "../../ui/RadioGroup";
import { Select } from "../../ui/Select";
import { toast } from "../../ui/Toast";
import { useAct } from "./live";
import type { Tile } from "./model";
import { useT } from "./texts";

const WAYS = ["WAY_QUEUE", "WAY_CALLBACK", "WAY_VOICEMAIL", "WAY_REFUSE"] as const;

function EmptyDialog({ tile, onClose, onDone }: { tile: Tile; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const queues = useDesk((state) => state.queues);
  const others = Object.values(queues).filter((one) => one.id !== tile.queue.id).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  const [way, setWay] = useState<T.Way>(others.length ? "WAY_QUEUE" : "WAY_CALLBACK");
  const [queue, setQueue] = useState("");
  const { run, pending, problem } = useAction(acd.emptyQueue);
  const ready = way !== "WAY_QUEUE" || queue !== "";
  const send = async () => {
    if (!(await run(tile.queue.id, { way, queue_id: way === "WAY_QUEUE" ? queue : "" }))) return;
    toast(t("q_emptied"));
    onDone();
    onClose();
  };
  return (
    <Dialog role="alertdialog" title={t("q_empty_title", { queue: tile.queue.name })} isOpen onClose={onClose}
      actions={<><Button autoFocus onPress={onClose}>{t("q_keep")}</Button><Button kind="stop" isPending={pending} isDisabled={!ready} onPress={() => void send()}>{t("q_empty_verb")}</Button></>}>
      <p className="mid">{t("q_empty_text", { count: tile.status.waiting })}</p>
      <RadioGroup label={t("q_empty_to")} value={way} onChange={setWay} options={WAYS.filter((id) => id !== "WAY_QUEUE" || others.length > 0).map((id) => ({ id: id as T.Way, text: t(id.toLowerCase() as "way_queue") }))} />
      {way === "WAY_QUEUE" && <Select label={t("queue")} options={others} value={queue} onChange={setQueue} />}
      {problem && <p className="err" role="alert">{say(problem)}</p>}
    </Dialog>
  );
}

export function QueueActions({ tile, onDone }: { tile: Tile; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [, go] = useLocation();
  const act = useAct();
  const [asked, setAsked] = useState<"close" | "empty">();
  const [failed, setFailed] = useState("");
  const { maySet, mayEmpty, queues } = useDesk((state) => ({ maySet: can("queues.write")(state), mayEmpty: can("work.supervise")(state), queues: state.queues }));
  const { queue, status } = tile;
  if (!maySet && !mayEmpty) return null;
  const store = async (closed: boolean) => learn.queue((await acd.saveQueue({ ...queue, closed })).queue);
  const close = async () => {
    try {
      await store(true);
      toast(t("q_was_closed"));
    } catch (problem) {
      setFailed(say(problem as never));
      throw problem;
    }
  };
  const to = queue.when_closed;
  const where = to?.way === "WAY_QUEUE" ? t("to_another", { queue: queues[to.queue_id]?.name ?? "" }) : t(to?.way === "WAY_VOICEMAIL" ? "to_voicemail" : to?.way === "WAY_CALLBACK" ? "to_callback" : "to_refuse");
  return (
    <>
      <Menu label={t("queue_actions")} trigger={<Button size="sm" iconEnd="down">{t("queue_actions")}</Button>}>
        {maySet && (queue.closed ? <MenuItem icon="play" text={t("q_open")} onAction={() => void act.run(() => store(false), t("q_was_opened"))} /> : <MenuItem icon="pause" text={t("q_close")} onAction={() => setAsked("close")} />)}
        {mayEmpty && <MenuItem icon="external" text={t("q_empty")} isDisabled={status.waiting + status.offered === 0} onAction={() => setAsked("empty")} />}
        {maySet && <><MenuLine /><MenuItem icon="settings" text={t("q_edit")} onAction={() => go(`/admin/queues/${encodeURIComponent(queue.id)}`)} /></>}
      </Menu>
      <Confirm isOpen={asked === "close"} title={t("q_close_title", { queue: queue.name })} verb={t("q_close_verb")} keep={t("q_keep_open")} onClose={() => { setAsked(undefined); setFailed(""); }} onConfirm={close}
        loss={<>{t("q_close_text", { to: where, count: status.waiting })}{failed && <span className="err" role="alert">{failed}</span>}</>} />
      {asked === "empty" && <EmptyDialog tile={tile} onClose={() => setAsked(undefined)} onDone={onDone} />}
    </>
  );
}
