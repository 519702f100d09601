/** A customer's deals beside the conversation or on the card, and a new one without leaving. */
import { useId, useState } from "react";
import { Link } from "wouter";
import { deals as api } from "../api/api";
import { useAction } from "../api/useCall";
import { useProblemText } from "../i18n/problems";
import { can } from "../rt/selectors";
import { useDesk } from "../rt/store";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { NumberField } from "../ui/NumberField";
import { Select } from "../ui/Select";
import { TextField } from "../ui/TextField";
import { toast } from "../ui/Toast";
import { amountText, lastCurrency, rememberCurrency, useDeals, usePipelines } from "./data";
import "./deals.css";
import { CURRENCIES, moneyOf } from "./model";
import { useT } from "./texts";

interface Place { contact: string; conversation?: string; call?: string }

function NewDeal({ contact, conversation, call, onDone }: Place & { onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [title, setTitle] = useState("");
  const [amount, setAmount] = useState(NaN);
  const [currency, setCurrency] = useState(lastCurrency);
  const [tried, setTried] = useState(false);
  const save = useAction(api.save);
  const run = async () => {
    setTried(true);
    const worth = moneyOf(amount, currency);
    if (!title.trim()) return;
    const links = { ...(conversation ? { conversation_ids: [conversation], source: "conversation" } : {}), ...(call ? { call_ids: [call], source: "call" } : {}) };
    if (!(await save.run({ title: title.trim(), contact_id: contact, ...(worth ? { amount: worth } : {}), ...links }))) return;
    rememberCurrency(currency);
    toast(t("created"));
    onDone();
  };
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); void run(); }} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); onDone(); } }}>
      <TextField label={t("what")} value={title} onChange={setTitle} maxLength={200} autoFocus {...(tried && !title.trim() ? { error: t("what_needed") } : {})} />
      <div className="deal-worth"><NumberField label={t("amount")} minValue={0} maxValue={1e9} value={amount} onChange={setAmount} /><Select<string> label={t("currency")} options={CURRENCIES.map((id) => ({ id, text: id }))} value={currency} onChange={setCurrency} /></div>
      {save.problem && <Banner kind="crit">{say(save.problem)}</Banner>}
      <div className="actions"><Button type="submit" kind="primary" isPending={save.pending}>{t("create")}</Button><Button onPress={onDone}>{t("leave")}</Button></div>
    </form>
  );
}

export default function DealsBox(place: Place) {
  const t = useT();
  const head = useId();
  const may = useDesk(can("contacts.write"));
  const [adding, setAdding] = useState(false);
  const found = useDeals({ contact_id: place.contact, limit: 20 });
  const pipelines = usePipelines().data?.pipelines ?? [];
  const stageName = (pipeline: string, stage: string) => pipelines.find((one) => one.id === pipeline)?.stages.find((one) => one.key === stage)?.name ?? stage;
  const rows = found.data?.deals ?? [];
  return (
    <section aria-labelledby={head}>
      <header><h3 id={head}>{t("title")}</h3>{rows.length > 0 && <span className="n">{rows.length}</span>}{may && !adding && <span className="end"><IconButton icon="plus" size="sm" label={t("new")} onPress={() => setAdding(true)} /></span>}</header>
      {adding && <NewDeal {...place} onDone={() => { setAdding(false); found.reload(); }} />}
      {found.data && rows.length === 0 && !adding && <p className="sm dim">{t("none_of_customer")}</p>}
      <ul>{rows.map((deal) => (
        <li key={deal.id}><Link href={`/deals/board/${encodeURIComponent(deal.id)}`} className="deal-line">
          <span className={`deal-dot ${deal.state}`} aria-hidden="true" /><span className="grow"><span className="cut m" dir="auto" title={deal.title}>{deal.title}</span><span className="sm mid cut">{stageName(deal.pipeline_id, deal.stage)}</span></span><span className="end nw num">{amountText(deal)}</span>
        </Link></li>
      ))}</ul>
    </section>
  );
}
