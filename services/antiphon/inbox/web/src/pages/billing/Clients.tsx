import { useState } from "react";
import { billing, dialer } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { day, duration, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { amountOf, isoDay, micros, text } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const UNITS = ["contact", "minute", "agent_hour", "sale", "flat"] as const;
const WORDS = { contact: "u_contact", minute: "u_minute", agent_hour: "u_agent_hour", sale: "u_sale", flat: "u_flat" } as const;
const amount = (quantity: string) => number(Number(quantity), Number.isInteger(Number(quantity)) ? 0 : 2);
const back = (days: number) => isoDay(new Date(Date.now() - days * 86_400_000));
const hours = (seconds: string | undefined) => duration(Number(seconds ?? 0));

/** A client's own name: that of the prices, else of the project; the centre's own work has none. */
function useClient(): (project: string, name: string) => string {
  const t = useT();
  const projects = useDesk((state) => state.projects);
  return (project, name) => name || (project ? (projects[project]?.name ?? project) : t("cl_house"));
}

function CardDialog({ project, known, currency, onClose }: { project: string; known: T.RateCard | undefined; currency: string; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const client = useClient();
  const [name, setName] = useState(client(project, known?.name ?? ""));
  const [email, setEmail] = useState(known?.email ?? "");
  const [since, setSince] = useState(isoDay(new Date()));
  const [language, setLanguage] = useState<"uk" | "ru">(known?.language === "ru" ? "ru" : "uk");
  const [prices, setPrices] = useState<Record<string, number>>(Object.fromEntries(UNITS.map((unit) => [unit, known ? amountOf(known[unit]) : 0])));
  const save = useAction(billing.saveRateCard);
  const submit = async () => {
    const money = (unit: (typeof UNITS)[number]) => ({ currency, micros: micros(prices[unit] || 0) });
    const card = { project_id: project, name, email, language, valid_from: since, contact: money("contact"), minute: money("minute"), agent_hour: money("agent_hour"), sale: money("sale"), flat: money("flat") };
    if (await save.run(card)) { toast(t("saved")); onClose(true); }
  };
  return (
    <Dialog big title={t("cl_prices_of", { name: client(project, known?.name ?? "") })} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={save.pending} onPress={() => void submit()}>{t("save")}</Button></>}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="bill-pair">
          <TextField label={t("cl_name")} value={name} onChange={setName} maxLength={200} autoFocus />
          <TextField label={t("cl_email")} type="email" value={email} onChange={setEmail} maxLength={200} />
          <Select label={t("cl_language")} options={[{ id: "uk" as const, text: "Українська" }, { id: "ru" as const, text: "Русский" }]} value={language} onChange={setLanguage} />
          <TextField label={t("cl_since")} type="date" value={since} onChange={setSince} />
        </div>
        <div className="bill-pair">{UNITS.map((unit) => <NumberField key={unit} label={t(WORDS[unit])} unit={currency} value={prices[unit] ?? 0} onChange={(value) => setPrices((old) => ({ ...old, [unit]: value }))} minValue={0} />)}</div>
        <p className="hint">{t("cl_prices_note")}</p>
        {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function Statement({ project, period }: { project: string; period: { first: string; last: string } }) {
  const t = useT();
  const say = useProblemText();
  const loaded = useLoad(() => billing.clientStatement(project, period), [project, period.first, period.last]);
  const campaigns = useLoad(dialer.campaigns);
  const make = useAction(billing.makeDocument);
  const [made, setMade] = useState<T.Document>();
  const statement = loaded.data?.statement;
  if (loaded.problem) return <Failed problem={loaded.problem} onRetry={loaded.reload} />;
  if (!statement) return null;
  const issue = async () => setMade((await make.run({ kind: "DOCUMENT_KIND_CLIENT_STATEMENT", project_id: project, ...period }))?.document);
  return (
    <section className="card" aria-label={t("cl_statement")}><header><h2>{t("cl_statement_of", { name: statement.name })}</h2><span className="mid sm">{day(statement.first)} – {day(statement.last)}</span></header>
      <ul className="bill-notices">
        {statement.lines.map((line) => <li key={line.unit + (line.price?.micros ?? "")}><span className="grow">{line.unit === "flat" ? t("cl_flat", { price: text(line.price), days: Number(line.quantity) }) : `${t(WORDS[line.unit as keyof typeof WORDS])}: ${amount(line.quantity)} × ${text(line.price)}`}</span><span className="nw">{text(line.amount)}</span></li>)}
        {statement.campaigns.filter((one) => one.campaign_id).map((one) => <li key={one.campaign_id}><span className="grow mid">{t("cl_campaign", { name: campaigns.data?.campaigns.find((each) => each.id === one.campaign_id)?.name ?? one.campaign_id, count: number(Number(one.work?.calls ?? 0)) })}</span><span className="nw mid">{t("cl_cost_of", { cost: text(one.work?.cost) })}</span></li>)}
        <li><b className="grow">{t("total")}</b><b className="nw">{text(statement.amount)}</b></li>
      </ul>
      <div className="form body">
        {make.problem && <p className="err" role="alert">{say(make.problem)}</p>}
        <div className="actions">{made?.hash ? <><a className="btn" href={billing.documentUrl(made.id, "pdf")} download>PDF {made.number}</a><a className="btn" href={billing.documentUrl(made.id, "csv")} download>CSV</a></> : <Button isPending={make.pending} onPress={() => void issue()}>{t("cl_issue")}</Button>}</div>
      </div>
    </section>
  );
}

/** What the centre's own clients are billed, and what their work cost. */
export function Clients({ account, round }: { account: T.Account; round: number }) {
  const t = useT();
  const client = useClient();
  const may = useDesk(can("billing.write"));
  const projects = useDesk((state) => state.projects);
  const [first, setFirst] = useState(back(30));
  const [last, setLast] = useState(back(1));
  const totals = useLoad(() => billing.clients({ first, last }), [first, last, round]);
  const cards = useLoad(billing.rateCards, [round]);
  const [editing, setEditing] = useState<string>();
  const [shown, setShown] = useState<string>();
  const known = totals.data?.clients ?? [];
  const others = Object.values(projects).filter((one) => !one.archived && !known.some((each) => each.project_id === one.id)).map((one): T.ClientTotal => ({ project_id: one.id, name: "", unpriced: true }));
  const columns: TableColumn<T.ClientTotal>[] = [
    { id: "name", title: t("cl_client"), cell: (one) => <span className="m cut">{client(one.project_id, one.name)}</span> },
    { id: "calls", title: t("cl_calls"), num: true, cell: (one) => number(Number(one.work?.calls ?? 0)) },
    { id: "contacts", title: t("u_contact"), num: true, cell: (one) => number(Number(one.work?.contacts ?? 0)) },
    { id: "talk", title: t("talked"), num: true, cell: (one) => hours(one.work?.talk_seconds) },
    { id: "agent", title: t("u_agent_hour"), num: true, wide: true, cell: (one) => hours(one.work?.agent_seconds) },
    { id: "sales", title: t("u_sale"), num: true, wide: true, cell: (one) => number(Number(one.work?.sales ?? 0)) },
    { id: "cost", title: t("cost"), num: true, cell: (one) => text(one.work?.cost ?? { currency: account.currency, micros: "0" }) },
    { id: "amount", title: t("cl_billed"), num: true, cell: (one) => (one.unpriced ? (one.project_id ? <Chip kind="warn">{t("cl_unpriced")}</Chip> : "–") : <span className="t">{text(one.amount)}</span>) },
    { id: "act", title: t("actions"), quiet: true, cell: (one) => one.project_id && <span className="flex bill-acts">
      {!one.unpriced && <Button size="sm" onPress={() => setShown(one.project_id)}>{t("cl_statement")}</Button>}
      {may && <Button size="sm" onPress={() => setEditing(one.project_id)}>{t("cl_prices")}</Button>}</span> },
  ];
  return (
    <div className="scroll grow"><div className="page bill-page">
      <div className="bill-find"><TextField label={t("first_day")} type="date" value={first} onChange={setFirst} /><TextField label={t("last_day")} type="date" value={last} onChange={setLast} />
        {totals.data && <p className="mid">{t("cl_total", { calls: number(Number(totals.data.work?.calls ?? 0)), cost: text(totals.data.work?.cost), amount: text(totals.data.amount) })}</p>}</div>
      <section className="card" aria-label={t("clients")}>{totals.problem && !totals.data ? <Failed problem={totals.problem} onRetry={totals.reload} />
        : <Table label={t("clients")} columns={columns} rows={totals.data && [...known, ...others]} rowId={(one) => one.project_id || "house"} empty={<Empty icon="deal" title={t("cl_empty")}>{t("cl_empty_text")}</Empty>} />}</section>
      {shown && <Statement key={shown} project={shown} period={{ first, last }} />}
      {editing && cards.data && <CardDialog project={editing} known={cards.data.cards.find((one) => one.project_id === editing)} currency={account.currency} onClose={(done) => { setEditing(undefined); if (done) { cards.reload(); totals.reload(); } }} />}
    </div></div>
  );
}
