/** Cards that may be one person, the surest first, with the reason; a press makes them one or says that they are two. */
import { useState } from "react";
import { Link } from "wouter";
import { crm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

const WHY = { LIKENESS_PHONE: "like_phone", LIKENESS_EMAIL: "like_email", LIKENESS_ACCOUNT: "like_account", LIKENESS_NAME: "like_name" } as const;

export function useReason(): (one: T.Resemblance) => string {
  const t = useT();
  return ({ likeness, value }) => t(WHY[likeness as keyof typeof WHY] ?? "like_name", { value });
}

export function useNameOf(): (contact: T.Contact | undefined) => string {
  const t = useT();
  return (contact) => contact?.name || phone(contact?.phones[0] ?? "") || contact?.emails[0] || contact?.identities.map((one) => one.value)[0] || t("no_name");
}

/** One pair. `own` is the customer that is open: only the other is named, and the other becomes part of it. */
export function Pair({ pair, own, onDone }: { pair: T.MergeSuggestion; own?: boolean; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const reason = useReason();
  const nameOf = useNameOf();
  const may = useDesk(can("contacts.write"));
  const merge = useAction(crm.merge);
  const unlike = useAction(crm.unlike);
  const { contact, other } = pair;
  if (!contact || !other) return null;
  const problem = merge.problem ?? unlike.problem;
  const join = async () => {
    if (!(await merge.run(other.id, contact.id, pair.reasons.map(reason).join(", ")))) return;
    toast(t("merged", { name: nameOf(contact) }));
    onDone();
  };
  const apart = async () => {
    if (await unlike.run(contact.id, other.id)) onDone();
  };
  const link = (one: T.Contact) => <Link className="m cut" dir="auto" href={`/customers/${encodeURIComponent(one.id)}`}>{nameOf(one)}</Link>;
  return (
    <li className="cu-pair">
      <div className="grow">
        <p className="flex wrap-line">{!own && <>{link(contact)}<span className="dim" aria-hidden="true">+</span></>}{link(other)}<Chip kind={pair.sureness >= 80 ? "ok" : "line"}>{t("sure", { percent: pair.sureness })}</Chip></p>
        <p className="sm mid">{pair.reasons.map(reason).join(" · ")}</p>
        {problem && <p className="sm err" role="alert">{say(problem)}</p>}
      </div>
      {may && <span className="flex wrap-line"><Button size="sm" kind="primary" isPending={merge.pending} onPress={() => void join()}>{t("merge")}</Button><Button size="sm" isPending={unlike.pending} onPress={() => void apart()}>{t("unlike")}</Button></span>}
    </li>
  );
}

export function Duplicates() {
  const t = useT();
  const say = useProblemText();
  const [done, setDone] = useState(0);
  const { data, problem, reload } = useLoad(() => crm.suggestions({ limit: 100 }), [done]);
  if (problem && !data) return <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty>;
  if (!data) return <Skeleton rows={6} />;
  if (data.suggestions.length === 0) return <Empty icon="users" title={t("no_duplicates")}>{t("no_duplicates_text")}</Empty>;
  return (
    <div className="scroll grow page" tabIndex={0} role="region" aria-label={t("duplicates")}>
      <h2>{t("duplicates")}</h2>
      <Banner kind="info">{t("duplicates_text")}</Banner>
      <ul className="card cu-pairs">{data.suggestions.map((pair) => <Pair key={`${pair.contact?.id ?? ""} ${pair.other?.id ?? ""}`} pair={pair} onDone={() => setDone((old) => old + 1)} />)}</ul>
    </div>
  );
}
