import { useState } from "react";
import { Link, useLocation } from "wouter";
import { identity } from "../../api/api";
import { Problem } from "../../api/problem";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { Gate, ProblemNote } from "./Gate";
import { hasPasskeys, usePasskey } from "./passkey";
import { useT } from "./texts";

/** Only an address of this desk: never //other.example. */
const safeTarget = () => {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  return /^\/(?![/\\])/.test(to) ? to : "/inbox";
};

/** What a return from a provider, or a sign-in link of a company, left in the address. */
const brought = () => {
  const said = new URLSearchParams(location.search);
  return { company: said.get("company") ?? "", reason: said.get("problem") ?? "" };
};
const OWN = ["NOT_FOUND", "SIGN_ON_ONLY", "NOT_INVITED", "NO_ROLE", "DISABLED", "PROVIDER_UNUSABLE", "SIGN_ON_FAILED"] as const;

/** The word of the company; the provider's own page does the rest. */
function CompanySignIn({ word, problem, back }: { word: string; problem: Problem | undefined; back: () => void }) {
  const t = useT();
  const [company, setCompany] = useState(word);
  const [tried, setTried] = useState(false);
  const said = OWN.find((one) => one === problem?.reason);
  const submit = () => {
    setTried(true);
    if (company.trim()) location.assign(`/sign-in/go?${new URLSearchParams({ company: company.trim() })}`);
  };
  return (
    <Gate title={t("company_title")} intro={t("company_text")} onSubmit={submit}>
      <ProblemNote problem={problem} {...(said ? { text: t(`so_${said}`) } : {})} />
      <TextField label={t("company_word")} name="company" autoComplete="organization" spellCheck="false" value={company} onChange={setCompany} error={tried && !company.trim() ? t("need_value") : undefined} autoFocus />
      <Button kind="primary" size="lg" block type="submit">{t("go_on")}</Button>
      <Button kind="link" onPress={back}>{t("by_password")}</Button>
    </Gate>
  );
}

export default function SignInPage() {
  const t = useT();
  const [, go] = useLocation();
  const [start] = useState(brought);
  const [company, setCompany] = useState<string | undefined>(start.company || start.reason ? start.company : undefined);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"password" | "code">("password");
  const [problem, setProblem] = useState<Problem | undefined>(start.reason ? new Problem(401, { reason: start.reason }) : undefined);
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
      } else {
        setProblem(error);
        if (error.reason === "SIGN_ON_ONLY") setCompany(error.facts["word"] ?? "");
      }
    } finally {
      setPending(false);
    }
  };
  const byPasskey = async () => {
    setPending(true);
    setProblem(undefined);
    try {
      const credential = await usePasskey((await identity.beginPasskeySignIn()).options);
      if (credential === undefined) throw new Problem(401, { reason: "CANCELLED" });
      await identity.finishPasskeySignIn(credential);
      go(safeTarget());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      if (error.reason === "SIGN_ON_ONLY") setCompany(error.facts["word"] ?? "");
    } finally {
      setPending(false);
    }
  };
  const passkeyText = problem && ({ CANCELLED: t("passkey_cancelled"), BAD_PASSKEY: t("passkey_bad") } as Record<string, string>)[problem.reason];
  const wrongCode = step === "code" && (problem?.reason === "BAD_CODE" || problem?.reason === "TOTP_NEEDED") ? new Problem(401, { reason: "BAD_CODE" }) : undefined;

  if (company !== undefined) return <CompanySignIn word={company} problem={problem} back={() => { setCompany(undefined); setProblem(undefined); }} />;
  return (
    <Gate title={step === "code" ? t("code_title") : t("sign_in_title")} intro={step === "code" ? t("code_text") : undefined} onSubmit={() => void submit()}
      footer={<><span>{t("no_account")}</span><Link className="end" href="/sign-up">{t("create_company")}</Link></>}>
      <ProblemNote problem={wrongCode ?? problem} text={passkeyText} />
      {step === "password" ? <>
        <TextField label={t("email")} type="email" name="email" autoComplete="username" value={email} onChange={setEmail} error={need(email)} autoFocus />
        <TextField label={t("password")} type="password" name="password" autoComplete="current-password" value={password} onChange={setPassword} error={need(password)} />
      </> : <TextField key="code" label={t("code")} inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} autoFocus />}
      <Button kind="primary" size="lg" block type="submit" isPending={pending}>{step === "code" ? t("confirm") : t("sign_in")}</Button>
      {step === "password" && hasPasskeys() && <Button block icon="key" isDisabled={pending} onPress={() => void byPasskey()}>{t("by_passkey")}</Button>}
      {step === "password" && <Button block icon="users" onPress={() => { setCompany(""); setProblem(undefined); }}>{t("by_company")}</Button>}
      {step === "code" && <Button kind="link" onPress={() => { setStep("password"); setProblem(undefined); setCode(""); }}>{t("back")}</Button>}
    </Gate>
  );
}
