/** Carriers: who takes calls to the outside, what each asks, how its trunks do, and by what one is chosen. */
import { useEffect, useState } from "react";
import { carriers, media, telephony } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { number } from "../../../i18n/format";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { Empty } from "../../../ui/Empty";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { addressOf, Form, NEW, Part, Section, useWhyNot } from "../Section";
import { useT as useAdmin } from "../texts";
import "./carriers.css";
import { sum, TERMS, thisMonth, together, words } from "./model";
import { Policy } from "./Policy";
import { Prices } from "./Prices";
import { Statements } from "./Statements";
import { useT } from "./texts";

const AGAIN_MS = 10_000;
const CURRENCIES = ["UAH", "RUB", "EUR", "USD"] as const;
const BLANK: T.Carrier = { id: "", rev: 0, name: "", currency: "UAH", terms: "CARRIER_TERMS_WHOLESALE", agent_fee_percent: "", trunk_ids: [], disabled: false, version: 0 };
const FEE = /^(100(\.0{1,4})?|\d{1,2}(\.\d{1,4})?)?$/;
type Known = { name: string; id: string };
type QualityOf = (trunk: string) => T.TrunkQuality | undefined;

/** How trunks have done lately, looked at again every ten seconds. */
function useQuality(): QualityOf {
  const may = useDesk(can("work.watch"));
  const { data, reload } = useLoad(async () => (may ? media.health().catch(() => undefined) : undefined), [may]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return (trunk) => data?.trunks.find((one) => one.trunk_id === trunk)?.quality;
}

function Live({ trunks, names, qualityOf }: { trunks: readonly string[]; names: readonly Known[]; qualityOf: QualityOf }) {
  const t = useT();
  if (trunks.length === 0) return <p className="hint">{t("no_trunks")}</p>;
  return (
    <ul className="carrier-live" aria-label={t("quality")}>{trunks.map((trunk) => {
      const measured = together([qualityOf(trunk)]);
      return <li key={trunk}><span className="m cut">{names.find((one) => one.id === trunk)?.name ?? trunk}</span><span className="sm mid">{measured ? `${words(measured)} · ${t("of_calls", { count: measured.calls })}` : t("not_measured")}</span></li>;
    })}</ul>
  );
}

/** What its calls of this month brought, cost and left. */
function Totals({ carrier }: { carrier: string }) {
  const t = useT();
  const loaded = useLoad(() => carriers.totals(thisMonth(new Date())), [carrier]);
  const found = (loaded.data?.totals ?? []).filter((one) => one.carrier_id === carrier);
  if (found.length === 0) return null;
  return <div className="carrier-live">{found.map((one, index) => <p key={index} className="sm">{t("month", { count: Number(one.calls), sold: sum(one.sold), owed: sum(one.owed) })}{one.margin && <> · <b>{t("margin", { sum: sum(one.margin) })}</b></>}</p>)}</div>;
}

function CarrierPanel({ stored, loaded, names, qualityOf }: { stored: T.Carrier | undefined; loaded: Loaded<readonly T.Carrier[]>; names: readonly Known[]; qualityOf: QualityOf }) {
  const t = useT();
  const editor = useEditor<T.Carrier>({
    key: `carriers/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", agent_fee_percent: FEE.test(value.agent_fee_percent) ? "" : "bad_value" }),
    fresh: async () => (await carriers.all()).carriers.find((one) => one.id === stored?.id),
    save: async ({ version, ...value }) => ({ ...((await carriers.save({ ...value, agent_fee_percent: value.terms === "CARRIER_TERMS_AGENCY" ? value.agent_fee_percent : "" })).carrier ?? { ...BLANK, ...value }), version }),
    onSaved: (saved) => { loaded.reload(); if (!stored) navigateTo(addressOf("carriers", saved.id)); },
  });
  const { value, patch, err } = editor;
  const free = names.filter((one) => value.trunk_ids.includes(one.id) || !loaded.data?.some((other) => other.id !== stored?.id && other.trunk_ids.includes(one.id)));
  const lost = value.trunk_ids.filter((id) => !names.some((one) => one.id === id)).map((id) => ({ id, name: id }));
  return (
    <Form section="carriers" icon="deal" right="billing.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("carrier_new")} labels={{ name: t("name"), terms: t("terms"), agent_fee_percent: t("fee"), trunk_ids: t("trunks"), disabled: t("disabled") }}
      top={stored && <><Live trunks={stored.trunk_ids} names={names} qualityOf={qualityOf} /><Totals carrier={stored.id} /></>}
      below={stored && <><Prices carrier={stored} onChanged={loaded.reload} /><Statements carrier={stored} /></>}>
      <TextField label={t("name")} hint={t("name_hint")} value={value.name} onChange={(name) => patch({ name })} maxLength={100} error={err("name")} />
      <Select label={t("currency")} hint={stored ? t("currency_kept") : t("currency_hint")} isDisabled={stored !== undefined} options={[...new Set([...CURRENCIES, value.currency])].map((id) => ({ id, text: id }))} value={value.currency} onChange={(currency) => patch({ currency })} />
      <Select label={t("terms")} hint={value.terms === "CARRIER_TERMS_UNSPECIFIED" ? "" : t(`${value.terms}_hint`)} options={TERMS.map((id) => ({ id, text: t(id) }))} value={value.terms === "CARRIER_TERMS_UNSPECIFIED" ? TERMS[0] : value.terms} onChange={(terms) => patch({ terms })} />
      {value.terms === "CARRIER_TERMS_AGENCY" && <TextField label={t("fee")} hint={t("fee_hint")} inputMode="decimal" value={value.agent_fee_percent} onChange={(fee) => patch({ agent_fee_percent: fee.replace(",", ".") })} error={err("agent_fee_percent")} />}
      <Part title={t("trunks")} hint={t("trunks_hint")}>
        <div className="checks">{[...free, ...lost].map((one) => <Checkbox key={one.id} isSelected={value.trunk_ids.includes(one.id)} onChange={(on) => patch({ trunk_ids: on ? [...value.trunk_ids, one.id] : value.trunk_ids.filter((id) => id !== one.id) })}>{one.name}</Checkbox>)}
          {free.length + lost.length === 0 && <span className="hint">{t("trunks_none")}</span>}</div>
      </Part>
      <Checkbox isSelected={value.disabled} onChange={(disabled) => patch({ disabled })}>{t("disabled")}<br /><span className="hint">{t("disabled_hint")}</span></Checkbox>
    </Form>
  );
}

export default function CarriersPage({ open }: SectionPageProps) {
  const t = useT();
  const admin = useAdmin();
  const whyNot = useWhyNot("billing.write");
  const mayTrunks = useDesk(can("directory.write"));
  const [asking, setAsking] = useState(false);
  const answer = useLoad(carriers.all);
  const trunks = useLoad(async () => (mayTrunks ? (await telephony.trunks()).trunks : []), [mayTrunks]);
  const qualityOf = useQuality();
  const { data, ...rest } = answer;
  const loaded = { ...rest, data: data?.carriers } as Loaded<readonly T.Carrier[]>;
  if (data?.operators) return <div className="work"><section className="work-list" aria-label={admin("carriers")}><header className="head"><h1>{admin("carriers")}</h1></header><Empty icon="deal" title={t("operators_title")}>{t("operators_text")}</Empty></section></div>;
  return (
    <>
      <Section<T.Carrier> section="carriers" title={admin("carriers")} icon="deal" right="billing.write" loaded={loaded} rowId={(row) => row.id} add={t("carrier_add")} open={open} words={(row) => row.name}
        empty={{ title: t("empty"), text: t("empty_text") }}
        filters={data && <Button icon="settings" {...(whyNot ? { isDisabled: true } : {})} onPress={() => setAsking(true)}>{t("policy")}</Button>}
        columns={(narrow) => [
          { id: "name", title: t("name"), cell: (row) => <span className="flex"><span className="cut">{row.name}</span>{row.disabled && <Chip>{t("off")}</Chip>}</span> },
          { id: "price", title: t("prices"), cell: (row) => (row.version ? t("version", { version: row.version }) : <Chip kind="warn">{t("no_prices")}</Chip>) },
          { id: "quality", title: t("quality"), cell: (row) => { const measured = together(row.trunk_ids.map(qualityOf)); return <span className="sm mid">{measured ? words(measured) : "–"}</span>; } },
          ...(narrow ? [] : [{ id: "terms", title: t("terms"), cell: (row: T.Carrier) => (row.terms === "CARRIER_TERMS_UNSPECIFIED" ? "–" : t(row.terms)) }, { id: "trunks", title: t("trunks"), num: true, cell: (row: T.Carrier) => number(row.trunk_ids.length) }]),
        ]}
        form={(id, row) => <CarrierPanel key={id} stored={row} loaded={loaded} names={trunks.data ?? []} qualityOf={qualityOf} />} />
      {asking && data?.policy && <Policy stored={data.policy} onClose={() => setAsking(false)} onSaved={() => { setAsking(false); answer.reload(); }} />}
    </>
  );
}
