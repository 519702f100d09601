/** The timeline on the screen: virtual, the newest above, older pages before the end is reached. */
import { useCallback, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { media } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { clock, duration, moment, phone, relativeDay, seconds } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { personName } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Player } from "../../player/Player";
import { RecordingPlayer } from "../../player/Recording";
import { otherNumber } from "../../softphone/match";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Empty } from "../../ui/Empty";
import { LongRows, useLongList } from "../../ui/LongList";
import { Skeleton } from "../../ui/Skeleton";
import type { Entry, Timeline } from "./timeline";
import { useT } from "./texts";

const NEAR_END = 600;

function Recording({ call }: { call: T.Call }) {
  const t = useT();
  const [wanted, setWanted] = useState(false);
  const { data, problem } = useLoad(async () => (wanted ? (await media.recordings({ call_id: call.id, limit: 1 })).recordings[0] : undefined), [wanted]);
  if (data) return <RecordingPlayer recording={data} name={phone(otherNumber(call))} />;
  if (problem) return <p className="sm dim">{t("recording_gone")}</p>;
  return <Button size="sm" icon="play" isPending={wanted} onPress={() => setWanted(true)}>{t("listen")}</Button>;
}

const ICONS = { call: "phone", voicemail: "voicemail", callback: "callback", note: "note" } as const satisfies Record<string, IconName>;

function Said({ message, conversation }: { message: T.Message; conversation: T.Conversation | undefined }) {
  const t = useT();
  const channelName = useChannelName();
  const author = useDesk(personName(message.author.replace(/^person:/, "")));
  const who = message.direction === "DIRECTION_IN" ? conversation?.contact_name || t("customer") : author || message.author_name || t("scheme");
  const files = message.attachments.map((file) => file.name).join(", ");
  const text = message.kind === "MESSAGE_KIND_EVENT" ? t("event", { event: message.event }) : message.deleted ? t("deleted") : message.text || files;
  return (
    <>
      <p className="sm mid flex"><span className="m cut" dir="auto">{who}</span>{conversation && <Link className="cut" href={`/inbox/${encodeURIComponent(conversation.id)}`}>{t("in_conversation", { channel: channelName(conversation.channel), no: conversation.no })}</Link>}</p>
      <p className="said" dir="auto">{text}</p>
      {message.text && files && <p className="sm dim cut" title={files}>{files}</p>}
    </>
  );
}

function Called({ call }: { call: T.Call }) {
  const t = useT();
  const agent = useDesk(personName(call.agent_id));
  const talked = seconds(call.talked);
  const title = t(call.direction === "DIRECTION_OUTBOUND" ? "call_out" : "call_in");
  return (
    <>
      <p className="flex"><Link className="m" href={`/calls/history/${encodeURIComponent(call.id)}`}>{title}</Link><span className="mid cut">{[phone(otherNumber(call)), agent, talked === undefined ? t("not_answered") : t("talked", { time: duration(talked) })].filter(Boolean).join(" · ")}</span></p>
      {call.recording_id && <Recording call={call} />}
    </>
  );
}

function Body({ entry }: { entry: Entry }) {
  const t = useT();
  const author = useDesk(personName(entry.is === "note" ? entry.note.author.replace(/^person:/, "") : entry.is === "callback" ? entry.callback.agent_id : ""));
  switch (entry.is) {
    case "message": return <Said message={entry.message} conversation={entry.conversation} />;
    case "call": return <Called call={entry.call} />;
    case "voicemail": return <><p className="m">{t("voicemail")}</p><Player label={t("voicemail")} url={media.voicemailUrl(entry.voicemail.id)} length={seconds(entry.voicemail.length) ?? 0} peaks={[entry.voicemail.peaks]} /></>;
    case "callback": return <p><span className="m">{t("callback")}</span> <span className="mid">{[moment(entry.at), author].filter(Boolean).join(" · ")}</span></p>;
    case "note": return <><p className="sm mid m">{author || t("colleague")}</p><p className="said" dir="auto">{entry.note.text}</p></>;
  }
}

function Row({ entry, before }: { entry: Entry; before: Entry | undefined }) {
  const newDay = !before || relativeDay(before.at) !== relativeDay(entry.at);
  const kind = entry.is === "message" ? (entry.message.direction === "DIRECTION_IN" ? "in" : entry.message.kind === "MESSAGE_KIND_NOTE" ? "note" : entry.message.kind === "MESSAGE_KIND_EVENT" ? "event" : "out") : entry.is;
  return (
    <>
      {newDay && <h3 className="tl-day">{relativeDay(entry.at)}</h3>}
      <div className={`tl-row ${kind}`}>
        <span className="sm dim nw">{clock(entry.at)}</span>
        <span className="tl-dot">{entry.is === "message" ? <ChannelIcon kind={entry.conversation?.channel ?? ""} look="bare" /> : <Icon name={ICONS[entry.is]} size="s" />}</span>
        <div className="tl-body"><Body entry={entry} /></div>
      </div>
    </>
  );
}

export function TimelineList({ timeline }: { timeline: Timeline }) {
  const t = useT();
  const say = useProblemText();
  const { entries, problem, more, older, reload } = timeline;
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useMemo(() => (entries ?? []).map((entry) => entry.key), [entries]);
  const list = useLongList({ scroller, keys, rem: 4.5 });
  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (element && more && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END) older();
  }, [more, older]);
  if (!entries) return problem ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty> : <Skeleton rows={6} />;
  if (entries.length === 0) return <Empty icon="clock" title={t("nothing_yet")}>{t("nothing_yet_text")}</Empty>;
  return (
    <div ref={scroller} className="scroll grow tl" role="feed" aria-label={t("timeline")} aria-busy="false" tabIndex={0} onScroll={onScroll}>
      {problem && <Banner action={<Button size="sm" onPress={reload}>{t("again")}</Button>}>{t("partly", { why: say(problem) })}</Banner>}
      <LongRows list={list} className="tl-in" row={(index) => ({ as: "article", "aria-posinset": index + 1, "aria-setsize": more ? -1 : entries.length })}>
        {(index) => <Row entry={entries[index] as Entry} before={entries[index - 1]} />}
      </LongRows>
      {more && <div className="tl-more"><Button onPress={older}>{t("older")}</Button></div>}
    </div>
  );
}
