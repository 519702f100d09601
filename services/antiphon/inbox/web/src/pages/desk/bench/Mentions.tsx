/** Where colleagues named me: the newest first; opening one says that I have seen it. */
import { Link } from "wouter";
import { bench } from "../../../api/api";
import { useLoad } from "../../../api/useCall";
import { clock, day } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { useDesk } from "../../../rt/store";
import { Banner } from "../../../ui/Banner";
import { Button } from "../../../ui/Button";
import { ChannelIcon } from "../../../ui/ChannelIcon";
import { Empty } from "../../../ui/Empty";
import { Skeleton } from "../../../ui/Skeleton";
import { usePersonName } from "../data";
import { addressOf } from "../layer";
import { see } from "./notices";
import { useT } from "./texts";

export default function Mentions({ selected }: { selected: string }) {
  const t = useT();
  const say = useProblemText();
  const name = usePersonName();
  const { unseen, round } = useDesk((state) => ({ unseen: state.mentions, round: state.round }));
  const { data, problem, loading, reload } = useLoad(async () => (await bench.mentions()).mentions, [round, Object.keys(unseen).length]);
  if (problem && !data) return <Banner action={<Button size="sm" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Banner>;
  if (loading) return <Skeleton rows={4} />;
  if (!data?.length) return <Empty icon="users" title={t("no_mentions")}>{t("no_mentions_text")}</Empty>;
  return (
    <div className="scroll grow">
      {Object.keys(unseen).length > 0 && <div className="flex see-all"><Button size="sm" kind="plain" icon="check" onPress={() => see("")}>{t("see_all")}</Button></div>}
      <div role="list" aria-label={t("mentions")}>
        {data.map(({ conversation, message, seen }) => conversation && message && (
          <div key={`${conversation.id}:${message.seq}`} role="listitem" className={["it", seen ? "" : "un", conversation.id === selected ? "sel" : ""].join(" ")}>
            <Link href={addressOf(conversation.id)} className="it-link" aria-current={conversation.id === selected ? "true" : undefined}>
              <ChannelIcon kind={conversation.channel} />
              <span className="col">
                <span className="ln"><span className="l1 m cut" dir="auto" title={conversation.contact_name}>{conversation.contact_name || t("guest", { no: conversation.no })}</span><span className="t sm dim nw">{new Date(message.at ?? 0).toDateString() === new Date().toDateString() ? clock(message.at ?? 0) : day(message.at ?? 0)}</span></span>
                <span className="ln"><span className="l2 cut" dir="auto" title={message.text}>{message.author_name || name(message.author)}: {message.text}</span></span>
              </span>
            </Link>
          </div>
        ))}
      </div>
    </div>
  );
}
