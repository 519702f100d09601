/** Who writes: the card with edit in place, the ways to reach them, and what was before. */
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { conversations, directory } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { byTime, day } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { language, loadAreas } from "../../i18n/texts";
import { serverNow, useSecond } from "../../rt/clock";
import { can } from "../../rt/selectors";
import { store, useDesk } from "../../rt/store";
import { Avatar } from "../../ui/Avatar";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Chip } from "../../ui/Chip";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { CallNumber } from "./CallNumber";
import { addressOf } from "./layer";
import { useLastWords } from "./WorkList";
import { useT } from "./texts";

const PlanButton = lazy(() => Promise.all([import("./shift/PlanButton"), loadAreas("shift")]).then(([module]) => module));

const DealsBox = lazy(() => Promise.all([import("../../deals/DealsBox"), loadAreas("deals")]).then(([module]) => module));

const WriteFirst = lazy(() => Promise.all([import("../../writing/WriteFirst"), loadAreas("writing")]).then(([module]) => module));

const WhoIsIt = lazy(() => import("./WhoIsIt"));

/** The customer's own clock, once a minute is enough but a shared tick is free. */
function TheirTime({ zone }: { zone: string }) {
  const t = useT();
  useSecond();
  try {
    return <>{t("their_time", { time: new Intl.DateTimeFormat(language(), { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false }).format(serverNow()) })}</>;
  } catch {
    return null;
  }
}

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([language()], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

type Draft = Record<"name" | "company" | "phones" | "emails" | "notes", string>;
const draftOf = (contact: T.Contact): Draft => ({ name: contact.name, company: contact.company, phones: contact.phones.join("\n"), emails: contact.emails.join("\n"), notes: contact.notes });
const lines = (text: string) => text.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);

