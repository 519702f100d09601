/** Messages of this conversation that wait for their time. */
import { bench } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type * as T from "../../../api/types.gen";
import { moment } from "../../../i18n/format";
import { problemText } from "../../../i18n/problems";
import { learn } from "../../../rt/store";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Icon } from "../../../design/Icon";
import { IconButton } from "../../../ui/IconButton";
import { toast } from "../../../ui/Toast";
import { useMyId, usePersonName } from "../data";
import { openLayer } from "./layers";
import { useT } from "./texts";

export function Planned({ conversation }: { conversation: T.Conversation }) {
  const t = useT();
  const me = useMyId();
  const name = usePersonName();
  const watches = useDesk(can("work.watch"));
  const cancel = async (one: T.ScheduledMessage) => {
    try {
      const answer = await bench.unschedule(conversation.id, one.id);
      if (answer.conversation) learn.conversations([answer.conversation]);
      toast(t("plan_cancelled"), { action: { text: t("undo"), run: () => void bench.schedule(conversation.id, one).then(({ conversation: next }) => next && learn.conversations([next]), () => undefined) } });
    } catch (error) {
      toast(problemText(error instanceof Problem ? error : new Problem(500, {})), { bad: true });
    }
  };
  if (conversation.scheduled.length === 0) return null;
  return (
    <ul className="plans" aria-label={t("plans")}>
      {conversation.scheduled.map((one) => {
        const own = one.author === `person:${me}`;
        const why = one.failure ? problemText(new Problem(409, { reason: one.failure })) : "";
        return (
          <li key={one.id} className={one.failure ? "plan bad" : "plan"}>
            <Icon name={one.failure ? "alert" : "clock"} size="s" />
            <span className="grow cut" dir="auto" title={why || one.text}>{why || one.text || one.attachment_names.join(", ")}</span>
            {one.attachment_ids.length > 0 && <span className="sm dim nw" title={one.attachment_names.join(", ")}><Icon name="clip" size="s" /> {one.attachment_ids.length}<span className="sr"> {one.attachment_names.join(", ")}</span></span>}
            <span className="sm dim nw">{[own ? "" : name(one.author), one.failure ? t("not_sent") : moment(one.at ?? 0), one.unless_reply && !one.failure ? t("unless_short") : ""].filter(Boolean).join(" · ")}</span>
            {(own || watches) && <><IconButton icon="edit" size="sm" label={t("plan_change")} onPress={() => openLayer({ is: "plan", ids: [conversation.id], edit: one.id })} /><IconButton icon="x" size="sm" label={t("plan_cancel")} onPress={() => void cancel(one)} /></>}
          </li>
        );
      })}
    </ul>
  );
}
