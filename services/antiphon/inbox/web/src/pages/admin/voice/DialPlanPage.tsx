import { directory, telephony } from "../../../api/api";
import type { DialPlan } from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { phone } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { language } from "../../../i18n/texts";
import { useTitle } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Empty } from "../../../ui/Empty";
import { NumberField } from "../../../ui/NumberField";
import { Skeleton } from "../../../ui/Skeleton";
import { TextArea, TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { lines, Maybe } from "../pickers";
import { Form, Part } from "../Section";
import { useT as useAdmin } from "../texts";
import { isPrefix } from "./rules";
import { useT } from "./texts";

const COUNTRIES = ["UA", "RU", "PL", "DE", "GB", "US", "KZ", "GE", "MD", "LT", "LV", "EE"] as const;
const countryName = (code: string) => {
  try {
    return new Intl.DisplayNames([language()], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
};

function PlanForm({ stored, numbers }: { stored: DialPlan; numbers: readonly string[] }) {
  const t = useT();
  const admin = useAdmin();
  const editor = useEditor<DialPlan>({
    key: "dialplan", stored,
    validate: (value) => ({ blocked_prefixes: value.blocked_prefixes.every(isPrefix) ? "" : "bad_prefixes", outside_prefix: /^\d{0,3}$/.test(value.outside_prefix) ? "" : "bad_digits", emergency_codes: value.emergency_codes.every((one) => /^[\d*#]{2,6}$/.test(one)) ? "" : "bad_digits" }),
    fresh: async () => (await telephony.dialPlan()).plan,
    save: async (value) => (await telephony.saveDialPlan(value)).plan ?? value,
  });
  const { value, patch, err } = editor;
  const list = (key: "blocked_prefixes" | "emergency_codes", label: string, hint: string) => (
    <TextArea label={label} hint={hint} rows={2} value={value[key].join("\n")} onChange={(text) => patch({ [key]: text === "" ? [] : text.split("\n") })} onBlur={() => patch({ [key]: lines(value[key].join("\n")) })} error={err(key)} />
  );
  const days = (key: "recording_days" | "password_days", label: string, hint?: string) => <NumberField label={label} hint={hint} minValue={0} maxValue={3650} value={value[key]} onChange={(next) => patch({ [key]: Number.isNaN(next) ? 0 : next })} error={err(key)} />;
  return (
    <Form section="dialplan" icon="keypad" right="directory.write" editor={editor} isNew={false} wide fixed title={admin("dialplan")} labels={{ country: t("plan_country"), caller_id: t("plan_caller"), outside_prefix: t("plan_outside"), blocked_prefixes: t("plan_blocked"), emergency_codes: t("plan_emergency"), record_calls: t("plan_record"), recording_days: t("plan_days"), password_days: t("plan_password_days"), strict_passwords: t("plan_strict") }}>
      <div className="two-cols">
        <Part title={t("plan_part_dial")}>
          <Maybe label={t("plan_country")} hint={t("plan_country_hint")} none={t("plan_caller_none")} options={COUNTRIES.map((id) => ({ id, text: countryName(id) }))} value={value.country} onChange={(country) => patch({ country })} error={err("country")} />
          <Maybe label={t("plan_caller")} hint={t("plan_caller_hint")} none={t("plan_caller_none")} options={numbers.map((id) => ({ id, text: phone(id) }))} value={value.caller_id} onChange={(caller_id) => patch({ caller_id })} error={err("caller_id")} />
          <TextField label={t("plan_outside")} hint={t("plan_outside_hint")} inputMode="numeric" value={value.outside_prefix} onChange={(outside_prefix) => patch({ outside_prefix })} error={err("outside_prefix")} />
          {list("blocked_prefixes", t("plan_blocked"), t("plan_blocked_hint"))}
          {list("emergency_codes", t("plan_emergency"), t("plan_emergency_hint"))}
        </Part>
        <div className="col gap">
          <Part title={t("plan_part_rec")}>
            <Checkbox isSelected={value.record_calls} onChange={(record_calls) => patch({ record_calls })}>{t("plan_record")}<br /><span className="hint">{t("plan_record_hint")}</span></Checkbox>
            {days("recording_days", t("plan_days"), t("plan_days_hint"))}
          </Part>
          <Part title={t("plan_part_pass")}>
            {days("password_days", t("plan_password_days"))}
            <Checkbox isSelected={value.strict_passwords} onChange={(strict_passwords) => patch({ strict_passwords })}>{t("plan_strict")}</Checkbox>
          </Part>
        </div>
      </div>
    </Form>
  );
}

export default function DialPlanPage() {
  const t = useT();
  const admin = useAdmin();
  const say = useProblemText();
  const loaded = useLoad(async () => {
    const [{ plan }, { numbers }] = await Promise.all([telephony.dialPlan(), directory.numbers()]);
    return plan && { plan, numbers: numbers.filter((one) => !one.inbound_only).map((one) => one.e164) };
  });
  useTitle(admin("dialplan"));
  if (loaded.data) return <div className="work whole"><PlanForm stored={loaded.data.plan} numbers={loaded.data.numbers} /></div>;
  return loaded.problem ? <Empty icon="alert" title={admin("not_loaded")} actions={<Button icon="refresh" onPress={loaded.reload}>{t("try_again")}</Button>}>{say(loaded.problem)}</Empty> : <Skeleton />;
}
