/** What the operator sells: plans for small, medium and large companies. */
import { billing, offers } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { LANGUAGE_CODES, LANGUAGES } from "../../../i18n/languages";
import { money } from "../../../i18n/format";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { TextArea, TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { Maybe } from "../pickers";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { amount, CURRENCIES, micros } from "./money";
import { useT } from "./texts";

const SIZES = ["COMPANY_SIZE_SMALL", "COMPANY_SIZE_MEDIUM", "COMPANY_SIZE_LARGE"] as const;
const PRO = "lead_catcher_pro";
const BLANK: T.ServicePlan = { id: "", rev: 0, name: "", names: {}, descriptions: {}, size: "COMPANY_SIZE_SMALL", monthly: { currency: "UAH", micros: "0" }, tariff_id: "", lines: 0, services: [], withdrawn: false, by_hand: false };

function PlanPanel({ stored, loaded, tariffs }: { stored: T.ServicePlan | undefined; loaded: Loaded<readonly T.ServicePlan[]>; tariffs: readonly { id: string; text: string }[] }) {
  const t = useT();
  const editor = useEditor<T.ServicePlan>({
    key: `plans/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", monthly: amount(value.monthly) > 0 ? "" : "bad_missing" }),
    fresh: async () => (await offers.plans()).plans.find((one) => one.id === stored?.id),
    save: async (value) => (await offers.savePlan(value)).plan ?? value,
    onSaved: (saved) => { loaded.reload(); if (!stored) navigateTo(addressOf("plans", saved.id)); },
  });
  const { value, patch, err } = editor;
  const currency = value.monthly?.currency || "UAH";
  return (
    <Form section="plans" icon="card" right="offers.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("plan_new")} labels={{ name: t("name"), size: t("size"), monthly: t("monthly"), lines: t("lines"), by_hand: t("by_hand"), withdrawn: t("withdrawn") }}>
      <TextField label={t("name")} hint={t("name_hint")} value={value.name} onChange={(name) => patch({ name })} maxLength={100} error={err("name")} />
      <Select label={t("size")} options={SIZES.map((id) => ({ id, text: t(id) }))} value={value.size === "COMPANY_SIZE_UNSPECIFIED" ? "" : value.size} onChange={(size) => patch({ size })} />
      <NumberField label={t("monthly")} hint={t("monthly_hint")} unit={currency} minValue={0} value={amount(value.monthly)} onChange={(sum) => patch({ monthly: { currency, micros: micros(sum) } })} error={err("monthly")} />
      <Select label={t("currency")} hint={t("currency_hint")} options={CURRENCIES.map((id) => ({ id, text: id }))} value={currency as (typeof CURRENCIES)[number]} onChange={(id) => patch({ monthly: { currency: id, micros: value.monthly?.micros ?? "0" } })} />
      <Part title={t("included")}>
        <NumberField label={t("lines")} hint={t("lines_hint")} minValue={0} maxValue={100000} value={value.lines} onChange={(lines) => patch({ lines: Number.isNaN(lines) ? 0 : lines })} error={err("lines")} />
        <Maybe label={t("tariff")} none={t("tariff_none")} hint={t("tariff_hint")} options={tariffs} value={value.tariff_id} onChange={(tariff_id) => patch({ tariff_id })} error={err("tariff_id")} />
        <Checkbox isSelected={value.services.includes(PRO)} onChange={(on) => patch({ services: on ? [...value.services, PRO] : value.services.filter((one) => one !== PRO) })}>{t("pro")}<br /><span className="hint">{t("pro_hint")}</span></Checkbox>
      </Part>
      <Part title={t("words")} hint={t("words_hint")}>
        {LANGUAGE_CODES.map((code) => <div key={code} className="field">
          <TextField label={t("name_in", { language: LANGUAGES[code] })} value={value.names[code] ?? ""} onChange={(text) => patch({ names: { ...value.names, [code]: text } })} maxLength={100} />
          <TextArea label={t("text_in", { language: LANGUAGES[code] })} rows={2} value={value.descriptions[code] ?? ""} onChange={(text) => patch({ descriptions: { ...value.descriptions, [code]: text } })} maxLength={1000} />
        </div>)}
      </Part>
      <Checkbox isSelected={value.by_hand} onChange={(by_hand) => patch({ by_hand })}>{t("by_hand")}<br /><span className="hint">{t("by_hand_hint")}</span></Checkbox>
      <Checkbox isSelected={value.withdrawn} onChange={(withdrawn) => patch({ withdrawn })}>{t("withdrawn")}<br /><span className="hint">{t("withdrawn_hint")}</span></Checkbox>
    </Form>
  );
}

export default function PlansPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await offers.plans()).plans);
  const tariffs = useLoad(async () => (await billing.tariffs()).tariffs.filter((one) => one.approver));
  const choices = [...new Map((tariffs.data ?? []).map((one) => [one.id, { id: one.id, text: one.name || one.id }])).values()];
  return (
    <Section<T.ServicePlan> section="plans" title={t("plans")} icon="card" right="offers.write" loaded={loaded} rowId={(row) => row.id} add={t("plan_add")} open={open}
      words={(row) => `${row.name} ${Object.values(row.names).join(" ")}`} empty={{ title: t("plans_empty"), text: t("plans_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("name"), cell: (row) => <span className="flex"><span className="cut">{row.name}</span>{row.withdrawn && <Chip>{t("withdrawn_chip")}</Chip>}</span> },
        { id: "monthly", title: t("monthly"), num: true, cell: (row) => money(amount(row.monthly), row.monthly?.currency ?? "") },
        ...(narrow ? [] : [{ id: "size", title: t("size"), cell: (row: T.ServicePlan) => (row.size === "COMPANY_SIZE_UNSPECIFIED" ? "–" : t(row.size)) }, { id: "lines", title: t("lines"), num: true, cell: (row: T.ServicePlan) => row.lines || "–" }]),
      ]}
      form={(id, row) => <PlanPanel key={id} stored={row} loaded={loaded} tariffs={choices} />} />
  );
}
