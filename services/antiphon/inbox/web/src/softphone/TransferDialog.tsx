/** To a colleague, a queue or a number: at once, or after a talk. The same dialog brings somebody into the conversation. */
import { useMemo, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { media } from "../api/api";
import { useAction } from "../api/useCall";
import { useProblemText } from "../i18n/problems";
import { myId, seenState } from "../rt/selectors";
import { learn, useDesk, useTopic } from "../rt/store";
import { AgentState, useReason } from "../ui/AgentState";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Segmented } from "../ui/Segmented";
import { TextField } from "../ui/TextField";
import { toast } from "../ui/Toast";
import { dialable } from "./match";
import { useT } from "./texts";

const ORDER = ["available", "ontask", "wrapup", "break", "noresponse", "offline"];
type Kind = "person" | "queue" | "number";
interface Target { kind: Kind; id: string; name: string; extension: string }

async function carry(call: string, mode: "transfer" | "party", target: Target, attended: boolean, note: string): Promise<true> {
  if (mode === "party") {
    learn.call((await media.addParty(call, target.kind === "person" ? target.extension : target.id)).call);
    return true;
  }
  const to = target.kind === "person" ? { person_id: target.id } : target.kind === "queue" ? { queue_id: target.id } : { number: target.id };
  learn.call((await media.transfer(call, { ...to, attended, note })).call);
  return true;
}

export default function TransferDialog({ call, mode, onClose }: { call: string; mode: "transfer" | "party"; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const reason = useReason();
  useTopic("board");
  const { me, people, agents, queues, board } = useDesk((state) => ({ me: myId(state), people: state.people, agents: state.agents, queues: state.queues, board: state.board }));
  const [kind, setKind] = useState<Kind>("person");
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState("");
  const [note, setNote] = useState("");
  const action = useAction(carry);
  const wanted = words.trim().toLocaleLowerCase();
  const found = useMemo((): Target[] => {
    const fits = (...texts: string[]) => texts.some((text) => text.toLocaleLowerCase().includes(wanted));
    if (kind === "queue") return Object.values(queues).filter((one) => fits(one.name)).sort((a, b) => a.name.localeCompare(b.name)).map(({ id, name }) => ({ kind, id, name, extension: "" }));
    const rank = (id: string) => ORDER.indexOf(seenState(agents[id]));
    return Object.values(people).filter((one) => one.id !== me && !one.disabled && (one.extension || agents[one.id]) && fits(one.name, one.extension))
      .sort((a, b) => rank(a.id) - rank(b.id) || a.name.localeCompare(b.name)).map(({ id, name, extension }) => ({ kind: "person", id, name, extension }));
  }, [kind, wanted, queues, people, agents, me]);
  const number = dialable(words);
  const target: Target | undefined = kind === "number" ? (number ? { kind, id: number, name: words.trim(), extension: "" } : undefined) : found.find((one) => one.id === chosen);
  const mayAdd = target !== undefined && (target.kind !== "person" || target.extension !== "");
  const run = async (attended: boolean) => {
    if (!target || !(await action.run(call, mode, target, attended, note))) return;
    if (mode === "party") toast(t("added", { to: target.name }));
    else if (!attended) toast(t("transferred", { to: target.name }));
    onClose();
  };
  const agent = target?.kind === "person" ? agents[target.id] : undefined;
  const away = agent !== undefined && !["available", "ontask"].includes(seenState(agent));
  return (
    <Dialog title={t(mode === "party" ? "add_title" : "transfer_title")} isOpen big={mode === "transfer"} onClose={onClose} actions={mode === "party"
      ? <><Button onPress={onClose}>{t("keep_call")}</Button><Button kind="primary" icon="conference" isPending={action.pending} isDisabled={!mayAdd} onPress={() => void run(false)}>{t("add")}</Button></>
      : <><Button onPress={onClose}>{t("keep_call")}</Button><Button icon="transfer" isPending={action.pending} isDisabled={!target} onPress={() => void run(false)}>{t("blind")}</Button>
          <Button kind="primary" icon="phone-out" isDisabled={!target || target.kind === "queue" || action.pending} onPress={() => void run(true)}>{t("attended")}</Button></>}>
      <Segmented label={t("who")} value={kind} onChange={(next) => { setKind(next); setChosen(""); setWords(""); }}
        options={[{ id: "person", text: t("to_person") }, ...(mode === "transfer" ? [{ id: "queue" as const, text: t("to_queue") }] : []), { id: "number", text: t("to_number") }]} />
      <TextField key={kind} label={t(kind === "person" ? "find_person" : kind === "queue" ? "find_queue" : "number")} value={words} onChange={setWords} autoFocus {...(kind === "number" ? { inputMode: "tel" as const, error: words && !number ? t("bad_number") : undefined } : {})} />
      {kind !== "number" && (
        <ListBox aria-label={t("who")} className="menu targets sp-targets" selectionMode="single" selectedKeys={chosen ? [chosen] : []} onSelectionChange={(keys) => setChosen(String([...keys][0] ?? ""))} renderEmptyState={() => <div className="menu-item dim">{t("nothing_found")}</div>}>
          {found.map((one) => (
            <ListBoxItem key={one.id} id={one.id} textValue={one.name} className="menu-item">
              <span className="grow cut" title={one.name}>{one.name}</span>
              {one.kind === "queue" && board[one.id] && <span className="sm dim nw">{t("queue_now", { waiting: board[one.id]?.waiting ?? 0, ready: board[one.id]?.ready ?? 0 })}</span>}
              {one.kind === "person" && agents[one.id] && <span className="sm nw"><AgentState state={seenState(agents[one.id])} reason={agents[one.id]?.state === "AGENT_STATE_NOT_READY" && agents[one.id]?.reason ? reason(agents[one.id]?.reason ?? "") : undefined} /></span>}
              {one.kind === "person" && <span className="sm dim nw">{one.extension ? t("ext", { extension: one.extension }) : t("no_extension")}</span>}
            </ListBoxItem>
          ))}
        </ListBox>
      )}
      {away && <p className="sm mid">{t("person_away", { name: target?.name ?? "" })}</p>}
      {mode === "transfer" && <TextField label={t("note")} value={note} onChange={setNote} maxLength={300} />}
      {mode === "transfer" && <p className="hint">{kind === "queue" ? t("blind_hint") : `${t("blind_hint")} ${t("attended_hint")}`}</p>}
      {action.problem && <Banner kind="crit">{say(action.problem)}</Banner>}
    </Dialog>
  );
}
