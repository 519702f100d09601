/** Contacts by id, each asked for once. */
import { useEffect, useState } from "react";
import { directory } from "../../../api/api";
import type * as T from "../../../api/types.gen";

const known = new Map<string, Promise<T.Contact | undefined>>();
const MOST = 300;

function asked(id: string): Promise<T.Contact | undefined> {
  const found = known.get(id) ?? directory.contact(id).then((answer) => answer.contact, () => {
    known.delete(id);
    return undefined;
  });
  known.set(id, found);
  if (known.size > MOST) known.delete(known.keys().next().value ?? "");
  return found;
}

export function useContactCard(id: string): T.Contact | undefined {
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
