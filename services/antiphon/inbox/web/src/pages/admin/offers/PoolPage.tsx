/** The operator's numbers: offered, held back, or taken, and by whom. */
import { offers } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { day, money, phone } from "../../../i18n/format";
import { useFacts } from "../../../rt/useFacts";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { normalPhone } from "../phones";
import { addressOf, Form, NEW, Section } from "../Section";
import { amount, CURRENCIES, micros } from "./money";
import { useT } from "./texts";

const STATES = { POOL_STATE_OFFERED: ["offered", "ok"], POOL_STATE_HELD: ["held", "line"], POOL_STATE_TAKEN: ["taken", "info"], POOL_STATE_UNSPECIFIED: ["held", "line"] } as const;
const FACTS = /^antiphon\.directory\.v1\.PoolNumberChanged$/;
const NOTHING = { currency: "UAH", micros: "0" };
const BLANK: T.PoolNumber = { id: "", rev: 0, e164: "", country: "UA", area: "", monthly: NOTHING, installation: NOTHING, state: "POOL_STATE_OFFERED", company_id: "", company: "", order_id: "" };

function NumberPanel({ stored, loaded }: { stored: T.PoolNumber | undefined; loaded: Loaded<readonly T.PoolNumber[]> }) {
  const t = useT();
  const editor = useEditor<T.PoolNumber>({
    key: `pool/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ e164: /^\+[1-9]\d{6,14}$/.test(normalPhone(value.e164)) ? "" : "bad_e164" }),
    fresh: async () => (await offers.pool()).numbers.find((one) => one.id === stored?.id),
    save: async (value) => (await offers.savePooled({ ...value, e164: normalPhone(value.e164) })).number ?? value,
    onSaved: (saved) => { loaded.reload(); if (!stored) navigateTo(addressOf("pool", saved.id)); },
  });
  const { value, patch, err } = editor;
  const taken = stored?.state === "POOL_STATE_TAKEN";
  const currency = value.monthly?.currency || "UAH";
  const price = (field: "monthly" | "installation") => (sum: number) => patch({ [field]: { currency, micros: micros(sum) } });
  return (
    <Form section="pool" icon="phone" right="offers.write" editor={editor} isNew={!stored} title={stored ? phone(stored.e164) : t("pool_new")} labels={{ area: t("area"), country: t("country"), monthly: t("monthly"), installation: t("installation"), state: t("state") }}
      {...(taken ? { top: <p className="why-note"><Icon name="card" size="s" /><span>{t("taken_by", { company: stored.company, day: stored.taken_at ? day(stored.taken_at) : "–" })}</span></p> }
        : { remove: { question: t("pool_remove_title", { number: phone(stored?.e164 ?? "") }), verb: t("pool_remove"), loss: t("pool_remove_loss"), run: async () => { await offers.deletePooled(stored?.id ?? ""); loaded.reload(); }, done: t("pool_removed") } })}>
      <TextField label={t("number")} hint={t("number_hint")} inputMode="tel" value={value.e164} onChange={(e164) => patch({ e164 })} error={err("e164")} isReadOnly={Boolean(stored)} />
      <TextField label={t("country")} hint={t("country_hint")} value={value.country} onChange={(country) => patch({ country: country.toUpperCase() })} maxLength={2} error={err("country")} />
      <TextField label={t("area")} hint={t("area_hint")} value={value.area} onChange={(area) => patch({ area })} maxLength={120} error={err("area")} />
      <NumberField label={t("monthly")} unit={currency} minValue={0} value={amount(value.monthly)} onChange={price("monthly")} error={err("monthly")} />
      <NumberField label={t("installation")} hint={t("installation_hint")} unit={currency} minValue={0} value={amount(value.installation)} onChange={price("installation")} error={err("installation")} />
      <Select label={t("currency")} options={CURRENCIES.map((id) => ({ id, text: id }))} value={currency as (typeof CURRENCIES)[number]} onChange={(id) => patch({ monthly: { currency: id, micros: value.monthly?.micros ?? "0" }, installation: { currency: id, micros: value.installation?.micros ?? "0" } })} />
      {!taken && <Checkbox isSelected={value.state === "POOL_STATE_HELD"} onChange={(held) => patch({ state: held ? "POOL_STATE_HELD" : "POOL_STATE_OFFERED" })}>{t("hold")}<br /><span className="hint">{t("hold_hint")}</span></Checkbox>}
    </Form>
  );
}

export default function PoolPage({ open }: SectionPageProps) {
  const t = useT();
  const round = useFacts(FACTS);
  const loaded = useLoad(async () => (await offers.pool()).numbers, [round]);
  return (
    <Section<T.PoolNumber> section="pool" title={t("pool")} icon="phone" right="offers.write" loaded={loaded} rowId={(row) => row.id} add={t("pool_add")} open={open}
      words={(row) => `${row.e164} ${phone(row.e164)} ${row.area} ${row.company}`} empty={{ title: t("pool_empty"), text: t("pool_empty_text") }}
      columns={(narrow) => [
        { id: "number", title: t("number"), cell: (row) => <span className="nw">{phone(row.e164)}</span> },
        { id: "state", title: t("state"), cell: (row) => <Chip kind={STATES[row.state][1]}>{t(STATES[row.state][0])}</Chip> },
        ...(narrow ? [] : [
          { id: "area", title: t("area"), cell: (row: T.PoolNumber) => <span className="cut">{[row.country, row.area].filter(Boolean).join(", ")}</span> },
          { id: "company", title: t("company"), cell: (row: T.PoolNumber) => <span className="cut">{row.company || "–"}</span> },
          { id: "monthly", title: t("monthly"), num: true, cell: (row: T.PoolNumber) => money(amount(row.monthly), row.monthly?.currency ?? "") },
          { id: "installation", title: t("installation"), num: true, cell: (row: T.PoolNumber) => money(amount(row.installation), row.installation?.currency ?? "") },
        ]),
      ]}
      form={(id, row) => <NumberPanel key={id} stored={row} loaded={loaded} />} />
  );
}
