/** Nobody has this number yet: one field makes the contact. */
import { useState } from "react";
import { directory } from "../../api/api";
import { useAction } from "../../api/useCall";
import { phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

export function NewContact({ number, onMade }: { number: string; onMade: (contact: string) => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("contacts.write"));
  const [name, setName] = useState("");
  const save = useAction(directory.saveContact);
  const run = async () => {
    const made = (await save.run({ name: name.trim(), phones: [number] }))?.contact;
    if (!made) return;
    toast(t("card_saved"));
    onMade(made.id);
  };
  return (
    <div className="side-in"><section aria-label={t("card")}>
      <header><h3>{t("new_contact")}</h3></header>
      <p className="sm mid">{t("no_such_number", { number: phone(number) || "–" })}</p>
      {may && number.startsWith("+") && (
        <form className="form" onSubmit={(event) => { event.preventDefault(); if (name.trim()) void run(); }}>
          <TextField label={t("c_name")} value={name} onChange={setName} {...(save.problem ? { error: say(save.problem) } : {})} />
          <div className="actions"><Button type="submit" kind="primary" isPending={save.pending} isDisabled={!name.trim()}>{t("save")}</Button></div>
        </form>
      )}
    </section></div>
  );
}
