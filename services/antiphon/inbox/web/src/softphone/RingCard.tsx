/** Who calls, under the ringing bar: the card and what was before, so that the first words are the right ones. */
import { conversations, media } from "../api/api";
import type * as T from "../api/types.gen";
import { useLoad } from "../api/useCall";
import { byTime, day } from "../i18n/format";
import { Avatar } from "../ui/Avatar";
import { ChannelIcon } from "../ui/ChannelIcon";
import { Timer } from "../ui/Timer";
import { WhyMeKey } from "../why/WhyMe";
import type { Party } from "./people";
import { useT } from "./texts";

const LINES = 3;
interface Line { key: string; kind: string; text: string; at: string }

/** The latest contacts over all channels, the newest first. */
async function history(contact: string, except: string): Promise<Line[]> {
  const [threads, calls] = await Promise.all([
    conversations.list({ contact_id: contact, limit: LINES }).then((answer) => answer.conversations, () => []),
    media.calls({ contact_id: contact, limit: LINES }).then((answer) => answer.calls, () => []),
  ]);
  return [
    ...threads.map((one) => ({ key: one.id, kind: one.channel, text: one.last_message?.text ?? "", at: one.active_at ?? "" })),
    ...calls.filter((one) => one.id !== except).map((one) => ({ key: one.id, kind: "voice", text: "", at: one.started_at ?? "" })),
  ].sort((a, b) => byTime(b.at, a.at)).slice(0, LINES);
}

export function RingCard({ party, call, offer, queue, note }: { party: Party; call: T.Call | undefined; offer: T.Offer | undefined; queue: string; note: string }) {
  const t = useT();
  const contact = call?.contact_id ?? "";
  const { data } = useLoad(async () => (contact ? history(contact, call?.id ?? "") : []), [contact]);
  return (
    <div className="sp-card pop">
      <div className="flex">
        <Avatar name={party.name} size="l" />
        <div className="grow"><div className="b cut" dir="auto" title={party.name}>{party.name}</div><div className="sm mid cut">{[party.contact?.company, party.number].filter(Boolean).join(" · ") || queue}</div></div>
        {offer?.expires_at && <Timer until={offer.expires_at} title={t("time_to_answer")} className="b" />}
      </div>
      {(queue || call?.started_at) && <div className="sm mid flex"><ChannelIcon kind="voice" look="bare" label={false} /><span className="cut grow">{queue}</span>{call?.started_at && <span className="nw">{t("waited")} <Timer since={call.started_at} title={t("waited")} /></span>}</div>}
      {offer && <WhyMeKey key={`${offer.item_id}:${offer.version}`} offer={offer} title={t("why_me")} />}
      {note && <p className="sm">{note}</p>}
      {party.contact?.notes && <p className="card-notes sm" dir="auto">{party.contact.notes}</p>}
      {call && !contact && <p className="sm mid">{t("new_number")}</p>}
      {data && contact && (
        <div className="sm sp-before"><h3>{t("before")}</h3>
          {data.length === 0 ? <span className="dim">{t("before_none")}</span> : <ul>{data.map((one) => <li key={one.key} className="flex"><ChannelIcon kind={one.kind} look="bare" /><span className="cut grow mid" dir="auto" title={one.text}>{one.text || t("one_call")}</span><span className="dim nw">{day(one.at)}</span></li>)}</ul>}
        </div>
      )}
    </div>
  );
}
