import { useState } from "react";
import { acd, conversations } from "../../api/api";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { seenState } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { AgentState } from "../../ui/AgentState";
import { Button } from "../../ui/Button";
import { ComboBox } from "../../ui/ComboBox";
import { Dialog } from "../../ui/Dialog";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

export interface Movable {
  key: string;
  title: string;
  item: string | undefined;
  conversation: string | undefined;
  queue: string;
  /** Who holds it now. */
  agent: string;
}

/** Through the conversation where there is one, so that the note stands in its thread. */
async function move(what: Movable, to: { queue: string } | { agent: string }, note: string): Promise<true> {
  if (what.conversation) {
    const answer = await conversations.transfer(what.conversation, { ...("queue" in to ? { queue_id: to.queue } : { person_id: to.agent }), note });
    if (answer.conversation) learn.conversations([answer.conversation]);
    return true;
  }
  if (!what.item) return true;
  const answer = await acd.transfer(what.item, { ...("queue" in to ? { queue_id: to.queue } : { agent_id: to.agent }), note });
  learn.item(answer.item);
  return true;
}

/** Moves a waiting or a held task to a queue or to an agent. */
export function MoveDialog({ tasks, onClose }: { tasks: readonly Movable[]; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { queues, board, agents, people } = useDesk((state) => ({ queues: state.queues, board: state.board, agents: state.agents, people: state.people }));
  const [chosen, setChosen] = useState(tasks[0]?.key ?? "");
  const [kind, setKind] = useState<"queue" | "agent">(tasks[0]?.agent ? "agent" : "queue");
  const [queue, setQueue] = useState("");
  const [agent, setAgent] = useState("");
  const [note, setNote] = useState("");
  const [asked, setAsked] = useState(false);
  const action = useAction(move);
  const what = tasks.find((task) => task.key === chosen) ?? tasks[0];
  if (!what) return null;
  const queueOptions = Object.values(queues).filter((one) => one.id !== what.queue || what.agent).map((one) => ({
    id: one.id, text: one.name, hint: t("queue_hint", { waiting: board[one.id]?.waiting ?? 0, ready: board[one.id]?.ready ?? 0 }),
  })).sort((a, b) => a.text.localeCompare(b.text));
  const agentOptions = Object.values(agents).filter((one) => one.agent_id !== what.agent && one.state !== "AGENT_STATE_OFFLINE" && people[one.agent_id]).map((one) => ({
    id: one.agent_id, text: people[one.agent_id]?.name ?? "", state: seenState(one), hint: <AgentState state={seenState(one)} />,
  })).sort((a, b) => Number(b.state === "available") - Number(a.state === "available") || a.text.localeCompare(b.text));
  const target = kind === "queue" ? queue : agent;
  const run = async () => {
    setAsked(true);
    if (!target) return;
    const to = kind === "queue" ? queues[queue]?.name : people[agent]?.name;
    const done = await action.run(what, kind === "queue" ? { queue } : { agent }, note);
    if (!done) return;
    toast(t("moved", { title: what.title, to: to ?? "" }));
    onClose();
  };
  return (
    <Dialog title={t("move_title", { title: what.title })} isOpen onClose={onClose}
      actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={action.pending} onPress={() => void run()}>{t("move")}</Button></>}>
      {tasks.length > 1 && <Select label={t("task")} value={chosen} onChange={setChosen} options={tasks.map((task) => ({ id: task.key, text: task.title }))} />}
      <Segmented label={t("move_to")} value={kind} onChange={setKind} options={[{ id: "queue", text: t("to_queue") }, { id: "agent", text: t("to_agent") }]} />
      {kind === "queue"
        ? <ComboBox key="queue" label={t("queue")} value={queue} onChange={setQueue} options={queueOptions} error={asked && !queue ? t("choose_target") : undefined} />
        : <ComboBox key="agent" label={t("c_agent")} value={agent} onChange={setAgent} options={agentOptions} error={asked && !agent ? t("choose_target") : undefined} />}
      <TextField label={t("note")} value={note} onChange={setNote} hint={t("note_hint")} />
      {action.problem && <p className="err" role="alert">{say(action.problem)}</p>}
    </Dialog>
  );
}
