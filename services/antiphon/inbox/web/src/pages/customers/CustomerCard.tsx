/** The card of a customer: what is known, in the tenant's own fields too, and the cards it was made of. */
import { lazy, Suspense, useState } from "react";
import { crm, directory } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { loadAreas } from "../../i18n/texts";
import { can, personName } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Avatar } from "../../ui/Avatar";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { Pair, useNameOf } from "./Duplicates";
import { Privacy } from "./Privacy";
import { useT } from "./texts";

const DealsBox = lazy(() => Promise.all([import("../../deals/DealsBox"), loadAreas("deals")]).then(([module]) => module));

const WriteFirst = lazy(() => Promise.all([import("../../writing/WriteFirst"), loadAreas("writing")]).then(([module]) => module));

const NONE = "-";
const lines = (text: string) => text.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);

function FieldInput({ field, value, onChange }: { field: T.ContactField; value: string; onChange: (value: string) => void }) {
  const t = useT();
  const options = field.kind === "FIELD_KIND_CHOICE" ? field.choices.map((one) => ({ id: one, text: one })) : field.kind === "FIELD_KIND_YES_NO" ? [{ id: "yes", text: t("yes") }, { id: "no", text: t("no") }] : undefined;
  if (options) return <Select label={field.label} options={[{ id: NONE, text: t("not_set") }, ...options]} value={value || NONE} onChange={(id) => onChange(id === NONE ? "" : id)} />;
  const type = field.kind === "FIELD_KIND_DATE" ? "date" : field.kind === "FIELD_KIND_LINK" ? "url" : "text";
  return <TextField label={field.label} type={type} inputMode={field.kind === "FIELD_KIND_NUMBER" ? "decimal" : "text"} value={value} onChange={onChange} />;
}

function Edit({ contact, fields, onDone }: { contact: T.Contact; fields: readonly T.ContactField[]; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [draft, setDraft] = useState({ ...contact, lists: { phones: contact.phones.join("\n"), emails: contact.emails.join("\n") } });
  const save = useAction(directory.saveContact);
  const run = async () => {
    const { lists, ...record } = draft;
    if (!(await save.run({ ...record, phones: lines(lists.phones), emails: lines(lists.emails) }))) return;
    toast(t("saved"));
    onDone();
  };
  const list = (name: "phones" | "emails") => (text: string) => setDraft((old) => ({ ...old, lists: { ...old.lists, [name]: text } }));
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <TextField label={t("name")} value={draft.name} onChange={(name) => setDraft((old) => ({ ...old, name }))} autoFocus />
      <TextField label={t("company")} value={draft.company} onChange={(company) => setDraft((old) => ({ ...old, company }))} />
      <TextArea label={t("phones")} hint={t("one_a_line")} rows={2} value={draft.lists.phones} onChange={list("phones")} />
      <TextArea label={t("emails")} hint={t("one_a_line")} rows={2} value={draft.lists.emails} onChange={list("emails")} />
      {fields.map((field) => <FieldInput key={field.key} field={field} value={draft.attributes[field.key] ?? ""} onChange={(value) => setDraft((old) => ({ ...old, attributes: { ...old.attributes, [field.key]: value } }))} />)}
      <TextArea label={t("about")} rows={3} value={draft.notes} onChange={(notes) => setDraft((old) => ({ ...old, notes }))} />
      <Checkbox isSelected={draft.blocked} onChange={(blocked) => setDraft((old) => ({ ...old, blocked }))}>{t("block")}</Checkbox>
      {draft.blocked && <TextField label={t("block_why")} value={draft.blocked_why} onChange={(blocked_why) => setDraft((old) => ({ ...old, blocked_why }))} maxLength={200} />}
      {save.problem && <Banner kind="crit">{say(save.problem)}</Banner>}
      <div className="actions"><Button type="submit" kind="primary" isPending={save.pending}>{t("save")}</Button><Button onPress={onDone}>{t("leave")}</Button></div>
    </form>
  );
}

