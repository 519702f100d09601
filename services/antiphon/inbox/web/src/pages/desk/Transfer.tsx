/** To a queue or a colleague, with a word for them. */
import { useMemo, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { conversations } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { seenState } from "../../rt/selectors";
import { learn, useDesk, useTopic } from "../../rt/store";
import { AgentState, useReason } from "../../ui/AgentState";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Segmented } from "../../ui/Segmented";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useMyId } from "./data";
import { endedByMe } from "./layer";
import { capacityOf } from "./model/states";
import { useT } from "./texts";

const ORDER = ["available", "ontask", "wrapup", "break", "noresponse", "offline"];

export default function Transfer({ conversation, onClose, onDone }: { conversation: T.Conversation; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const reason = useReason();
  const me = useMyId();
  useTopic("board");
  const { queues, people, agents, board } = useDesk((state) => ({ queues: state.queues, people: state.people, agents: state.agents, board: state.board }));
  const [to, setTo] = useState<"queue" | "person">("queue");
  const [words, setWords] = useState("");
  const [note, setNote] = useState("");
  const [chosen, setChosen] = useState("");
  const action = useAction(conversations.transfer);
  const wanted = words.trim().toLocaleLowerCase();
  const found = useMemo(() => {
    const fits = (name: string) => name.toLocaleLowerCase().includes(wanted);
    if (to === "queue") {
      return Object.values(queues).filter((one) => one.id !== conversation.queue_id && fits(one.name)).sort((a, b) => a.name.localeCompare(b.name))
        .map((one) => ({ id: one.id, name: one.name, rank: 0, agent: undefined }));
    }
    return Object.values(people).filter((one) => one.id !== me && !one.disabled && (agents[one.id] || one.roles.includes("ROLE_AGENT")) && fits(one.name))
      .map((one) => ({ id: one.id, name: one.name, agent: agents[one.id], rank: ORDER.indexOf(seenState(agents[one.id])) }))
      .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
  }, [to, wanted, queues, people, agents, conversation.queue_id, me]);
  const target = found.find((one) => one.id === chosen);
  const run = async () => {
    if (!target) return;
    endedByMe.add(conversation.id);
    const answer = await action.run(conversation.id, { ...(to === "queue" ? { queue_id: target.id } : { person_id: target.id }), note });
    if (!answer) return;
    if (answer.conversation) learn.conversations([answer.conversation]);
    toast(t("transferred_to", { to: target.name }));
    onDone();
  };
  return (
    <Dialog title={t("transfer_title", { name: conversation.contact_name || t("guest", { no: conversation.no }) })} isOpen onClose={onClose}
      actions={<><Button onPress={onClose}>{t("keep_it")}</Button><Button kind="primary" icon="transfer" isPending={action.pending} isDisabled={!target} onPress={() => void run()}>{t("transfer")}</Button></>}>
      <Segmented label={t("transfer_to")} value={to} onChange={(next) => { setTo(next); setChosen(""); }} options={[{ id: "queue", text: t("to_queue") }, { id: "person", text: t("to_person") }]} />
      <TextField label={t(to === "queue" ? "find_queue" : "find_person")} value={words} onChange={setWords} autoFocus />
      <ListBox aria-label={t("transfer_to")} className="menu targets" selectionMode="single" selectedKeys={target ? [target.id] : []} onSelectionChange={(keys) => setChosen(String([...keys][0] ?? ""))}
        renderEmptyState={() => <div className="menu-item dim">{t("nothing_found")}</div>}>
        {found.map(({ id, name, agent }) => {
          const { taken, of } = capacityOf(agent);
          return (
            <ListBoxItem key={id} id={id} textValue={name} className="menu-item">
              <span className="grow cut">{name}</span>
              {to === "queue" && board[id] && <span className="sm dim nw">{t("queue_now", { waiting: board[id].waiting, ready: board[id].ready })}</span>}
              {to === "person" && agent && <span className="sm nw flex"><AgentState state={seenState(agent)} reason={agent.state === "AGENT_STATE_NOT_READY" && agent.reason ? reason(agent.reason) : undefined} />{of > 0 && <span className="dim">{t("cap_short", { taken, of })}</span>}</span>}
            </ListBoxItem>
          );
        })}
      </ListBox>
      {to === "person" && target?.agent && seenState(target.agent) !== "available" && seenState(target.agent) !== "ontask" && <p className="sm mid">{t("person_away", { name: target.name })}</p>}
      <TextArea label={t("transfer_note")} value={note} onChange={setNote} maxLength={1000} rows={2} />
      {action.problem && <Banner kind="crit">{say(action.problem)}</Banner>}
    </Dialog>
  );
}
