/** What "/" and "@" offer while a person writes: a list over the field; the field keeps the focus and says which is active. */
import { useEffect, useId, useMemo, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import type * as T from "../../../api/types.gen";
import { useDesk } from "../../../rt/store";
import { Avatar } from "../../../ui/Avatar";
import { useMyId } from "../data";
import { atSignAt, fill, putIn, search, slashAt, valuesOf, type Typed } from "../model/canned";
import { useCanned } from "./shelf";
import { useT } from "./texts";

interface Offer { id: string; words: string; name: string; hint: string; person?: T.Person }

export interface Suggestions {
  /** Handles arrows, Enter, Tab and Esc while the list is open; true: the key was taken. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  onCaret: (text: string, caret: number) => void;
  field: { "aria-autocomplete"?: "list"; "aria-controls"?: string; "aria-activedescendant"?: string; "aria-expanded"?: boolean; role?: "combobox" };
  list: ReactNode;
  /** Opens the list as if "/" (in a note "@") had been typed. */
  open: () => void;
}

const MOST = 8;

export function useSuggestions({ conversation, note, text, area, onPick }: { conversation: T.Conversation; note: boolean; text: string; area: RefObject<HTMLTextAreaElement | null>; onPick: (text: string) => void }): Suggestions {
  const t = useT();
  const me = useMyId();
  const listId = useId();
  const { people, mine } = useDesk((state) => ({ people: state.people, mine: state.people[me]?.name ?? "" }));
  const [typed, setTyped] = useState<Typed>();
  const [hidden, setHidden] = useState("");
  const [active, setActive] = useState(0);
  const canned = useCanned();
  const offers = useMemo<Offer[]>(() => {
    if (!typed) return [];
    if (note) {
      const wanted = typed.query.toLocaleLowerCase();
      return Object.values(people).filter((one) => !one.disabled && one.id !== me && one.name.toLocaleLowerCase().split(/\s+/).some((word) => word.startsWith(wanted)))
        .sort((a, b) => a.name.localeCompare(b.name)).slice(0, MOST).map((person) => ({ id: person.id, words: `@${person.name} `, name: person.name, hint: "", person }));
    }
    const values = valuesOf(conversation, mine);
    return search(canned.data ?? [], typed.query).slice(0, MOST).map((one) => ({ id: one.id, words: fill(one.text, values), name: one.name, hint: one.shortcut ? `/${one.shortcut}` : "" }));
  }, [typed, note, people, me, conversation, mine, canned.data]);
  const isOpen = typed !== undefined && `${typed.from}` !== hidden;
  useEffect(() => setActive(0), [typed?.query, note]);
  useEffect(() => setTyped(undefined), [note]);
  useEffect(() => {
    if (isOpen) document.getElementById(`${listId}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [isOpen, active, listId]);

  const onCaret = (value: string, caret: number) => {
    const next = (note ? atSignAt : slashAt)(value, caret);
    setTyped(next);
    if (!next) setHidden("");
  };
  const pick = (offer: Offer) => {
    if (!typed) return;
    const next = putIn(text, typed, offer.words);
    setTyped(undefined);
    onPick(next.text);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!isOpen || !typed || event.altKey || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = offers[active];
    if (event.key === "Escape") setHidden(`${typed.from}`);
    else if (step && offers.length) setActive((active + step + offers.length) % offers.length);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen && !event.shiftKey) pick(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const open = () => {
    const element = area.current;
    if (!element) return;
    element.focus();
    const at = element.selectionStart;
    const sign = note ? "@" : "/";
    const before = at > 0 && !/\s/.test(text[at - 1] ?? "") ? ` ${sign}` : sign;
    onPick(text.slice(0, at) + before + text.slice(at));
    setHidden("");
    setTyped({ query: "", from: at + before.length - 1, to: at + before.length });
    requestAnimationFrame(() => element.setSelectionRange(at + before.length, at + before.length));
  };
  const list = isOpen && (
    <div className="suggest" role="listbox" id={listId} aria-label={t(note ? "colleagues" : "canned")}>
      {offers.map((offer, index) => (
        <div key={offer.id} id={`${listId}-${index}`} role="option" aria-selected={index === active} className="suggestion" onMouseDown={(event) => { event.preventDefault(); pick(offer); }} onMouseMove={() => setActive(index)}>
          {offer.person && <Avatar name={offer.name} size="s" />}
          <span className="m nw">{offer.name}</span>{!note && <span className="mid cut grow" dir="auto">{offer.words}</span>}{offer.hint && <span className="dim sm nw end">{offer.hint}</span>}
        </div>
      ))}
      {offers.length === 0 && <div className="suggestion dim" role="option" aria-selected={false} aria-disabled="true">{t(note ? "nobody_found" : canned.data?.length === 0 ? "no_canned" : "nothing_found")}</div>}
    </div>
  );
  const field: Suggestions["field"] = isOpen ? { "aria-autocomplete": "list", "aria-controls": listId, "aria-expanded": true, role: "combobox", ...(offers[active] ? { "aria-activedescendant": `${listId}-${active}` } : {}) } : {};
  return { onKeyDown, onCaret, field, list, open };
}
