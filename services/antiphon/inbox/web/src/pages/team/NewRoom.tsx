import { useState } from "react";
import { team } from "../../api/api";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { myId } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Dialog } from "../../ui/Dialog";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { useT } from "./texts";

const SOME = "-";

/** A room of some by name, or of one of my groups. */
export function NewRoom({ onClose, onMade }: { onClose: () => void; onMade: (room: string) => void }) {
  const t = useT();
  const say = useProblemText();
  const { me, people, groups } = useDesk((state) => ({ me: myId(state), people: state.people, groups: state.groups }));
  const [group, setGroup] = useState(SOME);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const mine = Object.values(groups).filter((one) => one.person_ids.includes(me));
  const others = Object.values(people).filter((one) => one.id !== me && !one.disabled).sort((a, b) => a.name.localeCompare(b.name));
  const good = group !== SOME || (name.trim() !== "" && chosen.length > 0);
  const make = useAction(async () => {
    const { room } = await team.saveRoom(group === SOME ? { name: name.trim(), person_ids: [...chosen] } : { group_id: group });
    learn.room(room);
    onClose();
    if (room) onMade(room.id);
  });
  return (
    <Dialog title={t("new_room")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={make.pending} isDisabled={!good} onPress={() => void make.run()}>{t("make")}</Button></>}>
      <div className="form">
        {mine.length > 0 && <Select<string> label={t("for_whom")} options={[{ id: SOME, text: t("some") }, ...mine.map(({ id, name: title }) => ({ id, text: t("of_group", { name: title }) }))]} value={group} onChange={setGroup} />}
        {group === SOME && <>
          <TextField label={t("name")} value={name} onChange={setName} maxLength={80} autoFocus />
          <fieldset className="tm-people"><legend className="label">{t("people")}</legend>{others.map((one) => <Checkbox key={one.id} isSelected={chosen.includes(one.id)} onChange={(on) => setChosen(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))}>{one.name}</Checkbox>)}</fieldset>
        </>}
        {make.problem && <p className="err" role="alert">{say(make.problem)}</p>}
      </div>
    </Dialog>
  );
}
