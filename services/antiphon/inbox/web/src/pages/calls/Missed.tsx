/** Customers who reached nobody. Whoever is spoken to leaves the list by himself. */
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { insight } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { moment, number, phone as phoneText } from "../../i18n/format";
import { serverNow } from "../../rt/clock";
import { store, useDesk } from "../../rt/store";
import { phone } from "../../softphone/phone";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { Timer } from "../../ui/Timer";
import { useContactNames } from "./data";
import { Failed } from "./parts";
import { useT } from "./texts";

const FACTS = /(media\.v1\.Call(Started|Ended)|acd\.v1\.Work(Abandoned|Accepted|Completed|Scheduled))$/;
/** The list is made of the same facts: a little after them it is right. */
const LATER = 1500;
const ALL = "*";
const DAYS = ["1", "7", "30"] as const;
const AGES = [0, 1, 2, 3, 4] as const;
const DAY = 86_400_000;

function useMissed(queue: string, days: string, party: string) {
  const list = useLoad(() => insight.missed({ since: new Date(serverNow() - Number(days) * DAY).toISOString(), ...(queue ? { queue_ids: [queue] } : {}), ...(party ? { party } : {}) }), [queue, days, party]);
  const { reload } = list;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.onEvent((event) => {
      if (timer !== undefined || !FACTS.test(event.type)) return;
      timer = setTimeout(() => { timer = undefined; reload(); }, LATER);
    });
    return () => { clearTimeout(timer); stop(); };
  }, [reload]);
  return list;
}

/** What was done since: somebody calls, a promise stands, or it was tried in vain. */
function Since({ one }: { one: T.MissedCaller }) {
  const t = useT();
  const tried = one.tries > 0 && t("m_tried", { count: one.tries, at: one.tried_at ? moment(one.tried_at) : "–" });
  if (one.calling) return <Chip kind="ok">{t("m_calling")}</Chip>;
  return <span className="col">
    {one.promised && <span><Chip kind="info">{one.promised_at ? t("m_promised", { at: moment(one.promised_at) }) : t("m_promised_soon")}</Chip></span>}
    {tried ? <span className="sm">{tried}</span> : !one.promised && <span className="sm mid">{t("m_nothing")}</span>}
  </span>;
}

function Ages({ ages }: { ages: readonly T.MissedAges[] }) {
  const t = useT();
  const sum = (age: number) => ages.reduce((all, queue) => all + (queue.counts[age] ?? 0), 0);
  return <dl className="calls-ages" aria-label={t("m_ages")}>{AGES.map((age) => <div key={age}><dt>{t(`m_age_${age}`)}</dt><dd>{number(sum(age))}</dd></div>)}</dl>;
}

export function Missed() {
  const t = useT();
  const [queue, setQueue] = useState("");
  const [days, setDays] = useState<(typeof DAYS)[number]>("7");
  const [words, setWords] = useState("");
  const [party, setParty] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setParty(words.replace(/\D/g, "")), 300);
    return () => clearTimeout(timer);
  }, [words]);
  const list = useMissed(queue, days, party);
  const { queues } = useDesk((state) => ({ queues: state.queues }));
  const callers = list.data?.callers;
  const contact = useContactNames((callers ?? []).map((one) => one.contact_id));
  const nameOf = (one: T.MissedCaller) => contact(one.contact_id) || phoneText(one.party) || t("hidden");
  const options = Object.values(queues).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  const columns: TableColumn<T.MissedCaller>[] = [
    { id: "who", title: t("c_who"), cell: (one) => {
      const digits = phoneText(one.party), name = nameOf(one);
      return <span className="flex"><Icon name="phone-missed" className="call-missed" /><span className="col grow">{one.contact_id ? <Link className="m cut" dir="auto" title={t("m_card")} href={`/customers/${encodeURIComponent(one.contact_id)}`}>{name}</Link> : <span className="m cut">{name}</span>}{digits && name !== digits && <span className="sm dim cut">{digits}</span>}</span></span>;
    } },
    { id: "waits", title: t("m_waits"), num: true, cell: (one) => <Timer since={one.since} title={t("m_waits")} /> },
    { id: "calls", title: t("m_calls"), num: true, cell: (one) => <Link title={t("m_open")} href={`/history?open=${encodeURIComponent(one.interaction_ids.at(-1) ?? "")}`}>{number(one.calls)}</Link> },
    { id: "last", title: t("m_last"), num: true, cell: (one) => (one.last_at ? moment(one.last_at) : "–") },
    { id: "queue", title: t("c_queue"), cell: (one) => <span className="cut">{one.queue_id ? (queues[one.queue_id]?.name ?? one.queue_id) : t("m_no_queue")}</span> },
    { id: "line", title: t("m_line"), wide: true, cell: (one) => <span className="nw">{phoneText(one.line) || "–"}</span> },
    { id: "since", title: t("m_since"), cell: (one) => <Since one={one} /> },
    { id: "do", title: t("call_back"), quiet: true, cell: (one) => one.party && <Button size="sm" icon="phone-out" isDisabled={one.calling} onPress={() => void phone.dial(one.party)} aria-label={`${t("call_back")}: ${nameOf(one)}`}>{t("call_back")}</Button> },
  ];
  return (
    <section className="calls-list" aria-label={t("missed_tab")}>
      <div className="calls-find">
        <TextField label="" aria-label={t("search_number")} type="tel" placeholder={t("search_number")} value={words} onChange={setWords} maxLength={30} after={<Icon name="search" size="s" />} />
        <div className="calls-person"><Select label="" aria-label={t("m_queue")} options={[{ id: ALL, text: t("m_all_queues") }, ...options]} value={queue || ALL} onChange={(id) => setQueue(id === ALL ? "" : id)} /></div>
        <div className="calls-person"><Select label="" aria-label={t("m_period")} options={DAYS.map((id) => ({ id, text: t(`m_days_${id}`) }))} value={days} onChange={setDays} /></div>
        {list.data && list.data.total > 0 && <Ages ages={list.data.ages} />}
        <span className="end"><IconButton icon="refresh" label={t("try_again")} onPress={list.reload} /></span>
      </div>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} />
        : <Table label={t("missed_tab")} columns={columns} rows={callers} rowId={(one) => one.interaction_ids[0] ?? one.contact_id}
            empty={party || queue ? <Empty icon="search" title={t("nothing_title")} actions={<Button onPress={() => { setWords(""); setQueue(""); }}>{t("show_all")}</Button>}>{t("nothing_text")}</Empty> : <Empty icon="check" title={t("m_empty")}>{t("m_empty_text")}</Empty>} />}
      {callers && list.data && callers.length < list.data.total && <p className="calls-more sm mid">{t("m_rest", { shown: number(callers.length), total: number(list.data.total) })}</p>}
    </section>
  );
}