function Facts({ whole, fields }: { whole: T.Contact; fields: readonly T.ContactField[] }) {
  const t = useT();
  const channelName = useChannelName();
  const named = new Map(fields.map((field) => [field.key, field]));
  const shown = (key: string, value: string) => (named.get(key)?.kind === "FIELD_KIND_YES_NO" ? t(value === "yes" ? "yes" : "no") : named.get(key)?.kind === "FIELD_KIND_LINK" && /^https?:/.test(value) ? <a href={value} target="_blank" rel="noopener noreferrer">{value}</a> : value);
  const own = [...fields.map((field) => field.key), ...Object.keys(whole.attributes).filter((key) => !named.has(key))].filter((key) => whole.attributes[key]);
  return (
    <dl className="kv sm">
      {whole.phones.length > 0 && <><dt>{t("phones")}</dt><dd>{whole.phones.map((one) => <div key={one} className="nw">{phone(one)}</div>)}</dd></>}
      {whole.emails.length > 0 && <><dt>{t("emails")}</dt><dd>{whole.emails.map((one) => <div key={one} className="cut"><a href={`mailto:${one}`}>{one}</a></div>)}</dd></>}
      {whole.identities.length > 0 && <><dt>{t("reach")}</dt><dd>{whole.identities.map((one) => <div key={`${one.channel} ${one.namespace} ${one.value}`} className="flex" title={channelName(one.channel)}><ChannelIcon kind={one.channel} look="bare" /><span className="cut">{one.channel === "webchat" && !one.verified ? channelName(one.channel) : one.value}</span>{one.verified && <Chip kind="ok">{t("verified")}</Chip>}</div>)}</dd></>}
      {own.map((key) => <div key={key} className="cu-own"><dt>{named.get(key)?.label ?? key}</dt><dd dir="auto">{shown(key, whole.attributes[key] ?? "")}</dd></div>)}
    </dl>
  );
}

function Member({ card, onChanged }: { card: T.Contact; onChanged: () => void }) {
  const t = useT();
  const say = useProblemText();
  const nameOf = useNameOf();
  const by = useDesk(personName(card.merged_by.replace(/^person:/, "")));
  const may = useDesk(can("contacts.write"));
  const part = useAction(crm.unmerge);
  const run = async () => {
    if (!(await part.run(card.id))) return;
    toast(t("parted", { name: nameOf(card) }));
    onChanged();
  };
  return (
    <li className="cu-pair">
      <div className="grow"><p className="flex"><span className="m cut" dir="auto">{nameOf(card)}</span>{card.identities.map((one) => <ChannelIcon key={`${one.channel}${one.value}`} kind={one.channel} look="bare" />)}</p>
        <p className="sm mid">{[card.merged_at ? moment(card.merged_at) : "", by, card.merged_why].filter(Boolean).join(" · ")}</p>{part.problem && <p className="sm err" role="alert">{say(part.problem)}</p>}</div>
      {may && <Button size="sm" icon="undo" isPending={part.pending} onPress={() => void run()}>{t("unmerge")}</Button>}
    </li>
  );
}

export function CustomerCard({ customer, onChanged }: { customer: T.GetContactResponse; onChanged: () => void }) {
  const t = useT();
  const { contact, whole, members } = customer;
  const mayWrite = useDesk(can("contacts.write"));
  const [editing, setEditing] = useState(false);
  const fields = useLoad(crm.fields, []).data?.fields ?? [];
  const [round, setRound] = useState(0);
  const alike = useLoad(() => crm.suggestions({ contact_id: contact?.id ?? "", limit: 5 }), [contact?.id, contact?.rev, round]).data?.suggestions ?? [];
  if (!contact || !whole) return null;
  const done = () => {
    setEditing(false);
    onChanged();
  };
  return (
    <div className="scroll grow side-in" tabIndex={0} role="region" aria-label={t("card")}>
      <section aria-label={t("card")}>
        {editing ? <Edit contact={contact} fields={fields} onDone={done} /> : <>
          <div className="flex card-head"><Avatar name={whole.name || "?"} size="l" /><div className="grow"><h2 className="cut" dir="auto" title={whole.name}>{whole.name || t("no_name")}</h2>{whole.company && <div className="mid cut" dir="auto">{whole.company}</div>}</div>{mayWrite && <IconButton icon="edit" size="sm" label={t("edit")} onPress={() => setEditing(true)} />}</div>
          {whole.blocked && <Banner kind="crit" icon="lock">{whole.blocked_why ? t("blocked_because", { why: whole.blocked_why }) : t("blocked")}</Banner>}
          <Facts whole={whole} fields={fields} />
          {whole.notes && <p className="card-notes sm" dir="auto">{whole.notes}</p>}
          <div className="card-do"><Suspense fallback={null}><WriteFirst contact={whole} /></Suspense></div>
        </>}
      </section>
      <Suspense fallback={null}><DealsBox contact={contact.id} /></Suspense>
      {alike.length > 0 && <section aria-label={t("perhaps")}><header><h3>{t("perhaps")}</h3></header><ul className="cu-pairs">{alike.map((pair) => <Pair key={pair.other?.id ?? ""} pair={pair} own onDone={() => { setRound((old) => old + 1); onChanged(); }} />)}</ul></section>}
      {members.length > 0 && <section aria-label={t("members")}><header><h3>{t("members")}</h3><span className="n">{members.length}</span></header><ul className="cu-pairs">{members.map((card) => <Member key={card.id} card={card} onChanged={onChanged} />)}</ul></section>}
      <Privacy contact={contact.id} name={whole.name || t("no_name")} />
    </div>
  );
}
