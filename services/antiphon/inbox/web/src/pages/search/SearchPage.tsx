/** Everything that was said, by its words: filters, highlighted excerpts, the best or the newest first. */
import { useEffect, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { crm, search } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { Icon } from "../../design/Icon";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { personName } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { CHANNEL_KINDS, ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Disclosure } from "../../ui/Disclosure";
import { Empty } from "../../ui/Empty";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { useT } from "./texts";
import "./search.css";

const ANY = "-";
const FILTERS = ["channel", "agent", "queue", "tag", "since", "until"] as const;
type Filter = (typeof FILTERS)[number];
type Asked = Record<Filter | "q", string> & { order: "best" | "newest" };

/** The address is the question, so that it can be kept, sent and gone back to. */
function useAsked(): [Asked, (change: Partial<Asked>) => void] {
  const params = new URLSearchParams(useSearch());
  const [, go] = useLocation();
  const asked: Asked = { q: params.get("q") ?? "", order: params.get("order") === "newest" ? "newest" : "best", channel: "", agent: "", queue: "", tag: "", since: "", until: "" };
  for (const name of FILTERS) asked[name] = params.get(name) ?? "";
  return [asked, (change) => {
    const next = { ...asked, ...change };
    const kept = Object.entries(next).filter(([key, value]) => value && !(key === "order" && value === "best"));
    go(`/search?${new URLSearchParams(kept)}`, { replace: true });
  }];
}

const dayStart = (date: string, plus = 0): string | undefined => {
  const at = new Date(`${date}T00:00:00`);
  if (Number.isNaN(at.getTime())) return undefined;
  at.setDate(at.getDate() + plus);
  return at.toISOString();
};

function requestOf(asked: Asked, after: string): T.SearchMessagesRequest {
  const since = dayStart(asked.since), until = dayStart(asked.until, 1);
  return {
    query: asked.q, order: asked.order === "newest" ? "SEARCH_ORDER_NEWEST" : "SEARCH_ORDER_RELEVANCE", limit: 20, ...(after ? { after } : {}),
    ...(asked.channel ? { channel: asked.channel } : {}), ...(asked.agent ? { agent_id: asked.agent } : {}), ...(asked.queue ? { queue_id: asked.queue } : {}),
    ...(asked.tag ? { tag: asked.tag } : {}), ...(since ? { since } : {}), ...(until ? { until } : {}),
  };
}

function useFound(asked: Asked) {
  const key = JSON.stringify(asked);
  const [state, setState] = useState<{ key: string; hits?: readonly T.Hit[]; next: string; cut: boolean; problem?: Problem }>({ key: "", next: "", cut: false });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!asked.q.trim()) return undefined;
    const stop = new AbortController();
    search.messages(requestOf(asked, ""), stop.signal).then(
      (answer) => setState({ key, hits: answer.hits, next: answer.next, cut: answer.cut }),
      (error: unknown) => !stop.signal.aborted && setState({ key, next: "", cut: false, problem: error instanceof Problem ? error : new Problem(500, {}) }),
    );
    return () => stop.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round]);
  const more = async () => {
    const answer = await search.messages(requestOf(asked, state.next));
    setState((old) => (old.key === key ? { ...old, hits: [...(old.hits ?? []), ...answer.hits], next: answer.next, cut: answer.cut } : old));
  };
  const current = state.key === key ? state : undefined;
  return { hits: current?.hits, problem: current?.problem, cut: current?.cut ?? false, more: current?.next ? () => void more().catch(() => undefined) : undefined, reload: () => setRound((old) => old + 1) };
}

/** Notes about customers and calls belong to no conversation, so only the words and the customer narrow them. */
function useNotes(query: string) {
  const [state, setState] = useState<{ query: string; hits: readonly T.NoteHit[] }>({ query: "", hits: [] });
  useEffect(() => {
    if (!query.trim()) return undefined;
    const stop = new AbortController();
    crm.searchNotes({ query, limit: 20 }, stop.signal).then((answer) => setState({ query, hits: answer.hits }), () => undefined);
    return () => stop.abort();
  }, [query]);
  return state.query === query ? state.hits : [];
}

function NoteRow({ hit }: { hit: T.NoteHit }) {
  const t = useT();
  const { note } = hit;
  const author = useDesk(personName(note?.author.replace(/^person:/, "") ?? ""));
  if (!note) return null;
  return (
    <li><Link className="se-hit" href={note.call_id ? `/inbox/${encodeURIComponent(`call:${note.call_id}`)}` : `/customers/${encodeURIComponent(note.contact_id)}`}>
      <Icon name={note.call_id ? "phone" : "note"} size="s" />
      <span className="sm mid cut"><span className="m" dir="auto">{hit.contact_name || t("customer")}</span> · {t(note.call_id ? "call_note" : "customer_note")}{author && ` · ${author}`}</span>
      <span className="sm dim nw">{note.at && moment(note.at)}</span>
      <span className="said" dir="auto">{hit.excerpt.map((piece, index) => (piece.hit ? <mark key={index}>{piece.text}</mark> : piece.text))}</span>
    </Link></li>
  );
}

