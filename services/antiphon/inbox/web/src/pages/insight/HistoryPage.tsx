import { useCallback, useEffect, useState } from "react";
import { Link } from "wouter";
import { insight } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { duration, moment, number, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { can } from "../../rt/selectors";
import { store, useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { PageHead } from "../../shell/Panes";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { Files, Filters, useResultText } from "./Filters";
import "./insight.css";
import { asked, usePlace, type Place } from "./place";
import { worth } from "./report";
import { useT } from "./texts";

const PAGE = 50;
/** What may change the list. It is asked anew a little after: the history is made from the same facts. */
const FACTS = /(media\.v1\.Call(Started|Ended)|acd\.v1\.Work(Queued|Completed|Abandoned)|channels\.v1\.ConversationChanged|directory\.v1\.Deal(Changed|Deleted))$/;
const LATER = 1500;
const FIGURES = ["FIGURE_OFFERED", "FIGURE_ANSWERED", "FIGURE_IN_TIME", "FIGURE_ABANDONED", "FIGURE_SHORT_ABANDONED", "FIGURE_OVERFLOWED", "FIGURE_WAITING", "FIGURE_HANDLED", "FIGURE_TRANSFERRED", "FIGURE_INTERACTIONS", "FIGURE_RATED", "FIGURE_SOLD"] as const satisfies readonly T.Figure[];

function questionOf(place: Place): T.ListInteractionsRequest {
  const figure = FIGURES.find((one) => one === place.get("behind"));
  const whole = asked(place);
  return {
    ...whole,
    ...(place.get("since") && place.get("until") ? { since: place.get("since"), until: place.get("until") } : {}),
    ...(place.get("q") ? { party: place.get("q") } : {}),
    ...(Number(place.get("least")) > 0 ? { least_seconds: Number(place.get("least")) } : {}),
    ...(Number(place.get("most")) > 0 ? { most_seconds: Number(place.get("most")) } : {}),
    ...(figure ? { behind: figure, within_seconds: Number(place.get("within")) || 0, short_seconds: Number(place.get("short")) || 0 } : {}),
  };
}

/** The pages so far; asked anew when facts come, as long as only the first is there. */
function useHistory(question: T.ListInteractionsRequest) {
  const key = JSON.stringify(question);
  const [state, setState] = useState<{ key: string; rows?: readonly T.InsightInteraction[]; next?: string; problem?: Problem }>({ key });
  const [round, setRound] = useState(0);
  const fetch = useCallback(async (page: string, before: readonly T.InsightInteraction[]) => {
    try {
      const answer = await insight.interactions({ ...(JSON.parse(key) as T.ListInteractionsRequest), limit: PAGE, ...(page ? { page } : {}) });
      setState({ key, rows: [...before, ...answer.interactions], next: answer.next_page });
    } catch (error) {
      setState((old) => ({ ...(old.key === key ? old : { key }), problem: error instanceof Problem ? error : new Problem(500, {}) }));
    }
  }, [key]);
  useEffect(() => {
    const timer = setTimeout(() => void fetch("", []), 150);
    return () => clearTimeout(timer);
  }, [fetch, round]);
  const short = (state.rows?.length ?? 0) <= PAGE;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.onEvent((event) => {
      if (!short || timer !== undefined || !FACTS.test(event.type)) return;
      timer = setTimeout(() => { timer = undefined; setRound((old) => old + 1); }, LATER);
    });
    return () => { clearTimeout(timer); stop(); };
  }, [short]);
  const now = state.key === key ? state : undefined;
  return { rows: now?.rows, problem: now?.rows ? undefined : now?.problem, more: now?.next ? () => void fetch(now.next ?? "", now.rows ?? []) : undefined, reload: () => setRound((old) => old + 1) };
}

const shown = (it: T.InsightInteraction): string => phone(it.party);
const addressOf = (id: string): string => {
  const [kind, key] = [id.slice(0, id.indexOf(":")), encodeURIComponent(id.slice(id.indexOf(":") + 1))];
  return kind === "conversation" ? `/inbox/${key}` : kind === "call" ? `/calls/history/${key}` : "";
};

