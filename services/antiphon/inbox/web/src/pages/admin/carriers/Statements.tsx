import { useState } from "react";
import { carriers } from "../../../api/api";
import { base64 } from "../../../api/bytes";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { moment, number } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Chip } from "../../../ui/Chip";
import { Disclosure } from "../../../ui/Disclosure";
import { FilePick } from "../../../ui/FilePick";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { DISCREPANCIES, isDiscrepancy, lastMonth, sum } from "./model";
import { useT } from "./texts";

function Discrepancy({ one }: { one: T.CarrierDiscrepancy }) {
  const t = useT();
  const pair = one.kind === "seconds" ? [number(Number(one.our_seconds)), number(Number(one.their_seconds))] : [one.our_amount ? sum(one.our_amount) : "–", one.their_amount ? sum(one.their_amount) : "–"];
  return (
    <tr><th scope="row">{isDiscrepancy(one.kind) ? t(DISCREPANCIES[one.kind]) : one.kind}</th><td className="nw">{one.at ? moment(one.at) : ""}<br /><span className="mid">{one.number}</span></td><td className="num">{pair[0]}</td><td className="num">{pair[1]}</td></tr>
  );
}

function Statement({ one }: { one: T.CarrierStatement }) {
  const t = useT();
  const good = one.discrepancies_count === 0;
  return (
    <li>
      <div className="flex wrap"><b className="m">{one.first} – {one.last}</b><Chip kind={good ? "ok" : "crit"}>{good ? t("s_equal") : t("s_differs", { count: one.discrepancies_count })}</Chip></div>
      <p className="sm mid">{t("s_sums", { ours: number(one.ours), our_sum: sum(one.our_sum), theirs: number(one.theirs), their_sum: sum(one.their_sum) })}</p>
      {!good && <Disclosure title={t("s_show")}><div className="carrier-rows" role="region" tabIndex={0} aria-label={`${one.first} – ${one.last}`}><table className="tbl tight"><thead><tr><th>{t("what")}</th><th>{t("call")}</th><th className="num">{t("ours")}</th><th className="num">{t("theirs")}</th></tr></thead>
        <tbody>{one.discrepancies.map((each, index) => <Discrepancy key={index} one={each} />)}</tbody></table></div></Disclosure>}
    </li>
  );
}

/** What the carrier says it carried, against our records. */
export function Statements({ carrier }: { carrier: T.Carrier }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const list = useLoad(() => carriers.statements(carrier.id), [carrier.id]);
  const [days, setDays] = useState(() => lastMonth(new Date()));
  const compare = useAction(async (file: File) => carriers.reconcile(carrier.id, { statement_id: crypto.randomUUID(), ...days, content: await base64(file), time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone }));
  const look = async (file: File) => { if (await compare.run(file)) { toast(t("compared")); list.reload(); } };
  const made = list.data?.statements ?? [];
  return (
    <section className="carrier-part" aria-label={t("statements")}>
      <h3>{t("statements")}</h3>
      {compare.problem && <p className="err" role="alert">{compare.problem.reason === "INVALID" ? compare.problem.detail : say(compare.problem)}</p>}
      {list.problem && !list.data ? <p className="err" role="alert">{say(list.problem)}</p> : made.length === 0 ? <p className="hint">{t("statements_none")}</p> : <ul className="carrier-versions">{made.map((one) => <Statement key={one.id} one={one} />)}</ul>}
      {may && <><p className="hint">{t("statements_hint")}</p>
        <div className="carrier-floor"><TextField type="date" label={t("first_day")} value={days.first} onChange={(first) => setDays({ ...days, first })} /><TextField type="date" label={t("last_day")} value={days.last} onChange={(last) => setDays({ ...days, last })} /></div>
        <div><FilePick label={t("choose_statement")} accept=".csv,.xlsx,.xls" pending={compare.pending} onFile={(file) => void look(file)} /></div></>}
    </section>
  );
}
