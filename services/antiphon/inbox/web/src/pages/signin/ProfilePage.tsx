import { useMemo, useState } from "react";
import { encode } from "uqr";
import { identity } from "../../api/api";
import type { Session } from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { LANGUAGES, LANGUAGE_CODES } from "../../i18n/languages";
import { useProblemText } from "../../i18n/problems";
import { learn, store, useDesk } from "../../rt/store";
import { setLook, useLook } from "../../shell/look";
import { PageHead } from "../../shell/Panes";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Table } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { ProblemNote } from "./Gate";
import { Passkeys } from "./Passkeys";
import { PasswordRules, passwordRules } from "./password";
import { useT } from "./texts";
import "./signin.css";

function Looks() {
  const t = useT();
  const look = useLook();
  return (
    <section className="card" aria-label={t("looks")}>
      <header><h2>{t("looks")}</h2></header>
      <div className="body form">
        <Select label={t("language")} value={look.language} onChange={(language) => void setLook({ language })} options={LANGUAGE_CODES.map((id) => ({ id, text: LANGUAGES[id] }))} />
        <div className="row">
          <div className="field"><span className="label">{t("theme")}</span><Segmented label={t("theme")} value={look.theme} onChange={(theme) => void setLook({ theme })} options={(["system", "light", "dark"] as const).map((id) => ({ id, text: t(`theme_${id}`) }))} /></div>
          <div className="field"><span className="label">{t("density")}</span><Segmented label={t("density")} value={look.density} onChange={(density) => void setLook({ density })} options={(["comfortable", "compact"] as const).map((id) => ({ id, text: t(id) }))} /></div>
        </div>
      </div>
    </section>
  );
}

function Password({ own }: { own: readonly string[] }) {
  const t = useT();
  const [old_password, setOld] = useState("");
  const [new_password, setNew] = useState("");
  const change = useAction(identity.changePassword);
  const submit = async () => {
    if (!(await change.run({ old_password, new_password }))) return;
    setOld("");
    setNew("");
    toast(t("password_changed"));
  };
  const good = old_password !== "" && !passwordRules(new_password, own).includes(false);
  return (
    <section className="card" aria-label={t("change_password")}>
      <header><h2>{t("change_password")}</h2></header>
      <form className="body form" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <ProblemNote problem={change.problem} text={change.problem?.reason === "BAD_CREDENTIALS" ? t("old_wrong") : undefined} />
        <TextField label={t("old_password")} type="password" autoComplete="current-password" value={old_password} onChange={setOld} />
        <TextField label={t("new_password")} type="password" autoComplete="new-password" value={new_password} onChange={setNew} />
        {new_password !== "" && <PasswordRules password={new_password} own={own} />}
        <div className="actions"><Button type="submit" isDisabled={!good} isPending={change.pending}>{t("change_password")}</Button><span className="sm dim">{t("password_note")}</span></div>
      </form>
    </section>
  );
}

/** Black on white in both themes: scanners need it. */
function Qr({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const code = encode(text, { ecc: "M", border: 3 });
    return { size: code.size, path: code.data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("") };
  }, [text]);
  return <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges"><rect width={size} height={size} fill="white" /><path d={path} fill="black" /></svg>;
}

