/** Support of the operator: one subscriber who rang up, and where his calls go while none of his phones is reachable. */
import { useState, type FormEvent } from "react";
import { support } from "../../../api/api";
import type { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { useProblemText } from "../../../i18n/problems";
import { PageHead } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Confirm } from "../../../ui/Dialog";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useT as useAdmin } from "../texts";
import { useT } from "./texts";

interface Asked { number: string; extension: string; reason: string }

function useSay(): (problem: Problem) => string {
  const t = useT();
  const say = useProblemText();
  return (problem) => (problem.reason === "NOT_FOUND" ? t("sup_none") : problem.reason === "STALE" ? t("sup_stale") : problem.reason === "INVALID" ? t("sup_own") : say(problem));
}

function Find({ asked, onChange, onFound }: { asked: Asked; onChange: (asked: Asked) => void; onFound: (found: T.Subscriber) => void }) {
  const t = useT();
  const say = useSay();
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState("");
  const find = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!asked.reason.trim() || !asked.number.trim() || !asked.extension.trim()) return;
    setPending(true);
    setFailed("");
    try {
      const { subscriber } = await support.find(asked);
      if (subscriber) onFound(subscriber);
    } catch (problem) {
      setFailed(say(problem as Problem));
    } finally {
      setPending(false);
    }
  };
  return (
    <form className="fields" noValidate onSubmit={(event) => void find(event)}>
      <fieldset><legend className="sr">{t("sup_find")}</legend>
        <p className="hint">{t("sup_note")}</p>
        <div className="pair">
          <TextField label={t("sup_number")} hint={t("sup_number_hint")} type="tel" inputMode="tel" autoComplete="off" value={asked.number} onChange={(number) => onChange({ ...asked, number })} error={tried && !asked.number.trim() ? t("sup_mobile_needed") : undefined} />
          <TextField label={t("sup_extension")} inputMode="numeric" autoComplete="off" value={asked.extension} onChange={(extension) => onChange({ ...asked, extension })} error={tried && !asked.extension.trim() ? t("sup_mobile_needed") : undefined} />
        </div>
        <TextArea label={t("sup_reason")} hint={t("sup_reason_hint")} rows={2} maxLength={500} value={asked.reason} onChange={(reason) => onChange({ ...asked, reason })} error={tried && !asked.reason.trim() ? t("sup_reason_needed") : undefined} />
        {failed && <p className="err" role="alert">{failed}</p>}
        <div className="flex"><Button kind="primary" type="submit" isPending={pending}>{t("sup_find")}</Button></div>
      </fieldset>
    </form>
  );
}

function Found({ asked, found, onChange, onAnother }: { asked: Asked; found: T.Subscriber; onChange: (found: T.Subscriber) => void; onAnother: () => void }) {
  const t = useT();
  const say = useSay();
  const [mobile, setMobile] = useState("");
  const [tried, setTried] = useState(false);
  const [asking, setAsking] = useState(false);
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState("");
  const forward = async (forward_to: string) => {
    const { subscriber } = await support.forward({ ...asked, person_id: found.person_id, rev: found.rev, forward_to });
    if (subscriber) onChange(subscriber);
    setMobile("");
    setTried(false);
    toast(t(forward_to ? "sup_done" : "sup_undone"));
  };
  const set = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!mobile.trim()) return;
    setPending(true);
    setFailed("");
    try {
      await forward(mobile.trim());
    } catch (problem) {
      setFailed(say(problem as Problem));
    } finally {
      setPending(false);
    }
  };
  return (
    <section className="card" aria-label={found.name}>
      <header><h2 className="cut">{found.name}</h2><span className="end"><Button size="sm" onPress={onAnother}>{t("sup_another")}</Button></span></header>
      <div className="body">
        <dl className="kv"><dt>{t("sup_company")}</dt><dd>{found.company}</dd><dt>{t("sup_extension")}</dt><dd>{found.extension}</dd>
          <dt>{t("sup_forwarded")}</dt><dd>{found.forward_ending ? t("sup_to", { digits: found.forward_ending }) : t("sup_nowhere")}</dd></dl>
      </div>
      <form className="fields" noValidate onSubmit={(event) => void set(event)}>
        <fieldset><legend className="sr">{t("sup_mobile")}</legend>
          <TextField label={t("sup_mobile")} hint={t("sup_mobile_hint")} type="tel" inputMode="tel" autoComplete="off" autoFocus value={mobile} onChange={setMobile} error={tried && !mobile.trim() ? t("sup_mobile_needed") : undefined} />
          {failed && !asking && <p className="err" role="alert">{failed}</p>}
          <div className="flex wrap"><Button kind="primary" type="submit" isPending={pending}>{t("sup_set")}</Button>{found.forward_ending && <Button onPress={() => setAsking(true)}>{t("sup_back")}</Button>}</div>
        </fieldset>
      </form>
      <Confirm isOpen={asking} title={t("sup_back_title", { name: found.name })} verb={t("sup_back")} keep={t("sup_keep")} onClose={() => { setAsking(false); setFailed(""); }}
        loss={<>{t("sup_back_loss", { reason: asked.reason })}{failed && <span className="problem" role="alert">{failed}</span>}</>}
        onConfirm={async () => {
          try {
            await forward("");
          } catch (problem) {
            setFailed(say(problem as Problem));
            throw problem;
          }
        }} />
    </section>
  );
}

const NOTHING: Asked = { number: "", extension: "", reason: "" };

export default function SupportPage() {
  const admin = useAdmin();
  const [asked, setAsked] = useState(NOTHING);
  const [found, setFound] = useState<T.Subscriber>();
  const another = () => {
    setFound(undefined);
    setAsked(NOTHING);
  };
  return (
    <div className="voice-health">
      <PageHead title={admin("support")} />
      <div className="scroll grow"><div className="page sup-page">
        {found ? <Found asked={asked} found={found} onChange={setFound} onAnother={another} /> : <Find asked={asked} onChange={setAsked} onFound={setFound} />}
      </div></div>
    </div>
  );
}