function EditCard({ contact, onSaved, onCancel, onReload }: { contact: T.Contact; onSaved: (contact: T.Contact) => void; onCancel: () => void; onReload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [draft, setDraft] = useState(() => draftOf(contact));
  const save = useAction(directory.saveContact);
  const put = (field: keyof Draft) => (value: string) => setDraft((now) => ({ ...now, [field]: value }));
  const badMail = lines(draft.emails).find((one) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(one));
  const badPhone = lines(draft.phones).find((one) => one.replace(/\D/g, "").length < 7);
  const run = async () => {
    const phones = lines(draft.phones).map((one) => `${one.startsWith("+") ? "+" : ""}${one.replace(/\D/g, "")}`);
    const answer = await save.run({ ...contact, name: draft.name.trim(), company: draft.company.trim(), notes: draft.notes, phones, emails: lines(draft.emails) });
    if (answer?.contact) onSaved(answer.contact);
  };
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <TextField label={t("c_name")} value={draft.name} onChange={put("name")} autoFocus />
      <TextField label={t("c_company")} value={draft.company} onChange={put("company")} />
      <TextArea label={t("c_phones")} hint={t("c_one_a_line")} rows={2} value={draft.phones} onChange={put("phones")} error={badPhone ? t("c_bad_phone", { phone: badPhone }) : undefined} />
      <TextArea label={t("c_emails")} hint={t("c_one_a_line")} rows={2} value={draft.emails} onChange={put("emails")} error={badMail ? t("c_bad_mail", { mail: badMail }) : undefined} />
      <TextArea label={t("c_notes")} rows={3} value={draft.notes} onChange={put("notes")} />
      {save.problem && <Banner kind={save.problem.reason === "STALE" ? "warn" : "crit"} action={save.problem.reason === "STALE" && <Button size="sm" onPress={() => { save.clear(); onReload(); }}>{t("load_again")}</Button>}>{save.problem.reason === "STALE" ? t("c_stale") : say(save.problem)}</Banner>}
      <div className="actions"><Button type="submit" kind="primary" isPending={save.pending} isDisabled={Boolean(badMail ?? badPhone)}>{t("save")}</Button><Button onPress={onCancel}>{t("leave_as_is")}</Button></div>
    </form>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
}

function Card({ contact, onEdit }: { contact: T.Contact; onEdit: (() => void) | undefined }) {
  const t = useT();
  const channelName = useChannelName();
  const verified = (value: string) => contact.identities.some((one) => one.verified && one.value.replace(/\D/g, "") === value.replace(/\D/g, ""));
  return (
    <>
      <div className="flex card-head">
        <Avatar name={contact.name} size="l" />
        <div className="grow"><h2 className="cut" dir="auto" title={contact.name}>{contact.name || t("no_name")}</h2>{contact.company && <div className="mid cut" dir="auto">{contact.company}</div>}</div>
        {onEdit && <IconButton icon="edit" size="sm" label={t("edit_card")} onPress={onEdit} />}
      </div>
      <dl className="kv sm">
        {contact.phones.length > 0 && <Fact name={t("c_phone")}>{contact.phones.map((one) => <div key={one} className="flex wrap-line"><CallNumber number={one} />{verified(one) && <Chip kind="ok">{t("verified")}</Chip>}</div>)}</Fact>}
        {contact.emails.length > 0 && <Fact name={t("c_email")}>{contact.emails.map((one) => <div key={one}><a href={`mailto:${one}`}>{one}</a></div>)}</Fact>}
        {(contact.language || contact.time_zone) && <Fact name={t("c_language")}>{[contact.language && languageName(contact.language)].filter(Boolean).join("")}{contact.language && contact.time_zone && " · "}{contact.time_zone && <TheirTime zone={contact.time_zone} />}</Fact>}
        {contact.identities.length > 0 && <Fact name={t("c_reach")}>{contact.identities.map((one) => <div key={`${one.channel}${one.namespace}${one.value}`} className="flex wrap-line" title={channelName(one.channel)}><ChannelIcon kind={one.channel} look="bare" /><span className="cut">{/^\+?\d{9,}$/.test(one.value) ? <CallNumber number={one.value} /> : one.channel === "webchat" && !one.verified ? channelName(one.channel) : one.value}</span>{one.verified && <Chip kind="ok">{t("verified")}</Chip>}</div>)}</Fact>}
        {Object.entries(contact.attributes).map(([key, value]) => <Fact key={key} name={key}>{value}</Fact>)}
      </dl>
      {contact.notes && <p className="card-notes sm" dir="auto">{contact.notes}</p>}
    </>
  );
}

function Earlier({ contact, except }: { contact: string; except: string }) {
  const t = useT();
  const say = useProblemText();
  const words = useLastWords();
  const { data, problem, loading } = useLoad(() => conversations.list({ contact_id: contact, limit: 50 }), [contact]);
  const rows = (data?.conversations ?? []).filter((one) => one.id !== except).sort((a, b) => byTime(b.active_at, a.active_at));
  const titles = useDesk((state) => state.queues);
  const result = (one: T.Conversation) => titles[one.queue_id]?.dispositions.find(({ code }) => code === one.disposition)?.title ?? "";
  return (
    <section aria-label={t("earlier")}>
      <header><h3>{t("earlier")}</h3>{rows.length > 0 && <span className="n">{rows.length}</span>}</header>
      {loading && <Skeleton rows={2} />}
      {problem && <p className="sm mid">{say(problem)}</p>}
      {data && rows.length === 0 && <p className="sm dim">{t("earlier_none")}</p>}
      <ul>
        {rows.map((one) => (
          <li key={one.id}><Link href={addressOf(one.id)} className="before"><ChannelIcon kind={one.channel} look="bare" /><span className="cut" dir="auto" title={words(one)}>{result(one) || words(one)}</span><span className="end dim nw">{day(one.active_at ?? 0)}</span></Link></li>
        ))}
      </ul>
    </section>
  );
}

export default function ContactPanel({ conversation, call, onClose }: { conversation: Pick<T.Conversation, "id" | "contact_id">; call?: string; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { contact_id: id } = conversation;
  const [editing, setEditing] = useState(false);
  const [saved, setSaved] = useState<T.Contact>();
  const { mayWrite, mayCall } = useDesk((state) => ({ mayWrite: can("contacts.write")(state), mayCall: can("work.take")(state) }));
  const { data: customer, problem, loading, reload } = useLoad(async () => (id ? directory.contact(id) : undefined), [id]);
  const data = customer?.contact;
  useEffect(() => store.onEvent((event) => {
    const body = event.body as { contact?: T.Contact } | undefined;
    if (event.type.endsWith("ContactChanged") && (body?.contact?.id === id || body?.contact?.id === data?.id || body?.contact?.root_id === data?.id)) reload();
  }), [id, data?.id, reload]);
  const contact = saved && data && saved.id === data.id && saved.rev > data.rev ? saved : data;
  // Several merged cards are shown as one; what is changed is the card on top.
  const whole = contact === data && customer?.whole ? customer.whole : contact;
  return (
    <div className="scroll grow side-in" tabIndex={0} role="region" aria-label={t("card_region")}>
      <div className="drawer-head"><h2 className="grow">{t("card")}</h2><IconButton icon="x" label={t("close_card")} onPress={onClose} /></div>
      <section aria-label={t("card")}>
        {loading && <Skeleton rows={2} />}
        {problem && !contact && <p className="mid">{say(problem)} <Button size="sm" onPress={reload}>{t("load_again")}</Button></p>}
        {!id && <p className="mid">{t("no_contact")}</p>}
        {contact && !editing && <Card contact={whole ?? contact} onEdit={mayWrite ? () => setEditing(true) : undefined} />}
        {contact && !editing && <p className="sm card-all"><Link href={`/customers/${encodeURIComponent(contact.id)}`}>{t("whole_history")}</Link></p>}
        {contact && !editing && mayCall && <div className="card-do"><Suspense fallback={null}><PlanButton contact={contact.id} /><WriteFirst contact={whole ?? contact} /></Suspense></div>}
        {contact && editing && <EditCard contact={contact} onReload={reload} onCancel={() => setEditing(false)} onSaved={(next) => { setSaved(next); setEditing(false); toast(t("card_saved")); }} />}
      </section>
      {contact && <Suspense fallback={null}><WhoIsIt contact={contact} onDone={reload} /></Suspense>}
      {contact && <Suspense fallback={null}><DealsBox contact={contact.id} {...(call ? { call } : { conversation: conversation.id })} /></Suspense>}
      {id && <Earlier contact={id} except={conversation.id} />}
    </div>
  );
}
