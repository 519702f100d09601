import { useState } from "react";
import { Link, useLocation } from "wouter";
import { identity } from "../../api/api";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { Gate, ProblemNote } from "./Gate";
import { useT } from "./texts";

/** Only an address of this desk: never //other.example. */
const safeTarget = () => {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  return /^\/(?![/\\])/.test(to) ? to : "/inbox";
};

export default function SignInPage() {
  const t = useT();
  const [, go] = useLocation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"password" | "code">("password");
  const [problem, setProblem] = useState<Problem>();
  const [pending, setPending] = useState(false);
  const [tried, setTried] = useState(false);
  const need = (value: string) => (tried && !value ? t("need_value") : undefined);

  const submit = async () => {
    setTried(true);
    if (!email.trim() || !password || (step === "code" && !code)) return;
    setPending(true);
    setProblem(undefined);
    try {
      await identity.signIn({ email: email.trim(), password, ...(step === "code" ? { code: code.replace(/\s/g, "") } : {}) });
      go(safeTarget());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.reason === "TOTP_NEEDED" && step === "password") {
        setTried(false);
        setStep("code");
      } else setProblem(error);
    } finally {
      setPending(false);
    }
  };
  const wrongCode = step === "code" && (problem?.reason === "BAD_CODE" || problem?.reason === "TOTP_NEEDED") ? new Problem(401, { reason: "BAD_CODE" }) : undefined;

  return (
    <Gate title={step === "code" ? t("code_title") : t("sign_in_title")} intro={step === "code" ? t("code_text") : undefined} onSubmit={() => void submit()}
      footer={<><span>{t("no_account")}</span><Link className="end" href="/sign-up">{t("create_company")}</Link></>}>
      <ProblemNote problem={wrongCode ?? problem} />
      {step === "password" ? <>
        <TextField label={t("email")} type="email" name="email" autoComplete="username" value={email} onChange={setEmail} error={need(email)} autoFocus />
        <TextField label={t("password")} type="password" name="password" autoComplete="current-password" value={password} onChange={setPassword} error={need(password)} />
      </> : <TextField key="code" label={t("code")} inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} autoFocus />}
      <Button kind="primary" size="lg" block type="submit" isPending={pending}>{step === "code" ? t("confirm") : t("sign_in")}</Button>
      {step === "code" && <Button kind="link" onPress={() => { setStep("password"); setProblem(undefined); setCode(""); }}>{t("back")}</Button>}
    </Gate>
  );
}
