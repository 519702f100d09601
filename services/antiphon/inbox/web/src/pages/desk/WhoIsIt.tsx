/** Other cards that may be whoever calls or writes: the agent chooses, and the cards become one customer. */
import { useState } from "react";
import { crm } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

const WHY = { LIKENESS_PHONE: "like_phone", LIKENESS_EMAIL: "like_email", LIKENESS_ACCOUNT: "like_account", LIKENESS_NAME: "like_name" } as const;

function Choice({ contact, pair, onDone }: { contact: T.Contact; pair: T.MergeSuggestion; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const merge = useAction(crm.merge);
  const other = pair.other;
  if (!other) return null;
  const reasons = pair.reasons.map(({ likeness, value }) => t(WHY[likeness as keyof typeof WHY] ?? "like_name", { value })).join(" · ");
  // A card without a name is a stranger's: it becomes part of the known one, and not the other way round.
  const run = async () => {
    if (!(await (contact.name ? merge.run(other.id, contact.id, reasons) : merge.run(contact.id, other.id, reasons)))) return;
    toast(t("is_one_now"));
    onDone();
  };
  const name = other.name || phone(other.phones[0] ?? "") || t("no_name");
  return (
    <li className="who-row">
      <Avatar name={other.name || "?"} />
      <span className="grow"><span className="m cut" dir="auto">{name}</span><span className="sm mid cut" title={reasons}>{[other.company, reasons].filter(Boolean).join(" · ")}</span>{merge.problem && <span className="sm err" role="alert">{say(merge.problem)}</span>}</span>
      <Button size="sm" isPending={merge.pending} aria-label={t("is_it_name", { name })} onPress={() => void run()}>{t("is_it")}</Button>
    </li>
  );
}

export default function WhoIsIt({ contact, onDone }: { contact: T.Contact; onDone: () => void }) {
  const t = useT();
  const may = useDesk(can("contacts.write"));
  const [round, setRound] = useState(0);
  const { data } = useLoad(() => crm.suggestions({ contact_id: contact.id, limit: 5 }), [contact.id, contact.rev, round]);
  const found = data?.suggestions ?? [];
  if (!may || found.length === 0) return null;
  return <section aria-label={t("who_is_it")}><header><h3>{t(contact.name ? "perhaps_same" : "who_is_it")}</h3></header><ul>{found.map((pair) => <Choice key={pair.other?.id ?? ""} contact={contact} pair={pair} onDone={() => { setRound((old) => old + 1); onDone(); }} />)}</ul></section>;
}