function Filters({ asked, put }: { asked: Asked; put: (change: Partial<Asked>) => void }) {
  const t = useT();
  const channelName = useChannelName();
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  const list = (rows: readonly { id: string; name: string }[]) => [{ id: ANY, text: t("any") }, ...[...rows].sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }))];
  const kinds = CHANNEL_KINDS.filter((kind) => !["voice", "callback", "chat"].includes(kind));
  const select = (name: Filter, options: { id: string; text: string }[]) => <Select label={t(name as "channel")} options={options} value={asked[name] || ANY} onChange={(id) => put({ [name]: id === ANY ? "" : id })} />;
  return (
    <div className="se-filters">
      {select("channel", [{ id: ANY, text: t("any") }, ...kinds.map((id) => ({ id, text: channelName(id) }))])}
      {select("agent", list(Object.values(people)))}
      {select("queue", list(Object.values(queues)))}
      <TextField label={t("tag")} value={asked.tag} onChange={(tag) => put({ tag })} />
      <TextField label={t("since")} type="date" value={asked.since} onChange={(since) => put({ since })} />
      <TextField label={t("until")} type="date" value={asked.until} onChange={(until) => put({ until })} />
    </div>
  );
}

function HitRow({ hit }: { hit: T.Hit }) {
  const t = useT();
  const channelName = useChannelName();
  const { message, conversation } = hit;
  const author = useDesk(personName(message?.author.replace(/^person:/, "") ?? ""));
  if (!message || !conversation) return null;
  const who = message.direction === "DIRECTION_IN" ? conversation.contact_name || t("customer") : author || message.author_name || t("scheme");
  return (
    <li><Link className="se-hit" href={`/inbox/${encodeURIComponent(conversation.id)}`}>
      <ChannelIcon kind={conversation.channel} look="bare" />
      <span className="sm mid cut"><span className="m" dir="auto">{who}</span> · {t("in_conversation", { channel: channelName(conversation.channel), no: conversation.no })}{message.kind === "MESSAGE_KIND_NOTE" && ` · ${t("note")}`}</span>
      <span className="sm dim nw">{message.at && moment(message.at)}</span>
      <span className="said" dir="auto">{hit.excerpt.map((piece, index) => (piece.hit ? <mark key={index}>{piece.text}</mark> : piece.text))}</span>
    </Link></li>
  );
}

export default function SearchPage() {
  const t = useT();
  const say = useProblemText();
  const [asked, put] = useAsked();
  const [typed, setTyped] = useState(asked.q);
  useEffect(() => setTyped(asked.q), [asked.q]);
  const { hits, problem, cut, more, reload } = useFound(asked);
  const notes = useNotes(asked.q);
  const set = FILTERS.filter((name) => asked[name]).length;
  return (
    <>
      <PageHead title={t("title")}><span className="end"><Segmented label={t("order")} value={asked.order} onChange={(order) => put({ order })} options={[{ id: "best", text: t("best") }, { id: "newest", text: t("newest") }]} /></span></PageHead>
      <div className="scroll grow"><div className="page se-page">
        <form className="se-ask" role="search" onSubmit={(event) => { event.preventDefault(); put({ q: typed.trim() }); }}>
          <TextField label={t("what")} hint={t("what_hint")} value={typed} onChange={setTyped} maxLength={200} autoFocus />
          <Button type="submit" kind="primary" icon="search">{t("find")}</Button>
        </form>
        <Disclosure title={set ? `${t("filters")} · ${set}` : t("filters")} icon="filter"><Filters asked={asked} put={put} /></Disclosure>
        {!asked.q ? <Empty icon="search" title={t("begin")}>{t("begin_text")}</Empty>
          : problem ? <Empty icon="alert" title={t("failed")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty>
            : !hits ? <Skeleton rows={6} />
              : hits.length === 0 && notes.length > 0 ? null : hits.length === 0 ? <Empty icon="search" title={t("none")}>{t("none_text")}</Empty>
                : <><ul className="card se-hits" aria-label={t("results")}>{hits.map((hit) => <HitRow key={`${hit.message?.conversation_id ?? ""}:${hit.message?.seq ?? 0}`} hit={hit} />)}</ul>
                  {cut && !more && <Banner kind="info">{t("cut")}</Banner>}{more && <div className="flex"><Button onPress={more}>{t("more")}</Button></div>}</>}
        {asked.q && notes.length > 0 && <section className="col gap"><h2>{t("notes")}</h2><ul className="card se-hits" aria-label={t("notes")}>{notes.map((hit) => <NoteRow key={hit.note?.id ?? ""} hit={hit} />)}</ul></section>}
      </div></div>
    </>
  );
}
