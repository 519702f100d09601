/** One deal: what it says, whose it is, where it stood. "new" is one that is not there yet. */
import { useDeferredValue, useState } from "react";
import { Link } from "wouter";
import { deals as api, directory } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { lastCurrency, rememberCurrency, useDealFacts } from "../../deals/data";
import { amountOf, CURRENCIES, moneyOf } from "../../deals/model";
import { useT, type DealsText } from "../../deals/texts";
import { moment, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can, myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextArea, TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";

/** Money has two decimals, always. */
const MONEY = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;
const NOBODY = "-";

function Customer({ id, onChange }: { id: string; onChange: (id: string) => void }) {
  const t = useT();
  const [words, setWords] = useState("");
  const query = useDeferredValue(words.trim());
  const known = useLoad(async () => (id ? (await directory.contact(id)).whole : undefined), [id]).data;
  const found = useLoad(async () => (query && !id ? (await directory.contacts({ query, limit: 5 })).contacts : []), [query, id]).data ?? [];
  const nameOf = (contact: T.Contact | undefined) => contact?.name || phone(contact?.phones[0] ?? "") || contact?.emails[0] || t("no_name");
  if (id) return <div className="flex"><span className="grow"><span className="sm mid">{t("customer")}</span><br /><Link href={`/customers/${encodeURIComponent(id)}`}>{known ? nameOf(known) : "…"}</Link></span><IconButton icon="x" size="sm" label={t("unlink")} onPress={() => onChange("")} /></div>;
  return (
    <div className="deal-pick">
      <TextField label={t("customer")} placeholder={t("find_customer")} value={words} onChange={setWords} />
      {found.map((one) => <Button key={one.id} size="sm" kind="plain" onPress={() => { onChange(one.id); setWords(""); }}>{nameOf(one)}{one.company ? ` · ${one.company}` : ""}</Button>)}
    </div>
  );
}

function Form({ deal, pipelines, onSaved, onReload }: { deal: Partial<T.Deal>; pipelines: readonly T.Pipeline[]; onSaved: (deal: T.Deal) => void; onReload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { people, mayWrite } = useDesk((state) => ({ people: state.people, mayWrite: can("contacts.write")(state) }));
  const [draft, setDraft] = useState(deal);
  const [amount, setAmount] = useState(amountOf({ ...(deal.amount ? { amount: deal.amount } : {}) }) ?? NaN);
  const [currency, setCurrency] = useState(deal.amount?.currency || lastCurrency());
  const [tried, setTried] = useState(false);
  const save = useAction(api.save);
  const put = (change: Partial<T.Deal>) => setDraft((old) => ({ ...old, ...change }));
  const pipeline = pipelines.find((one) => one.id === draft.pipeline_id) ?? pipelines[0];
  const stage = pipeline?.stages.find((one) => one.key === draft.stage) ?? (draft.stage ? undefined : pipeline?.stages[0]);
  const owners = Object.values(people).filter((one) => !one.disabled || one.id === draft.owner_id).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  const run = async () => {
    setTried(true);
    if (!draft.title?.trim() || !pipeline || !stage) return;
    const { amount: _before, ...rest } = draft;
    const worth = moneyOf(amount, currency);
    const answer = await save.run({ ...rest, title: draft.title.trim(), pipeline_id: pipeline.id, stage: stage.key, ...(worth ? { amount: worth } : {}) });
    if (!answer?.deal) return;
    rememberCurrency(currency);
    toast(t(deal.id ? "saved" : "created"));
    onSaved(answer.deal);
  };
  const stale = save.problem?.reason === "STALE";
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <TextField label={t("what")} value={draft.title ?? ""} onChange={(title) => put({ title })} maxLength={200} autoFocus={!deal.id} isReadOnly={!mayWrite} {...(tried && !draft.title?.trim() ? { error: t("what_needed") } : {})} />
      <Customer id={draft.contact_id ?? ""} onChange={(contact_id) => put({ contact_id })} />
      <div className="deal-worth"><NumberField label={t("amount")} minValue={0} maxValue={1e9} formatOptions={MONEY} value={amount} onChange={setAmount} isReadOnly={!mayWrite} /><Select<string> label={t("currency")} options={[...new Set<string>([...CURRENCIES, currency])].map((id) => ({ id, text: id }))} value={currency} onChange={setCurrency} isDisabled={!mayWrite} /></div>
      {pipelines.length > 1 && <Select<string> label={t("pipeline")} options={pipelines.map((one) => ({ id: one.id, text: one.name }))} value={pipeline?.id ?? ""} onChange={(pipeline_id) => put({ pipeline_id, stage: "" })} isDisabled={!mayWrite} />}
      <Select<string> label={t("stage")} options={(pipeline?.stages ?? []).map((one) => ({ id: one.key, text: one.name }))} value={stage?.key ?? ""} onChange={(key) => put({ stage: key })} isDisabled={!mayWrite} />
      {stage?.state === "DEAL_STATE_LOST" && <TextField label={t("lost_why")} value={draft.lost_why ?? ""} onChange={(lost_why) => put({ lost_why })} maxLength={500} />}
      <Select<string> label={t("owner")} options={[{ id: NOBODY, text: t("nobody") }, ...owners]} value={draft.owner_id || NOBODY} onChange={(id) => put({ owner_id: id === NOBODY ? "" : id })} isDisabled={!mayWrite} />
      <TextField label={t("expected")} type="date" value={draft.expected_on ?? ""} onChange={(expected_on) => put({ expected_on })} isReadOnly={!mayWrite} />
      <TextArea label={t("note")} rows={3} value={draft.note ?? ""} onChange={(note) => put({ note })} isReadOnly={!mayWrite} />
      {save.problem && <Banner kind={stale ? "warn" : "crit"} action={stale && <Button size="sm" onPress={onReload}>{t("again")}</Button>}>{stale ? t("stale") : say(save.problem)}</Banner>}
      {mayWrite && <div className="actions"><Button type="submit" kind="primary" isPending={save.pending}>{t(deal.id ? "save" : "create")}</Button></div>}
    </form>
  );
}

function Past({ deal, pipelines }: { deal: T.Deal; pipelines: readonly T.Pipeline[] }) {
  const t = useT();
  const people = useDesk((state) => state.people);
  const stages = pipelines.find((one) => one.id === deal.pipeline_id)?.stages ?? [];
  const known = ["person", "conversation", "call", "campaign", "api"].includes(deal.source);
  return (
    <>
      {deal.conversation_ids.length + deal.call_ids.length > 0 && <section aria-label={t("talks")}><h3>{t("talks")}</h3><ul>
        {deal.conversation_ids.map((id, place) => <li key={id}><Link href={`/inbox/${encodeURIComponent(id)}`}>{t("open_conversation", { no: place + 1 })}</Link></li>)}
        {deal.call_ids.map((id, place) => <li key={id}><Link href={`/inbox/${encodeURIComponent(`call:${id}`)}`}>{t("open_call", { no: place + 1 })}</Link></li>)}
      </ul></section>}
      <section aria-label={t("history")}><h3>{t("history")}</h3>
        <ul className="deal-steps sm">{[...deal.steps].reverse().map((step) => <li key={`${step.at ?? ""}${step.stage}`}><span className="m cut">{stages.find((one) => one.key === step.stage)?.name ?? step.stage}</span><span className="mid cut">{[people[step.by.replace(/^person:/, "")]?.name, step.at ? moment(step.at) : ""].filter(Boolean).join(" · ")}</span></li>)}</ul>
        <p className="sm dim">{t("created_at", { at: deal.created_at ? moment(deal.created_at) : "" })}{known && `, ${t(`from_${deal.source}` as DealsText)}`}</p>
      </section>
    </>
  );
}

function Removal({ deal, onGone }: { deal: T.Deal; onGone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [asking, setAsking] = useState(false);
  const remove = useAction(api.remove);
  const run = async () => {
    if (!(await remove.run(deal.id))) throw new Error("refused");
    toast(t("deleted"));
    onGone();
  };
  return <section><Button kind="plain" onPress={() => setAsking(true)}>{t("delete")}</Button><Confirm title={t("delete_title", { title: deal.title })} loss={<>{t("delete_loss")}{remove.problem && <span className="err" role="alert"> {say(remove.problem)}</span>}</>} verb={t("delete")} keep={t("leave")} isOpen={asking} onClose={() => setAsking(false)} onConfirm={run} /></section>;
}

export function DealSide({ id, pipelines, onClose }: { id: string; pipelines: readonly T.Pipeline[]; onClose: (next?: string) => void }) {
  const t = useT();
  const say = useProblemText();
  const fresh = id === "new";
  const me = useDesk(myId);
  const mayDelete = useDesk(can("directory.write"));
  const [round, setRound] = useState(0);
  const found = useLoad(async () => (fresh ? undefined : (await api.one(id)).deal), [id, round]);
  useDealFacts(found.reload);
  const deal = found.data;
  const asked = new URLSearchParams(location.search);
  return (
    <aside className="deal-side" aria-label={t("deal")} onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented) onClose(); }}>
      <header><h2 className="cut grow" dir="auto">{fresh ? t("new") : (deal?.title ?? t("deal"))}</h2><IconButton icon="x" label={t("close")} onPress={() => onClose()} /></header>
      <div className="scroll grow" tabIndex={0} role="region" aria-label={t("deal")}>
        {fresh ? <section><Form deal={{ owner_id: me, contact_id: asked.get("contact") ?? "" }} pipelines={pipelines} onReload={() => undefined} onSaved={(made) => onClose(made.id)} /></section>
          : found.problem && !deal ? <Empty icon="search" title={t("gone")} actions={<Button icon="refresh" onPress={found.reload}>{t("again")}</Button>}>{say(found.problem)}</Empty>
            : !deal ? <Skeleton rows={5} /> : <>
              <section><Form key={`${deal.id} ${round}`} deal={deal} pipelines={pipelines} onReload={() => setRound((old) => old + 1)} onSaved={() => setRound((old) => old + 1)} /></section>
              <Past deal={deal} pipelines={pipelines} />
              {mayDelete && <Removal deal={deal} onGone={() => onClose()} />}
            </>}
      </div>
    </aside>
  );
}
