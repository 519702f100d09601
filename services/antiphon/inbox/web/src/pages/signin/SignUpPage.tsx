import { useState } from "react";
import { Link, useLocation } from "wouter";
import { identity } from "../../api/api";
import { useAction } from "../../api/useCall";
import { LANGUAGES } from "../../i18n/languages";
import { useLook } from "../../shell/look";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { Gate, ProblemNote } from "./Gate";
import { PasswordRules, passwordRules } from "./password";
import { useT } from "./texts";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export default function SignUpPage() {
  const t = useT();
  const [, go] = useLocation();
  const { language } = useLook();
  const [form, setForm] = useState({ company: "", name: "", email: "", password: "" });
  const [tried, setTried] = useState(false);
  const signUp = useAction(identity.signUp);
  const set = (field: keyof typeof form) => (value: string) => setForm((old) => ({ ...old, [field]: value }));
  const own = [form.name, form.email, form.company];
  const validEmail = /^\S+@\S+\.\S+$/.test(form.email.trim());
  const submit = async () => {
    setTried(true);
    if (!form.company.trim() || !form.name.trim() || !validEmail || passwordRules(form.password, own).includes(false)) return;
    const done = await signUp.run({ ...form, email: form.email.trim(), language, time_zone: zone });
    if (done) go("/start");
  };
  const need = (value: string) => (tried && !value.trim() ? t("need_value") : undefined);
  return (
    <Gate title={t("sign_up_title")} intro={t("sign_up_text")} onSubmit={() => void submit()}
      footer={<><span>{t("where", { language: LANGUAGES[language], zone })}</span><span className="end">{t("have_account")} <Link href="/sign-in">{t("sign_in")}</Link></span></>}>
      <ProblemNote problem={signUp.problem} text={signUp.problem?.reason === "TAKEN" ? t("mail_taken") : undefined} />
      <TextField label={t("company")} autoComplete="organization" value={form.company} onChange={set("company")} error={need(form.company)} autoFocus />
      <TextField label={t("name")} autoComplete="name" value={form.name} onChange={set("name")} error={need(form.name)} />
      <TextField label={t("email")} type="email" autoComplete="username" value={form.email} onChange={set("email")} error={tried && !validEmail ? t("need_email") : undefined} />
      <div className="field">
        <TextField label={t("password")} type="password" autoComplete="new-password" value={form.password} onChange={set("password")} error={need(form.password)} />
        <PasswordRules password={form.password} own={own} />
      </div>
      <Button kind="primary" size="lg" block type="submit" isPending={signUp.pending}>{t("create")}</Button>
    </Gate>
  );
}
