/** In which of my queues I work now: by a profile of the company, or by name. */
import { useState } from "react";
import { acd } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { useProblemText } from "../../../i18n/problems";
import { mine, myId } from "../../../rt/selectors";
import { learn, useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Dialog } from "../../../ui/Dialog";
import { RadioGroup } from "../../../ui/RadioGroup";
import { toast } from "../../../ui/Toast";
import { useT } from "./texts";

const ALL = "all";
const BY_NAME = "name";
const profileKey = (name: string) => `profile ${name}`;

export default function QueuesDialog({ profiles, onClose }: { profiles: readonly T.LoginProfile[]; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { queues, groups, agent, me } = useDesk((state) => ({ queues: state.queues, groups: state.groups, agent: mine(state), me: myId(state) }));
  const own = Object.values(queues).filter((one) => one.members.some((member) => member.person_id === me || groups[member.group_id ?? ""]?.person_ids.includes(me))).sort((a, b) => a.name.localeCompare(b.name));
  const now = new Set(agent?.queue_ids ?? []);
  const useful = profiles.map((one) => ({ ...one, mine: own.filter((queue) => one.queue_ids.includes(queue.id)) })).filter((one) => one.mine.length > 0);
  const same = useful.find((one) => one.mine.length === now.size && one.mine.every((queue) => now.has(queue.id)));
  const [how, setHow] = useState<string>(now.size === own.length ? ALL : same ? profileKey(same.name) : BY_NAME);
  const [chosen, setChosen] = useState<readonly string[]>(own.filter((one) => now.has(one.id)).map((one) => one.id));
  const { run, pending, problem } = useAction(acd.chooseQueues);
  const ready = how !== BY_NAME || chosen.length > 0;
  const save = async () => {
    const profile = useful.find((one) => profileKey(one.name) === how)?.name;
    const answer = await run(profile ? { profile } : how === BY_NAME ? { queue_ids: [...chosen] } : {});
    if (!answer) return;
    learn.agent(answer.agent);
    toast(t("queues_set", { count: answer.agent?.queue_ids.length ?? 0 }));
    onClose();
  };
  return (
    <Dialog title={t("queues_title")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={pending} isDisabled={!ready || own.length === 0} onPress={() => void save()}>{t("queues_verb")}</Button></>}>
      {own.length === 0 ? <p className="mid">{t("queues_none")}</p> : <>
        <p className="mid">{t("queues_text")}</p>
        <RadioGroup label={t("queues_how")} value={how} onChange={setHow} options={[
          { id: ALL, text: t("queues_all"), hint: own.map((one) => one.name).join(", ") },
          ...useful.map((one) => ({ id: profileKey(one.name), text: one.name, hint: one.mine.map((queue) => queue.name).join(", ") })),
          { id: BY_NAME, text: t("queues_by_name") },
        ]} />
        {how === BY_NAME && <div className="cb-queues" role="group" aria-label={t("queues_by_name")}>{own.map((one) => <Checkbox key={one.id} isSelected={chosen.includes(one.id)} onChange={(on) => setChosen(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))}>{one.name}</Checkbox>)}{chosen.length === 0 && <p className="hint">{t("queues_one")}</p>}</div>}
      </>}
      {problem && <p className="err" role="alert">{say(problem)}</p>}
    </Dialog>
  );
}
