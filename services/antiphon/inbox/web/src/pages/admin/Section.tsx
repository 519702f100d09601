import { createContext, useContext, useDeferredValue, useEffect, useRef, useState, type ReactNode } from "react";
import type { Loaded } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { useTitle } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { differences } from "./diff";
import type { Editor } from "./editor";
import { goTo, leave } from "./guard";
import { useT, type AdminText } from "./texts";

export const NEW = "new";
export const addressOf = (section: string, id = ""): string => `/admin/${section}${id ? `/${encodeURIComponent(id)}` : ""}`;

/** undefined when the right is there; else who can give it. */
export function useWhyNot(right: string): string | undefined {
  const t = useT();
  const { may, who } = useDesk((state) => ({
    may: can(right)(state),
    who: Object.values(state.people).find((one) => one.roles.includes("ROLE_OWNER") && !one.disabled)?.name ?? Object.values(state.people).find((one) => one.roles.includes("ROLE_ADMIN") && !one.disabled)?.name ?? "",
  }));
  const name = t(`right_${right.replace(".", "_")}` as AdminText);
  return may ? undefined : t("no_right", { right: name, who: who || "–", known: who ? "yes" : "no" });
}

export interface SectionProps<R> {
  section: string;
  title: string;
  icon: IconName;
  right: string;
  loaded: Loaded<readonly R[]>;
  rowId: (row: R) => string;
  /** Everything the search looks into. */
  words: (row: R) => string;
  columns: (narrow: boolean) => readonly TableColumn<R>[];
  add?: string;
  empty: { title: string; text: string; more?: ReactNode };
  /** The opened record; NEW for a new one. */
  open: string | undefined;
  form: (id: string, row: R | undefined) => ReactNode;
  /** The form takes the whole place instead of the side. */
  whole?: boolean;
  filters?: ReactNode;
}

/** A list with search and an empty state, and beside it the form of the chosen record. */
export function Section<R extends object>({ section, title, icon, right, loaded, rowId, words, columns, add, empty, open, form, whole, filters }: SectionProps<R>) {
  const t = useT();
  const say = useProblemText();
  const whyNot = useWhyNot(right);
  const [query, setQuery] = useState("");
  const wanted = useDeferredValue(query).trim().toLocaleLowerCase();
  const rows = loaded.data?.filter((row) => words(row).toLocaleLowerCase().includes(wanted));
  const chosen = open === NEW ? undefined : loaded.data?.find((row) => rowId(row) === open);
  const adding = () => goTo(addressOf(section, NEW));
  useTitle(title);
  useKey({ code: "KeyN", alt: true }, add ?? title, add && !whyNot ? adding : undefined);
  const shown = open !== undefined && (open === NEW || chosen !== undefined) ? form(open, chosen) : open !== undefined && loaded.data ? <Gone section={section} look={loaded.reload} /> : undefined;
  const addButton = add && <Button kind="primary" icon="plus" {...(whyNot ? { isDisabled: true } : {})} onPress={adding}>{add}</Button>;
  const list = (
    <section className="work-list" aria-label={title}>
      <header className="head"><h1>{title}</h1>{loaded.data && <span className="n">{loaded.data.length}</span>}<span className="end flex">{filters}{loaded.data?.length !== 0 && addButton}</span></header>
      {whyNot && <p className="why-note"><Icon name="lock" size="s" /><span>{whyNot}</span></p>}
      {loaded.data?.length === 0
        ? <Empty icon={icon} title={empty.title} actions={<>{addButton}{empty.more}</>}>{empty.text}</Empty>
        : <>
            <div className="find"><TextField aria-label={t("search_in", { where: title })} label="" placeholder={t("search")} value={query} onChange={setQuery} after={<Icon name="search" size="s" />} /></div>
            {loaded.problem && !loaded.data
              ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={loaded.reload}>{t("try_again")}</Button>}>{say(loaded.problem)}</Empty>
              : <Table label={title} rows={rows} rowId={rowId} columns={columns(shown !== undefined)} onRow={(row) => goTo(addressOf(section, rowId(row)))} {...(open ? { current: open } : {})}
                  empty={<Empty icon="search" title={t("nothing_for", { query })} actions={<Button onPress={() => setQuery("")}>{t("clear_search")}</Button>} />} />}
          </>}
    </section>
  );
  if (whole && shown) return <div className="work whole">{shown}</div>;
  return <div className={shown ? "work with-side" : "work"}>{list}{shown}</div>;
}

