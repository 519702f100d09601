import { useState } from "react";
import { directory, identity } from "../../api/api";
import { useAction } from "../../api/useCall";
import { LANGUAGES, LANGUAGE_CODES, type Language } from "../../i18n/languages";
import { useProblemText } from "../../i18n/problems";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { ComboBox } from "../../ui/ComboBox";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import type { StepProps } from "./step";
import { useT } from "./texts";

/** Name, clock and language: what hours, reports and customers' first words go by. */
export function CompanyStep({ onDone, actions }: StepProps) {
  const t = useT();
  const say = useProblemText();
  const tenant = useDesk((state) => state.me?.tenant);
  const [name, setName] = useState(tenant?.name ?? "");
  const [zone, setZone] = useState(tenant?.time_zone || "UTC");
  const [language, setLanguage] = useState<Language>((tenant?.language as Language | undefined) ?? "en");
  const save = useAction(async () => {
    if (!tenant) return;
    if (name.trim() !== tenant.name || zone !== tenant.time_zone || language !== tenant.language) {
      await directory.putTenant({ ...tenant, name: name.trim(), time_zone: zone, language });
      learn.me(await identity.me());
    }
    onDone();
  });
  const zones = [...new Set([zone, ...Intl.supportedValuesOf("timeZone")])].map((id) => ({ id, text: id }));
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); if (name.trim()) void save.run(); }}>
      <h2>{t("s_company")}</h2><p className="mid">{t("company_text")}</p>
      <TextField label={t("company")} value={name} onChange={setName} maxLength={100} error={name.trim() ? undefined : t("needed")} />
      <div className="row"><ComboBox label={t("zone")} options={zones} value={zone} onChange={setZone} /><Select label={t("language")} hint={t("language_hint")} options={LANGUAGE_CODES.map((id) => ({ id, text: LANGUAGES[id] }))} value={language} onChange={setLanguage} /></div>
      {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
      {actions(<Button kind="primary" type="submit" isPending={save.pending}>{t("next")}</Button>)}
    </form>
  );
}
