/** The journal: every attempt and every refusal with its reason. */
import { useState } from "react";
import { Link } from "wouter";
import { dialer } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { clock, day, duration, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Table, type TableColumn } from "../../ui/Table";
import { useT } from "./texts";
import { resultWord, whyWord } from "./words";

const PAGE = 100;

export function Attempts({ campaign }: { campaign: T.Campaign }) {
  const t = useT();
  const say = useProblemText();
  const people = useDesk((state) => state.people);
  const [older, setOlder] = useState<{ rows: readonly T.Attempt[]; next: string }>();
  const loaded = useLoad(() => dialer.attempts(campaign.id, { limit: PAGE }), [campaign.id]);
  const rows = loaded.data && [...loaded.data.attempts, ...(older?.rows ?? [])];
  const next = older ? older.next : (loaded.data?.next ?? "");
  const more = async () => {
    const page = await dialer.attempts(campaign.id, { limit: PAGE, after: next });
    setOlder((old) => ({ rows: [...(old?.rows ?? []), ...page.attempts], next: page.next }));
  };
  const titles = Object.fromEntries(campaign.dispositions.map((one) => [one.code, one.title || one.code]));
  const columns: TableColumn<T.Attempt>[] = [
    { id: "number", title: t("number"), cell: (one) => <span className="nw">{phone(one.number)}</span> },
    { id: "at", title: t("at"), num: true, cell: (one) => (one.at ? <span className="nw">{day(one.at)}, {clock(one.at)}</span> : "–") },
    { id: "what", title: t("what"), cell: (one) => (one.reason === "allowed" ? (one.result === "RESULT_CLASS_UNSPECIFIED" ? t("going_on") : resultWord(t, one.result)) : <span className="t warn">{t("not_dialled", { why: whyWord(t, one.reason) })}</span>) },
    { id: "disposition", title: t("disposition"), cell: (one) => <span className="cut">{titles[one.disposition] ?? (one.disposition || "–")}</span> },
    { id: "agent", title: t("agent"), cell: (one) => <span className="cut">{people[one.agent_id]?.name ?? "–"}</span> },
    { id: "talked", title: t("talked_time"), num: true, cell: (one) => (one.bridged_at && one.ended_at ? duration((Date.parse(one.ended_at) - Date.parse(one.bridged_at)) / 1000) : "–") },
    { id: "call", title: t("call"), cell: (one) => (one.call_id ? <Link href={`/calls/history/${encodeURIComponent(one.call_id)}`}>{t("open_call")}</Link> : "–") },
  ];
  return (
    <section className="cm-list" aria-label={t("attempts")}>
      {loaded.problem && !loaded.data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={loaded.reload}>{t("try_again")}</Button>}>{say(loaded.problem)}</Empty>
        : <Table label={t("attempts")} columns={columns} rows={rows} rowId={(one) => one.id} empty={<Empty icon="phone-out" title={t("no_attempts")}>{t("no_attempts_text")}</Empty>} />}
      {next && <div className="cm-pad"><Button onPress={() => void more()}>{t("older")}</Button></div>}
    </section>
  );
}