/** A record that was just made may not be in the list yet: looks once more before it says so. */
function Gone({ section, look }: { section: string; look: () => void }) {
  const t = useT();
  const [sure, setSure] = useState(false);
  useEffect(() => {
    look();
    const timer = setTimeout(() => setSure(true), 1000);
    return () => clearTimeout(timer);
  }, [look]);
  if (!sure) return <aside className="fpanel" aria-busy="true" />;
  return <aside className="fpanel"><Empty icon="search" title={t("gone_title")} actions={<Button onPress={() => goTo(addressOf(section))}>{t("to_list")}</Button>}>{t("gone_text")}</Empty></aside>;
}

export interface FormProps<R> {
  section: string;
  title: string;
  icon: IconName;
  right: string;
  editor: Editor<R>;
  isNew: boolean;
  /** Words of the fields for "somebody changed it". */
  labels: Partial<Record<keyof R & string, string>>;
  show?: (field: keyof R & string, value: unknown) => string | undefined;
  remove?: { question: string; loss: ReactNode; verb: string; run: () => Promise<unknown>; done: string };
  /** Between the head and the fields, also when the form is read-only. */
  top?: ReactNode;
  /** After the fields: what takes effect at once. */
  below?: ReactNode;
  wide?: boolean;
  /** A section of one record: nothing to close. */
  fixed?: boolean;
  children: ReactNode;
}

/** The frame of every form: reason when read-only, what somebody changed, fields, one bar with Save. */
export function Form<R extends object>({ section, title, icon, right, editor, isNew, labels, show, remove, top, below, wide, fixed, children }: FormProps<R>) {
  const t = useT();
  const say = useProblemText();
  const whyNot = useWhyNot(right);
  const [asking, setAsking] = useState(false);
  const [failed, setFailed] = useState("");
  const panel = useRef<HTMLElement>(null);
  const close = () => goTo(addressOf(section));
  useKey({ code: "Escape" }, t("close_form"), fixed || asking ? undefined : close);
  useKey({ code: "KeyS", ctrl: true }, t("save"), whyNot || !editor.dirty ? undefined : () => void editor.submit());
  useEffect(() => {
    // A new record is for typing; an opened one leaves the focus in the list, so that arrows go on.
    if (isNew) panel.current?.querySelector<HTMLElement>("input:not([type=hidden]), textarea")?.focus();
  }, [isNew]);
  const problem = editor.problem;
  const field = problem?.facts["field"];
  const atField = field !== undefined && (["INVALID", "TAKEN", "PRIVATE_HOST"].includes(problem?.reason ?? "")) && Object.keys(editor.value).some((one) => field === one || field.startsWith(`${one}.`) || field.endsWith(`.${one}`));
  return (
    <section className={wide ? "fpanel wide-form" : "fpanel"} aria-label={title} ref={panel}>
      <header><Icon name={icon} />{wide ? <h1 className="cut grow" title={title}>{title}</h1> : <h2 className="cut grow" title={title}>{title}</h2>}
        {!isNew && remove && !whyNot && <Button kind="plain" onPress={() => setAsking(true)}>{remove.verb}</Button>}
        {!fixed && <IconButton icon="x" label={t("close_form")} onPress={close} />}
      </header>
      <div className="scroll grow" {...(whyNot ? { tabIndex: 0, role: "region", "aria-label": t("fields_of", { name: title }) } : {})}>
        {whyNot && <p className="why-note"><Icon name="lock" size="s" /><span>{whyNot}</span></p>}
        {editor.restored && editor.dirty && <p className="why-note"><Icon name="undo" size="s" /><span>{t("draft_back")}</span></p>}
        {editor.theirs && <Theirs editor={editor} labels={labels} {...(show ? { show } : {})} />}
        {problem && !(atField && problem.reason !== "STALE") && <div className="problem" role="alert"><Icon name="stop" size="s" /><span>{problem.reason === "TAKEN" ? t("bad_taken") : problem.reason === "INVALID" && problem.detail ? problem.detail : say(problem)}</span></div>}
        {top}
        <form className="fields" noValidate onSubmit={(event) => { event.preventDefault(); if (!whyNot) void editor.submit(); }}>
          <fieldset disabled={whyNot !== undefined} className={whyNot ? "ro" : ""}><legend className="sr">{title}</legend><Level.Provider value={wide ? "h2" : "h3"}>{children}</Level.Provider></fieldset>
        </form>
        {below}
      </div>
      {!whyNot && (
        <footer>
          <Button kind="primary" isPending={editor.pending} isDisabled={!editor.dirty && !isNew} onPress={() => void editor.submit()}>{t(isNew ? "create" : "save")}</Button>
          <Button isDisabled={!editor.dirty} onPress={editor.discard}>{t("discard")}</Button>
          <span className="sm dim end">{t(editor.dirty ? "unsaved" : isNew ? "fill_in" : "no_changes")}</span>
        </footer>
      )}
      {remove && (
        <Confirm title={remove.question} verb={remove.verb} isOpen={asking} onClose={() => { setAsking(false); setFailed(""); }}
          loss={<>{remove.loss}{failed && <span className="problem" role="alert"><Icon name="stop" size="s" /><span>{failed}</span></span>}</>}
          onConfirm={async () => {
            try {
              await remove.run();
            } catch (error) {
              setFailed(say(error as never));
              throw error;
            }
            editor.discard();
            toast(remove.done);
            leave(close);
          }} />
      )}
    </section>
  );
}

