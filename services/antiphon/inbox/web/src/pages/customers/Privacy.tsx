/** A customer's rights: consents, a copy of everything, and erasure. */
import { useState } from "react";
import { useLocation } from "wouter";
import { privacy } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { day } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

const PURPOSES = ["PURPOSE_MARKETING", "PURPOSE_THIRD_PARTY"] as const;
const WORDS = { PURPOSE_MARKETING: "for_marketing", PURPOSE_THIRD_PARTY: "for_others" } as const;

function Consent({ contact, purpose, newest, onDone }: { contact: string; purpose: (typeof PURPOSES)[number]; newest: T.Consent | undefined; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("contacts.write"));
  const give = useAction(privacy.give);
  const withdraw = useAction(privacy.withdraw);
  const given = newest && !newest.withdrawn_at && (!newest.until || Date.parse(newest.until) > Date.now());
  const problem = give.problem ?? withdraw.problem;
  const run = async () => {
    if (await (given ? withdraw.run(contact, purpose) : give.run(contact, purpose, t("by_colleague")))) onDone();
  };
  const state = given ? t("given", { day: day(newest.given_at ?? 0), source: newest.source }) : newest?.withdrawn_at ? t("withdrawn", { day: day(newest.withdrawn_at) }) : t("not_given");
  return (
    <li className="cu-pair"><div className="grow"><p className="m">{t(WORDS[purpose])}</p><p className="sm mid">{state}</p>{problem && <p className="sm err" role="alert">{say(problem)}</p>}</div>
      {may && <Button size="sm" isPending={give.pending || withdraw.pending} aria-label={`${t(given ? "withdraw" : "note_consent")}: ${t(WORDS[purpose])}`} onPress={() => void run()}>{t(given ? "withdraw" : "note_consent")}</Button>}</li>
  );
}

export function Privacy({ contact, name }: { contact: string; name: string }) {
  const t = useT();
  const say = useProblemText();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const mayErase = useDesk(can("contacts.erase"));
  const { data, reload } = useLoad(() => privacy.consents(contact), [contact]);
  const erase = useAction(privacy.erase);
  const run = async () => {
    if (!reason.trim() || !(await erase.run(contact, reason.trim()))) return;
    toast(t("erasing"));
    go("/customers?erasures");
  };
  return (
    <section aria-label={t("privacy")}><header><h3>{t("privacy")}</h3></header>
      <ul className="cu-pairs">{PURPOSES.map((purpose) => <Consent key={purpose} contact={contact} purpose={purpose} newest={data?.consents.find((one) => one.purpose === purpose)} onDone={reload} />)}</ul>
      {mayErase && <p className="flex wrap-line cu-rights"><a className="btn sm" href={privacy.exportUrl(contact)} download><Icon name="download" size="s" />{t("export")}</a><Button size="sm" onPress={() => setAsking(true)}>{t("erase")}</Button></p>}
      {asking && (
        <Dialog title={t("erase_title", { name })} isOpen onClose={() => setAsking(false)} role="alertdialog" actions={<><Button autoFocus onPress={() => setAsking(false)}>{t("leave")}</Button><Button kind="stop" isPending={erase.pending} isDisabled={!reason.trim()} onPress={() => void run()}>{t("erase")}</Button></>}>
          <p className="mid">{t("erase_loss")}</p>
          <TextField label={t("erase_why")} hint={t("erase_hint")} value={reason} onChange={setReason} maxLength={200} {...(erase.problem ? { error: say(erase.problem) } : {})} />
        </Dialog>
      )}
    </section>
  );
}
