/** What colleagues noted about a call: kept with the customer, found by the search. */
import { useEffect, useId, useState } from "react";
import { crm } from "../../api/api";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { store, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { TextArea } from "../../ui/TextField";
import { useT } from "./texts";

export default function CallNotes({ call, contact }: { call: string; contact: string }) {
  const t = useT();
  const say = useProblemText();
  const head = useId();
  const { people, mayWrite } = useDesk((state) => ({ people: state.people, mayWrite: can("contacts.write")(state) }));
  const [text, setText] = useState("");
  const { data, reload } = useLoad(() => crm.notes(contact, { limit: 200 }), [contact]);
  const save = useAction(crm.saveNote);
  useEffect(() => store.onEvent((event) => {
    const body = event.body as { contact?: { id: string } } | undefined;
    if (event.type.endsWith("ContactChanged") && body?.contact?.id === contact) reload();
  }), [contact, reload]);
  const notes = (data?.notes ?? []).filter((one) => one.call_id === call);
  const run = async () => {
    if (!text.trim() || !(await save.run({ contact_id: contact, call_id: call, text: text.trim() }))) return;
    setText("");
    reload();
  };
  if (!mayWrite && notes.length === 0) return null;
  return (
    <section className="call-before" aria-labelledby={head}>
      <h3 id={head}>{t("call_notes")}</h3>
      <ul>{notes.map((one) => <li key={one.id}><p className="card-notes" dir="auto">{one.text}</p><p className="sm dim">{[people[one.author.replace(/^person:/, "")]?.name, one.at && moment(one.at)].filter(Boolean).join(" · ")}</p></li>)}</ul>
      {mayWrite && <form className="form" onSubmit={(event) => { event.preventDefault(); void run(); }}>
        <TextArea label="" aria-labelledby={head} rows={2} value={text} onChange={setText} {...(save.problem ? { error: say(save.problem) } : {})} onKeyDown={(event) => { if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); void run(); } }} />
        <div className="actions"><Button type="submit" size="sm" icon="note" isPending={save.pending} isDisabled={!text.trim()}>{t("call_note_add")}</Button></div>
      </form>}
    </section>
  );
}