function Details({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const result = useResultText();
  const { people, queues, watches, judges } = useDesk((state) => ({ people: state.people, queues: state.queues, watches: can("work.watch")(state), judges: can("quality.write")(state) }));
  const loaded = useLoad(async () => (await insight.interaction(id)).interaction, [id]);
  useKey({ code: "Escape" }, t("close"), onClose);
  const it = loaded.data;
  const address = addressOf(id);
  const person = (agent: string) => people[agent]?.name ?? t("nobody");
  return (
    <aside className="in-side" aria-label={t("details")}>
      <header>{it && <ChannelIcon kind={it.channel} look="xs" />}<h2 className="cut grow">{it ? shown(it) || t("hidden") : t("details")}</h2><IconButton icon="x" label={t("close")} onPress={onClose} /></header>
      {loaded.problem ? <Empty icon="alert" title={t("not_loaded")}>{say(loaded.problem)}</Empty> : !it ? <Skeleton rows={4} /> : (
        <div className="scroll grow" tabIndex={0} role="region" aria-label={t("details")}>
          <section>
            <div className="flex in-links">
              {address && <Link className="btn sm" href={address}><Icon name={it.sort === "SORT_CALL" ? "phone" : "chat"} size="s" />{t("open")}</Link>}
              {judges && address && it.spells.length > 0 && <Link className="btn sm" href={`/quality/evaluate/${encodeURIComponent(id)}`}><Icon name="check" size="s" />{t("evaluate")}</Link>}
              {watches && <Link className="btn sm" href={`/wait/${encodeURIComponent(id.startsWith("callback:") ? id.slice(9) : id)}`}><Icon name="pulse" size="s" />{t("whole_wait")}</Link>}
            </div>
            <dl className="kv">
              <dt>{t("started")}</dt><dd>{moment(it.started_at ?? "")}</dd>
              <dt>{t("result")}</dt><dd>{result(it.result)}{it.disposition && ` · ${it.disposition}`}</dd>
              <dt>{t("direction")}</dt><dd>{t(it.direction === "DIRECTION_UNSPECIFIED" ? "DIRECTION_INBOUND" : it.direction)}</dd>
              <dt>{t("duration")}</dt><dd>{it.ended_at ? duration(it.duration_seconds) : t("r_live")}</dd>
              {it.messages_in + it.messages_out > 0 && <><dt>{t("messages")}</dt><dd>{t("messages_both", { in: it.messages_in, out: it.messages_out })}</dd></>}
              {it.first_reply_seconds !== undefined && <><dt>{t("first_reply")}</dt><dd>{duration(it.first_reply_seconds)}</dd></>}
              {it.csat !== undefined && <><dt>{t("csat")}</dt><dd>{number(it.csat)}</dd></>}
              {it.sales.length > 0 && <><dt>{t("outcome_sale")}</dt><dd className="in-sales">{it.sales.map((sale) => <Link key={sale.deal_id} href={`/deals/board/${encodeURIComponent(sale.deal_id)}`}>{sale.amount ? worth([sale.amount]) : t("no_amount")}</Link>)}</dd></>}
              {it.tags.length > 0 && <><dt>{t("tag")}</dt><dd>{it.tags.join(", ")}</dd></>}
            </dl>
          </section>
          {it.visits.length > 0 && <section><h3>{t("visits")}</h3><ul className="in-steps">{it.visits.map((visit) => (
            <li key={`${visit.queue_id}${visit.entered_at}`}><span className="flex"><span className="m cut grow">{queues[visit.queue_id]?.name ?? visit.queue_id}</span><span className="t">{duration(visit.wait_seconds)}</span></span>
              <span className="sm dim">{moment(visit.entered_at ?? "")} · {t(`h_${visit.how}` as "h_waiting")}{visit.agent_id && `, ${person(visit.agent_id)}`}</span></li>))}</ul></section>}
          {it.spells.length > 0 && <section><h3>{t("spells")}</h3><ul className="in-steps">{it.spells.map((spell) => (
            <li key={`${spell.agent_id}${spell.accepted_at}`}><span className="flex"><span className="m cut grow">{person(spell.agent_id)}</span><span className="t">{duration(spell.talk_seconds)}</span></span>
              <span className="sm dim">{moment(spell.accepted_at ?? "")}{spell.wrap_seconds > 0 && ` · ${t("wrapped", { time: duration(spell.wrap_seconds) })}`}{spell.transferred && ` · ${t("handed_on")}`}</span></li>))}</ul></section>}
        </div>
      )}
    </aside>
  );
}

function useColumns(narrow: boolean): TableColumn<T.InsightInteraction>[] {
  const t = useT();
  const result = useResultText();
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  return [
    { id: "party", title: t("customer"), cell: (it) => <span className="flex"><ChannelIcon kind={it.channel} look="xs" /><span className="m cut" dir="auto" title={shown(it)}>{shown(it) || t("hidden")}</span></span> },
    { id: "started", title: t("started"), num: true, cell: (it) => moment(it.started_at ?? "") },
    { id: "agent", title: t("agent"), cell: (it) => <span className="cut">{people[it.agent_id]?.name || "–"}</span> },
    ...(narrow ? [] : [{ id: "queue", title: t("queue"), cell: (it: T.InsightInteraction) => <span className="cut">{queues[it.queue_id]?.name || "–"}</span> }]),
    { id: "result", title: t("result"), cell: (it) => <span className="flex">{it.direction !== "DIRECTION_INBOUND" && <span className="dim" title={t(it.direction === "DIRECTION_OUTBOUND" ? "DIRECTION_OUTBOUND" : "DIRECTION_INTERNAL")}><Icon name={it.direction === "DIRECTION_OUTBOUND" ? "phone-out" : "users"} size="s" /></span>}<span className={it.result === "abandoned" ? "cut in-lost" : "cut"}>{result(it.result)}</span>{it.outcome === "sale" && <Chip kind="ok">{t("outcome_sale")}</Chip>}{it.recording_id && <Icon name="record" size="s" className="dim" />}</span> },
    { id: "wait", title: t("wait"), num: true, cell: (it) => (it.visits.length ? duration(it.wait_seconds) : "–") },
    { id: "duration", title: t("duration"), num: true, cell: (it) => (it.ended_at ? duration(it.duration_seconds) : t("r_live")) },
    ...(narrow ? [] : [{ id: "tags", title: t("tag"), wide: true, cell: (it: T.InsightInteraction) => <span className="flex">{it.tags.slice(0, 3).map((tag) => <Chip key={tag}>{tag}</Chip>)}</span> }]),
  ];
}

export default function HistoryPage() {
  const t = useT();
  const say = useProblemText();
  const place = usePlace();
  const question = questionOf(place);
  const list = useHistory(question);
  const open = place.get("open");
  const exports = useDesk(can("calls.read"));
  const columns = useColumns(open !== "");
  const figure = FIGURES.find((one) => one === question.behind);
  const clear = () => place.set(Object.fromEntries([...new URLSearchParams(place.text).keys()].map((name) => [name, ""])));
  return (
    <>
      <PageHead title={t("history")}>
        <span className="in-find"><TextField label="" aria-label={t("search")} placeholder={t("search")} value={place.get("q")} onChange={(q) => place.set({ q })} maxLength={100} after={<Icon name="search" size="s" />} /></span>
        <span className="end flex"><IconButton icon="refresh" label={t("refresh")} onPress={list.reload} />{exports && <Files url={(format) => insight.interactionsUrl({ ...question, format, language: language() })} />}</span>
      </PageHead>
      {figure && <Banner kind="info" icon="filter" action={<Button size="sm" onPress={() => place.set({ behind: "", since: "", until: "" })}>{t("show_all")}</Button>}>{t("behind", { figure: t(figure) })}{question.since && place.get("since") && ` ${moment(question.since)} – ${moment(question.until ?? "")}`}</Banner>}
      <div className={open ? "in-history with-side" : "in-history"}>
        <section className="in-list" aria-label={t("history")}>
          <Filters place={place}>
            <NumberField label={t("least")} unit={t("s")} minValue={0} maxValue={86_400} value={Number(place.get("least")) || 0} onChange={(value) => place.set({ least: value > 0 ? String(value) : "" })} />
            <NumberField label={t("most")} unit={t("s")} minValue={0} maxValue={86_400} value={Number(place.get("most")) || 0} onChange={(value) => place.set({ most: value > 0 ? String(value) : "" })} />
          </Filters>
          {list.problem ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={list.reload}>{t("try_again")}</Button>}>{say(list.problem)}</Empty>
            : <Table label={t("history")} columns={columns} rows={list.rows} rowId={(it) => it.id} onRow={(it) => place.set({ open: it.id })} {...(open ? { current: open } : {})}
                empty={<Empty icon="search" title={t("nothing_title")} actions={<Button onPress={clear}>{t("clear")}</Button>}>{t("nothing_text")}</Empty>} />}
          {list.more && <div className="in-more"><Button onPress={list.more}>{t("more")}</Button></div>}
        </section>
        {open && <Details key={open} id={open} onClose={() => place.set({ open: "" })} />}
      </div>
    </>
  );
}
