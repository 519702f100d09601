/** Gives a waiting customer to an agent at once. */
import { useState } from "react";
import { acd } from "../../api/api";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { seenState } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { AgentState } from "../../ui/AgentState";
import { Button } from "../../ui/Button";
import { ComboBox } from "../../ui/ComboBox";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

const ORDER = ["available", "wrapup", "ontask", "break", "noresponse", "offline"];

export function AssignDialog({ item, title, onClose }: { item: string; title: string; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { agents, people } = useDesk((state) => ({ agents: state.agents, people: state.people }));
  const [agent, setAgent] = useState("");
  const [tried, setTried] = useState(false);
  const { run, pending, problem } = useAction(acd.assign);
  const options = Object.values(agents).filter((one) => seenState(one) !== "offline" && people[one.agent_id])
    .map((one) => ({ id: one.agent_id, text: people[one.agent_id]?.name ?? "", state: seenState(one), hint: <AgentState state={seenState(one)} /> }))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.text.localeCompare(b.text));
  const give = async () => {
    setTried(true);
    const answer = agent ? await run(item, agent) : undefined;
    if (!answer) return;
    learn.item(answer.item);
    toast(t("assigned", { title, to: people[agent]?.name ?? "" }));
    onClose();
  };
  return (
    <Dialog title={t("assign_title", { title })} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={pending} onPress={() => void give()}>{t("assign")}</Button></>}>
      <p className="mid">{t("assign_text")}</p>
      {options.length ? <ComboBox label={t("c_agent")} options={options} value={agent} onChange={setAgent} error={tried && !agent ? t("choose_target") : undefined} /> : <p className="hint">{t("assign_none")}</p>}
      {problem && <p className="err" role="alert">{say(problem)}</p>}
    </Dialog>
  );
}