const plain = (value: unknown): string | undefined => (typeof value === "string" || typeof value === "number" ? String(value) || "–" : undefined);

/** Somebody was faster: what they changed, what stands here, and two ways on. */
function Theirs<R extends object>({ editor, labels, show }: { editor: Editor<R>; labels: Partial<Record<string, string>>; show?: (field: keyof R & string, value: unknown) => string | undefined }) {
  const t = useT();
  const theirs = editor.theirs as R;
  const found = differences(editor.base, theirs, editor.value).filter(({ field }) => labels[field]);
  const words = (record: R, field: string) => {
    const value = (record as Record<string, unknown>)[field];
    return show?.(field as keyof R & string, value) ?? plain(value) ?? (typeof value === "boolean" ? t(value ? "yes" : "no") : t("entries", { count: Array.isArray(value) ? value.length : Object.keys(value ?? {}).length }));
  };
  return (
    <div className="theirs" role="alert">
      <div className="flex"><Icon name="users" /><b className="m">{t("stale_title")}</b></div>
      <p>{found.length ? t("stale_text") : t("stale_same")}</p>
      {found.length > 0 && (
        <table className="tbl tight"><thead><tr><th>{t("field")}</th><th>{t("theirs")}</th><th>{t("yours")}</th></tr></thead>
          <tbody>{found.map(({ field, clash }) => <tr key={field}><th scope="row">{labels[field]}</th><td>{words(theirs, field)}</td><td>{clash ? words(editor.value, field) : <span className="dim">{t("untouched")}</span>}</td></tr>)}</tbody></table>
      )}
      <div className="flex"><Button onPress={editor.takeTheirs}>{t("take_theirs")}</Button><Button isPending={editor.pending} onPress={editor.keepMine}>{t("keep_yours")}</Button></div>
    </div>
  );
}

/** Headings of the parts follow the one of the form: h1 of a page, h2 of a panel. */
const Level = createContext<"h2" | "h3">("h3");

/** A part of a form with its own heading. */
export function Part({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  const Heading = useContext(Level);
  return <div className="part" role="group" aria-label={title}><Heading>{title}</Heading>{hint !== undefined && <p className="hint">{hint}</p>}{children}</div>;
}
