/** Customers: who they are, everything that happened with them over all channels, and which cards are one person. */
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import { crm, directory } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { store, useDesk } from "../../rt/store";
import { Pane, Panes, useTitle } from "../../shell/Panes";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { TextArea, TextField } from "../../ui/TextField";
import { CustomerCard } from "./CustomerCard";
import { Duplicates } from "./Duplicates";
import { useTimeline } from "./timeline";
import { TimelineList } from "./TimelineList";
import "./customers.css";
import { useT } from "./texts";

const PAGE = 50;
const Erasures = lazy(() => import("./Erasures"));
/** Whoever has just erased somebody comes here to see how far it is. */
const asksForErasures = () => new URLSearchParams(window.location.search).has("erasures");

/** Customers by name, found as it is typed. */
function useFound(query: string) {
  const [state, setState] = useState<{ query: string; rows?: readonly T.Contact[]; next: string; problem?: Problem }>({ query, next: "" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      directory.contacts({ query, limit: PAGE }, stop.signal).then(
        (answer) => setState({ query, rows: answer.contacts, next: answer.next }),
        (error: unknown) => !stop.signal.aborted && setState({ query, next: "", problem: error instanceof Problem ? error : new Problem(500, {}) }),
      );
    }, query ? 200 : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query, round]);
  const more = async () => {
    const answer = await directory.contacts({ query, limit: PAGE, after: state.next });
    setState((old) => ({ ...old, rows: [...(old.rows ?? []), ...answer.contacts], next: answer.next }));
  };
  return { ...state, more: state.next ? () => void more().catch(() => undefined) : undefined, reload: useCallback(() => setRound((old) => old + 1), []) };
}

function List({ open }: { open: string }) {
  const t = useT();
  const say = useProblemText();
  const [query, setQuery] = useState("");
  const [erasures, setErasures] = useState(asksForErasures);
  const mayErase = useDesk(can("contacts.erase"));
  const { rows, more, problem, reload } = useFound(query.trim());
  return (
    <>
      <div className="cu-find"><TextField label={t("find")} placeholder={t("find_hint")} value={query} onChange={setQuery} after={<Icon name="search" size="s" />} /><span className="flex wrap-line"><Link href="/customers" className="sm grow">{t("duplicates")}</Link>{mayErase && <Button kind="plain" size="sm" onPress={() => setErasures(true)}>{t("erasures")}</Button>}</span></div>
      {erasures && <Suspense fallback={null}><Erasures onClose={() => setErasures(false)} /></Suspense>}
      <div className="scroll grow">
        {problem ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty>
          : !rows ? <Skeleton rows={8} />
            : rows.length === 0 ? <Empty icon="search" title={t("nobody")}>{t(query ? "nobody_text" : "nobody_yet")}</Empty>
              : <ul className="cu-list" aria-label={t("title")}>{rows.map((one) => (
                <li key={one.id}><Link href={`/customers/${encodeURIComponent(one.id)}`} className="cu-row" aria-current={one.id === open ? "page" : undefined}>
                  <Avatar name={one.name || "?"} /><span className="grow"><span className="m cut" dir="auto">{one.name || phone(one.phones[0] ?? "") || t("no_name")}</span><span className="sm mid cut">{[one.company, one.phones[0] && phone(one.phones[0]), one.emails[0]].filter(Boolean).join(" · ")}</span></span>{one.blocked && <Icon name="lock" size="s" />}
                </Link></li>
              ))}</ul>}
        {more && <div className="tl-more"><Button onPress={more}>{t("more")}</Button></div>}
      </div>
    </>
  );
}

function NoteField({ contact, onSaved }: { contact: string; onSaved: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [text, setText] = useState("");
  const save = useAction(crm.saveNote);
  const run = async () => {
    if (!text.trim() || !(await save.run({ contact_id: contact, text: text.trim() }))) return;
    setText("");
    onSaved();
  };
  return (
    <form className="cu-note" onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <TextArea label={t("note")} rows={2} value={text} onChange={setText} {...(save.problem ? { error: say(save.problem) } : {})} onKeyDown={(event) => { if (event.key === "Enter" && event.ctrlKey) void run(); }} />
      <Button type="submit" icon="note" isPending={save.pending} isDisabled={!text.trim()}>{t("add_note")}</Button>
    </form>
  );
}

function useCustomer(id: string) {
  const loaded = useLoad(() => directory.contact(id), [id]);
  const { reload } = loaded;
  useEffect(() => store.onEvent((event) => {
    if (event.type.endsWith("ContactChanged")) reload();
  }), [reload]);
  return loaded;
}

function Customer({ id }: { id: string }) {
  const t = useT();
  const say = useProblemText();
  const [, go] = useLocation();
  const { data, problem, reload } = useCustomer(id);
  const mayWrite = useDesk(can("contacts.write"));
  const top = data?.contact?.id ?? id;
  const timeline = useTimeline(top, [top, ...(data?.members ?? []).map((one) => one.id)]);
  const [card, setCard] = useState(false);
  const whole = data?.whole;
  const name = whole?.name || phone(whole?.phones[0] ?? "") || t("no_name");
  useTitle(whole ? name : t("title"));
  if (problem && !data) return <Pane name="thread" label={t("timeline")}><Empty icon="search" title={t("gone")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty></Pane>;
  return (
    <>
      <Pane name="thread" label={t("timeline")}>
        <header className="thead"><span className="pane-back"><IconButton icon="left" label={t("back")} onPress={() => (card ? setCard(false) : go("/customers"))} /></span>
          <h2 className="cut grow" dir="auto" title={name}>{name}</h2>{whole?.blocked && <Chip kind="crit" title={whole.blocked_why}>{t("blocked")}</Chip>}{(data?.members.length ?? 0) > 0 && <Chip>{t("cards", { count: (data?.members.length ?? 0) + 1 })}</Chip>}
        </header>
        <TimelineList key={top} timeline={timeline} />
        {mayWrite && data && <NoteField contact={top} onSaved={timeline.reload} />}
      </Pane>
      <Pane name="side" label={t("card")}>{data ? <CustomerCard key={top} customer={data} onChanged={reload} /> : <Skeleton rows={4} />}</Pane>
    </>
  );
}

export default function CustomersPage() {
  const t = useT();
  const [, params] = useRoute("/customers/:id");
  const id = params?.id ? decodeURIComponent(params.id) : "";
  useTitle(t("title"));
  return (
    <>
      <h1 className="sr">{t("title")}</h1>
      <Panes show={id ? "thread" : "list"} two={!id}>
        <Pane name="list" label={t("find")}><List open={id} /></Pane>
        {id ? <Customer key={id} id={id} /> : <Pane name="thread" label={t("duplicates")}><Duplicates /></Pane>}
      </Panes>
    </>
  );
}
