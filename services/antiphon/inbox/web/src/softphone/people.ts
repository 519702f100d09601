/** Who is on the other side, in words. */
import { useEffect, useState } from "react";
import { directory } from "../api/api";
import type * as T from "../api/types.gen";
import { phone as phoneText } from "../i18n/format";
import { myId } from "../rt/selectors";
import { useDesk } from "../rt/store";
import { otherNumber, otherPerson } from "./match";
import { useT } from "./texts";

const known = new Map<string, Promise<T.Contact | undefined>>();
const asked = (id: string): Promise<T.Contact | undefined> => {
  const found = known.get(id) ?? directory.contact(id).then((answer) => answer.contact, () => {
    known.delete(id);
    return undefined;
  });
  known.set(id, found);
  if (known.size > 200) known.delete(known.keys().next().value ?? "");
  return found;
};

/** The contact of a call, asked for once. */
export function useContact(id: string): T.Contact | undefined {
  const [contact, setContact] = useState<T.Contact>();
  useEffect(() => {
    let wanted = Boolean(id);
    if (id) void asked(id).then((found) => wanted && setContact(found));
    return () => {
      wanted = false;
    };
  }, [id]);
  return contact?.id === id ? contact : undefined;
}

export interface Party { name: string; number: string; contact: T.Contact | undefined; person: string }

/** Name and number of the other side: a contact, a colleague, else the number itself. */
export function useParty(call: T.Call | undefined, from = "", shownName = ""): Party {
  const t = useT();
  const contact = useContact(call?.contact_id ?? "");
  const { me, people } = useDesk((state) => ({ me: myId(state), people: state.people }));
  const inside = call && call.direction === "DIRECTION_INTERNAL" ? people[otherPerson(call, me)] : undefined;
  const raw = inside?.extension || (call ? otherNumber(call) : from);
  const number = /^anonymous$/i.test(raw) ? "" : phoneText(raw);
  const name = inside?.name || contact?.name || shownName || number || t("hidden");
  return { name, number: number === name ? "" : number, contact, person: inside?.id ?? "" };
}
