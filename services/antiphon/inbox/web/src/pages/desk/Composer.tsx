/** Reply and note: drafts, files, presence, and what happens when somebody was faster. */
import { lazy, Suspense, useCallback, useEffect, useId, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { bench, conversations } from "../../api/api";
import type * as T from "../../api/types.gen";
import { Problem } from "../../api/problem";
import { upload } from "../../api/upload";
import { Icon } from "../../design/Icon";
import { number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { loadAreas } from "../../i18n/texts";
import { serverNow, useSecond } from "../../rt/clock";
import { presence } from "../../rt/selectors";
import { connection, store, useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { IconButton } from "../../ui/IconButton";
import { KeyCap } from "../../ui/KeyCap";
import { Menu, MenuItem } from "../../ui/Menu";
import { Progress } from "../../ui/Meter";
import { useMyId, usePersonName } from "./data";
import { composer } from "./layer";
import type { DraftSync } from "./draftSync";
import type { Seen } from "./Log";
import { Drafts } from "./model/drafts";
import { fileSize } from "./model/thread";
import { openLayer } from "./bench/layers";
import { Planned } from "./bench/Planned";
import { useSuggestions } from "./bench/Suggest";
import { useT as useBench } from "./bench/texts";
import { useWindowClosed, WindowLeft } from "./bench/Window";
import { mentionsIn } from "./model/canned";
import { dropSending, send, sendAnyway, useOutbox } from "./send";
import { useT } from "./texts";

const Templates = lazy(() => import("./bench/Templates"));
const Elsewhere = lazy(() => Promise.all([import("../../writing/Elsewhere"), loadAreas("writing")]).then(([module]) => module));

const MAX_TEXT = 4000;
const NEAR_MAX = 3500;
const MAX_FILES = 10;
const MAX_BYTES = 20 * 1024 * 1024;
const TYPING_MS = 4000;
const VIEWING_MS = 5000;
/** How long a sign of presence lasts, as the server keeps it. */
const PRESENCE_MS = 10_000;
const ENTER_KEY = "antiphon.enter";
const drafts = new Drafts(localStorage, serverNow);
const DEVICE = crypto.randomUUID();
drafts.sweep();

type Tab = "reply" | "note";
interface Upload { key: number; file: File; share: number; attachment?: T.Attachment; problem?: Problem; abort: AbortController }

/** Files under way and done; limits are told before a byte is sent. */
function useUploads() {
  const [list, setList] = useState<readonly Upload[]>([]);
  const count = useRef(0);
  const latest = useRef(list);
  useEffect(() => {
    latest.current = list;
  });
  useEffect(() => () => latest.current.forEach((one) => !one.attachment && one.abort.abort()), []);
  const put = (key: number, with_: Partial<Upload>) => setList((now) => now.map((one) => (one.key === key ? { ...one, ...with_ } : one)));
  const add = useCallback((files: readonly File[]) => {
    for (const file of files) {
      count.current += 1;
      const key = count.current;
      const abort = new AbortController();
      const refused = file.size > MAX_BYTES ? "TOO_LARGE" : file.size === 0 ? "EMPTY" : latest.current.length + files.indexOf(file) >= MAX_FILES ? "TOO_MANY_FILES" : "";
      setList((now) => [...now, { key, file, share: 0, abort, ...(refused ? { problem: new Problem(400, { reason: refused }) } : {}) }]);
      if (refused) continue;
      upload(file, (share) => put(key, { share }), abort.signal).then(
        ({ attachment }) => put(key, { share: 1, ...(attachment ? { attachment } : {}) }),
        (problem: unknown) => problem instanceof Problem && problem.reason !== "ABORTED" && put(key, { problem }),
      );
    }
  }, []);
  const remove = (key: number) => setList((now) => now.filter((one) => one.key !== key || (one.abort.abort(), false)));
  return { list, add, remove, clear: () => setList([]) };
}

function UploadLine({ one, onRemove }: { one: Upload; onRemove: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { value, unit, digits } = fileSize(one.file.size);
  const own = one.problem && { TOO_MANY_FILES: t("too_many_files", { count: MAX_FILES }), TOO_LARGE: t("too_large", { size: MAX_BYTES / 1024 / 1024 }), EMPTY: t("file_empty") }[one.problem.reason];
  return (
    <li className={one.problem ? "up bad" : "up"}>
      <Icon name={one.problem ? "stop" : "file"} size="s" /><span className="cut" title={one.file.name}>{one.file.name}</span>
      {one.problem ? <span className="sm" role="alert">{own ?? say(one.problem)}</span> : <span className="sm dim nw">{t(`size_${unit}`, { size: number(value, digits) })}</span>}
      {!one.problem && !one.attachment && <Progress label={t("uploading", { name: one.file.name })} share={one.share} />}
      <IconButton icon="x" size="sm" label={t("remove_file", { name: one.file.name })} onPress={onRemove} />
    </li>
  );
}

/** Who else looks or writes here; the customer too. */
function Presence({ id, customer }: { id: string; customer: string }) {
  const t = useT();
  const me = useMyId();
  const name = usePersonName();
  const list = useDesk(presence(id));
  useSecond();
  const now = serverNow();
  const lastIn = useDesk((state) => state.conversations[id]?.last_message);
  // Whose words have come does not type them any more.
  const spoke = lastIn?.direction === "DIRECTION_IN" ? Date.parse(lastIn.at ?? "") : 0;
  const live = list.filter((one) => one.until > now && one.person_id !== me && !(one.person_id === "customer" && one.until - PRESENCE_MS < spoke));
  const line = live.map((one) => t(one.doing === "typing" ? "is_typing" : "is_viewing", { name: one.person_id === "customer" ? customer || t("customer") : name(one.person_id) || t("a_colleague") }));
  return <span className="sm dim cut presence" role="status" title={line.join(", ")}>{line.join(", ")}</span>;
}

/** A 409: what came meanwhile, the kept text, and the two ways on. */
function Moved({ id, onRead }: { id: string; onRead: (text: string, note: boolean) => void }) {
  const t = useT();
  const name = usePersonName();
  const box = useOutbox();
  const one = box.find((entry) => entry.conversation === id && entry.phase === "moved");
  const came = useDesk((state) => state.messages[id])?.filter((message) => message.seq > (one?.expect ?? 0) && message.kind !== "MESSAGE_KIND_EVENT").at(-1);
  if (!one) return null;
  const who = came ? came.author_name || name(came.author) || t("customer") : t("a_colleague");
  return (
    <div className="moved" role="alert">
      <Icon name="users" />
      <div className="grow"><b className="m">{t("moved_title", { name: who })}</b>{came?.text && <p className="mid cut" dir="auto">«{came.text}»</p>}<p className="mid">{t("kept_text")}</p></div>
      <Button onPress={() => { onRead(one.text, one.kind === "MESSAGE_KIND_NOTE"); dropSending(one.client_id); }}>{t("read_first")}</Button>
      <Button onPress={() => sendAnyway(one.client_id)}>{t("send_anyway")}</Button>
    </div>
  );
}

const letters = (text: string) => [...text].length;

export function Composer({ conversation, seen, files, takeFiles }: { conversation: T.Conversation; seen: Seen; files: readonly File[]; takeFiles: () => void }) {
  const t = useT();
  const me = useMyId();
  const channelName = useChannelName();
  const { id } = conversation;
  const [draft, setDraft] = useState(() => drafts.load(me, id));
  const [enterSends, setEnterSends] = useState(() => localStorage.getItem(ENTER_KEY) === "1");
  const uploads = useUploads();
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const fieldId = useId();
  const { tab } = draft;
  const text = draft[tab];
  const b = useBench();
  const people = useDesk((state) => state.people);
  const noReader = conversation.unreachable && tab === "reply";
  const windowClosed = useWindowClosed(conversation) && tab === "reply";
  const change = (next: Partial<typeof draft>) => {
    const whole = { ...draft, ...next };
    setDraft(whole);
    drafts.save(me, id, whole);
    if (next.reply !== undefined || next.note !== undefined) sync.current?.typed();
  };

  // My other devices go on with it, and this one with theirs.
  const sync = useRef<DraftSync>(undefined);
  useEffect(() => {
    let gone = false;
    let unwatch: (() => void) | undefined;
    void import("./draftSync").then(({ DraftSync: Sync }) => {
      if (gone) return;
      const own = new Sync({
        load: () => bench.draft(id), save: (next) => bench.saveDraft(id, next), mine: () => drafts.load(me, id),
        writing: () => document.activeElement === field.current && Boolean(field.current?.value),
        take: (next) => { drafts.save(me, id, next, next.at); setDraft(next); },
        after: (ms, action) => { const timer = setTimeout(action, ms); return () => clearTimeout(timer); },
      }, DEVICE);
      sync.current = own;
      void own.look();
      unwatch = store.onEvent((event) => { if (event.type === "draft" && (event.body as { conversation_id?: string }).conversation_id === id) void own.look(); });
    });
    return () => {
      gone = true;
      unwatch?.();
      sync.current?.stop();
      sync.current = undefined;
    };
  }, [me, id]);

  // Another tab of this browser goes on with the same draft.
  useEffect(() => {
    const onStorage = (event: StorageEvent) => {
      const told = drafts.told(me, id, event.key);
      if (told && event.storageArea === localStorage && document.activeElement !== field.current) setDraft(told);
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [me, id]);
  useEffect(() => {
    if (!files.length) return;
    uploads.add(files);
    takeFiles();
  }, [files, takeFiles, uploads]);
  useEffect(() => {
    composer.empty = draft.reply.trim() === "" && draft.note.trim() === "" && uploads.list.length === 0;
    return () => {
      composer.empty = true;
    };
  }, [draft, uploads.list.length]);
  useEffect(() => () => void (composer.focused = false), []);
  useEffect(() => {
    if (composer.wanted !== id) return;
    composer.wanted = "";
    field.current?.focus();
  }, [id]);
  // Browsers without field-sizing grow the field by hand.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  // Colleagues see that I look; the customer and they see that I type.
  const typedAt = useRef(0);
  useEffect(() => {
    const tell = () => document.visibilityState === "visible" && connection.presence(id, Date.now() - typedAt.current < TYPING_MS ? "typing" : "viewing");
    tell();
    const timer = setInterval(tell, VIEWING_MS);
    return () => {
      clearInterval(timer);
      connection.presence(id, "gone");
    };
  }, [id]);
  const onType = (value: string) => {
    change({ [tab]: value });
    if (Date.now() - typedAt.current < TYPING_MS || value === "") return;
    typedAt.current = Date.now();
    connection.presence(id, "typing");
    if (tab === "reply") void conversations.typing(id).catch(() => undefined);
  };

  const suggest = useSuggestions({
    conversation, note: tab === "note", text, area: field,
    onPick: (next) => onType(next),
  });
  const length = letters(text);
  const ready = uploads.list.flatMap((one) => one.attachment ?? []);
  const underWay = uploads.list.some((one) => !one.attachment && !one.problem);
  const broken = uploads.list.some((one) => one.problem);
  const hasWords = text.trim() !== "" || ready.length > 0;
  const whyNot = length > MAX_TEXT ? t("too_long", { over: length - MAX_TEXT }) : underWay ? t("files_under_way") : broken ? t("files_broken") : "";
  const go = () => {
    if (!hasWords || whyNot) {
      field.current?.focus();
      return;
    }
    const mentions = tab === "note" ? mentionsIn(text, Object.values(people).filter((one) => !one.disabled && one.id !== me)) : [];
    send({ conversation: id, kind: tab === "note" ? "MESSAGE_KIND_NOTE" : "MESSAGE_KIND_TEXT", mentions, text: text.trim() ? text : "", attachments: ready, expect: tab === "note" ? undefined : seen.current || undefined });
    change({ [tab]: "", tab: "reply" });
    uploads.clear();
    typedAt.current = 0;
    field.current?.focus();
  };
  const choose = (next: Tab) => {
    change({ tab: next });
    field.current?.focus();
  };
  useKey({ code: "Enter", ctrl: true, cap: "" }, t(tab === "note" ? "save_note" : "send"), go);
  useKey({ id: "note", code: "KeyN", alt: true, cap: "" }, t("note"), () => choose(tab === "note" ? "reply" : "note"));
  useKey({ id: "canned", code: "KeyQ", alt: true, cap: "" }, b("canned"), windowClosed || noReader ? undefined : suggest.open);
  const later = () => {
    if (underWay || broken) field.current?.focus();
    else openLayer({ is: "plan", ids: [id], text, files: ready, done: () => { change({ reply: "" }); uploads.clear(); } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (suggest.onKeyDown(event)) return;
    if (event.key !== "Enter" || !enterSends || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    go();
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    if (!pasted.length) return;
    event.preventDefault();
    uploads.add(pasted);
  };
  const setEnter = (on: boolean) => {
    setEnterSends(on);
    localStorage.setItem(ENTER_KEY, on ? "1" : "0");
  };
  const tabs: readonly Tab[] = ["reply", "note"];
  const name = conversation.contact_name || t("customer");

  return (
    <div className={`cmp ${tab}`}>
      <Moved id={id} onRead={(kept, note) => change(note ? { tab: "note", note: kept + draft.note } : { tab: "reply", reply: kept + (draft.reply ? `\n${draft.reply}` : "") })} />
      <div className="cmp-head">
        <div className="tabs" role="tablist" aria-label={t("what_we_write")} onKeyDown={(event) => (event.key === "ArrowRight" || event.key === "ArrowLeft") && choose(tab === "note" ? "reply" : "note")}>
          {tabs.map((one) => (
            <button key={one} type="button" role="tab" aria-selected={tab === one} aria-controls={fieldId} tabIndex={tab === one ? 0 : -1} onClick={() => choose(one)}>
              {t(one)}{one !== tab && draft[one].trim() !== "" && <span className="has-draft" title={t("draft_there")} />} {one === "note" && <KeyCap keys="Alt N" />}
            </button>
          ))}
        </div>
        <span className="sm dim end cut cmp-where">{tab === "note" ? t("note_only") : <><ChannelIcon kind={conversation.channel} look="bare" label={false} /> {channelName(conversation.channel)}</>}</span>
        {tab === "reply" && <WindowLeft conversation={conversation} />}
      </div>
      <Planned conversation={conversation} />
      {suggest.list}
      {noReader ? <Suspense fallback={null}><Elsewhere id={fieldId} conversation={conversation} /></Suspense> : windowClosed ? <Suspense fallback={null}><Templates id={fieldId} conversation={conversation} /></Suspense> : <>
      <textarea ref={field} id={fieldId} rows={2} dir="auto" value={text} spellCheck aria-label={tab === "note" ? t("note_label") : t("reply_label", { name })} placeholder={tab === "note" ? t("note_label") : t("reply_hint")}
        {...suggest.field} onSelect={(event) => suggest.onCaret(event.currentTarget.value, event.currentTarget.selectionStart)} onChange={(event) => { onType(event.target.value); suggest.onCaret(event.target.value, event.target.selectionStart); }} onKeyDown={onKeyDown} onPaste={onPaste} onFocus={() => void (composer.focused = true)} onBlur={() => { composer.focused = false; void sync.current?.look(); }} />
      {uploads.list.length > 0 && <ul className="ups" aria-label={t("attachments")}>{uploads.list.map((one) => <UploadLine key={one.key} one={one} onRemove={() => uploads.remove(one.key)} />)}</ul>}
      <div className="foot">
        <input ref={picker} type="file" multiple hidden onChange={(event) => { uploads.add([...(event.target.files ?? [])]); event.target.value = ""; }} />
        <IconButton icon="clip" label={t("attach")} onPress={() => picker.current?.click()} />
        <IconButton icon={tab === "note" ? "users" : "bolt"} label={b(tab === "note" ? "colleagues" : "canned_key")} onPress={suggest.open} />
        <Menu label={t("sending_keys")} trigger={<IconButton icon="keyboard" label={t("sending_keys")} />}>
          <MenuItem text={t("ctrl_enter_sends")} selected={!enterSends} onAction={() => setEnter(false)} />
          <MenuItem text={t("enter_sends")} selected={enterSends} onAction={() => setEnter(true)} />
          {text.trim() !== "" && tab === "reply" && <MenuItem icon="copy" text={b("keep_title")} onAction={() => openLayer({ is: "keep", ids: [id], text })} />}
        </Menu>
        <Presence id={id} customer={conversation.contact_name} />
        {length > NEAR_MAX && <span className={`sm nw t ${length > MAX_TEXT ? "crit" : ""}`}>{t("letters", { length: number(length), most: number(MAX_TEXT) })}</span>}
        {whyNot && <span className="sm why-not">{whyNot}</span>}
        {tab === "reply" && <IconButton icon="clock" label={b("plan")} className="end" onPress={later} />}
        <Button kind="primary" icon={tab === "note" ? "note" : "send"} className={tab === "note" ? "end" : ""} isDisabled={!hasWords || Boolean(whyNot)} onPress={go}>{t(tab === "note" ? "save_note" : "send")} <span className="hide-small"><KeyCap keys={enterSends ? "Enter" : "Ctrl Enter"} /></span></Button>
      </div>
      </>}
    </div>
  );
}
