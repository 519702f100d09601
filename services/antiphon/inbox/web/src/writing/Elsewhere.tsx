/** Instead of a reply's field, where nobody would read it: the numbers to call and the channels to write in. */
import { directory } from "../api/api";
import type * as T from "../api/types.gen";
import { useLoad } from "../api/useCall";
import { Icon } from "../design/Icon";
import { CallNumber } from "../pages/desk/CallNumber";
import { useDesk } from "../rt/store";
import { useT } from "./texts";
import { addressesOf, waysTo } from "./ways";
import WriteFirst from "./WriteFirst";

export default function Elsewhere({ id, conversation }: { id: string; conversation: T.Conversation }) {
  const t = useT();
  const { data } = useLoad(() => directory.contact(conversation.contact_id), [conversation.contact_id]);
  const contact = data?.whole ?? data?.contact;
  const channels = useDesk((state) => state.channels);
  const phones = contact ? addressesOf(contact, "phone") : [];
  const nothing = contact && phones.length === 0 && waysTo(contact, Object.values(channels)).length === 0;
  return (
    <div id={id} className="elsewhere" role="group">
      <p className="mid flex"><Icon name="info" /> {t("nobody_reads")}</p>
      {contact && <div className="flex wrap">{phones.map((one) => <CallNumber key={one} number={one} />)}<WriteFirst contact={contact} /></div>}
      {nothing && <p className="sm warn t">{t("no_ways")}</p>}
    </div>
  );
}