function SecondFactor({ on }: { on: boolean }) {
  const t = useT();
  const begin = useAction(identity.beginTotp);
  const confirm = useAction(identity.confirmTotp);
  const disable = useAction(identity.disableTotp);
  const [setup, setSetup] = useState<{ secret: string; uri: string }>();
  const [codes, setCodes] = useState<string[]>();
  const [code, setCode] = useState("");
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const mark = (totp: boolean) => {
    const { me } = store.state;
    if (me?.person) learn.me({ ...me, person: { ...me.person, totp } });
  };
  const check = async () => {
    const done = await confirm.run(code.replace(/\s/g, ""));
    if (!done) return;
    setCodes(done.recovery_codes);
    setSetup(undefined);
    setCode("");
    mark(true);
  };
  const turnOff = async () => {
    if (!(await disable.run(password))) return;
    setAsking(false);
    setPassword("");
    setCodes(undefined);
    mark(false);
  };
  return (
    <section className="card" aria-label={t("totp")}>
      <header><h2>{t("totp")}</h2><Chip kind={on ? "ok" : "line"}>{t(on ? "totp_on" : "totp_off")}</Chip></header>
      <div className="body form">
        <ProblemNote problem={begin.problem ?? confirm.problem} />
        {!setup && <div className="actions"><span className="mid grow">{t("totp_why")}</span>
          {on ? <Button onPress={() => setAsking(true)}>{t("totp_disable")}</Button>
            : <Button isPending={begin.pending} onPress={() => void begin.run().then((made) => made && setSetup(made))}>{t("totp_begin")}</Button>}</div>}
        {setup && <>
          <p>{t("totp_scan")}</p>
          <div className="row top"><Qr text={setup.uri} label={t("totp_qr")} /><div className="field"><span className="label">{t("totp_key")}</span><span className="mono">{setup.secret}</span></div></div>
          <div className="row"><TextField label={t("code")} inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} /><Button kind="primary" isDisabled={!code} isPending={confirm.pending} onPress={() => void check()}>{t("confirm")}</Button></div>
        </>}
        {codes && <><p>{t("totp_codes")}</p><ul className="codes">{codes.map((one) => <li key={one}>{one}</li>)}</ul>
          <div className="actions"><Button icon="copy" onPress={() => void navigator.clipboard.writeText(codes.join("\n"))}>{t("copy")}</Button><Button kind="plain" onPress={() => setCodes(undefined)}>{t("done")}</Button></div></>}
      </div>
      <Dialog role="alertdialog" title={t("totp_disable_title")} isOpen={asking} onClose={() => setAsking(false)}
        actions={<><Button onPress={() => setAsking(false)}>{t("back")}</Button><Button kind="stop" isDisabled={!password} isPending={disable.pending} onPress={() => void turnOff()}>{t("totp_disable")}</Button></>}>
        <p className="mid">{t("totp_disable_loss")}</p>
        <ProblemNote problem={disable.problem} text={disable.problem?.reason === "BAD_CREDENTIALS" ? t("old_wrong") : undefined} />
        <TextField label={t("old_password")} type="password" autoComplete="current-password" value={password} onChange={setPassword} />
      </Dialog>
    </section>
  );
}

function Sessions() {
  const t = useT();
  const say = useProblemText();
  const sessions = useLoad(identity.sessions);
  const end = async (session: Session) => {
    try {
      await identity.endSession(session.id);
      toast(t("session_ended"));
    } finally {
      sessions.reload();
    }
  };
  return (
    <section className="card" aria-label={t("sessions")}>
      <header><h2>{t("sessions")}</h2></header>
      {sessions.problem ? <div className="body">{say(sessions.problem)}</div> : <Table label={t("sessions")} rows={sessions.data?.sessions} rowId={(row) => row.id} empty={<Empty icon="lock" title={t("no_sessions")} />}
        columns={[
          { id: "agent", title: t("device"), cell: (row) => <>{row.agent || "–"} {row.current && <Chip kind="acc">{t("this_one")}</Chip>}</> },
          { id: "since", title: t("since"), num: true, cell: (row) => (row.created_at ? moment(row.created_at) : "–") },
          { id: "seen", title: t("seen"), num: true, cell: (row) => (row.seen_at ? moment(row.seen_at) : "–") },
          { id: "end", title: "", num: true, cell: (row) => (row.current ? null : <Button size="sm" onPress={() => void end(row)}>{t("end_session")}</Button>) },
        ]} />}
    </section>
  );
}

export default function ProfilePage() {
  const t = useT();
  const person = useDesk((state) => state.me?.person);
  if (!person) return null;
  return (
    <>
      <PageHead title={t("profile")} />
      <div className="scroll grow"><div className="page narrow-page">
        <section className="card"><div className="body flex"><Avatar name={person.name} size="l" /><div className="grow"><h2 className="cut">{person.name}</h2><div className="mid cut">{person.email}</div></div><span className="sm dim">{t("name_note")}</span></div></section>
        <Looks />
        <Password own={[person.name, person.email]} />
        <SecondFactor on={person.totp} />
        <Passkeys />
        <Sessions />
      </div></div>
    </>
  );
}
