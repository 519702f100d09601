/** What a conversation bears: tags, priority, the nearest norm. */
import { Icon } from "../../../design/Icon";
import type * as T from "../../../api/types.gen";
import { duration } from "../../../i18n/format";
import { serverNow, useSecond } from "../../../rt/clock";
import { useDesk } from "../../../rt/store";
import { nearest, slaTone } from "../model/care";
import { useT, type BenchText } from "./texts";

export function TagChip({ tag }: { tag: Pick<T.Tag, "name" | "colour"> }) {
  return <span className="chip line tag" title={tag.name}><i className={`dot ${tag.colour}`} aria-hidden="true" /><span className="cut">{tag.name}</span></span>;
}

export function TagLine({ ids, most = 99 }: { ids: readonly string[]; most?: number }) {
  const tags = useDesk((state) => state.tags);
  const known = ids.flatMap((id) => tags[id] ?? []);
  const rest = known.slice(most);
  if (known.length === 0) return null;
  return <span className="tags">{known.slice(0, most).map((tag) => <TagChip key={tag.id} tag={tag} />)}{rest.length > 0 && <span className="sm dim nw" title={rest.map((tag) => tag.name).join(", ")}>+{rest.length}</span>}</span>;
}

/** Only the colours, with the names for whoever asks: a row of the list has no room for words. */
export function TagDots({ ids }: { ids: readonly string[] }) {
  const tags = useDesk((state) => state.tags);
  const known = ids.flatMap((id) => tags[id] ?? []);
  if (known.length === 0) return null;
  const names = known.map((tag) => tag.name).join(", ");
  return <span className="dots" title={names}>{known.slice(0, 4).map((tag) => <i key={tag.id} className={`dot ${tag.colour}`} aria-hidden="true" />)}<span className="sr">{names}</span></span>;
}

export const PRIORITIES = ["PRIORITY_URGENT", "PRIORITY_HIGH", "PRIORITY_NORMAL", "PRIORITY_LOW"] as const;
export const priorityText = (priority: T.Priority): BenchText => (priority === "PRIORITY_UNSPECIFIED" ? "priority_normal" : (priority.toLowerCase() as BenchText));

/** Only what differs from the usual is shown. */
export function PriorityMark({ priority, words }: { priority: T.Priority; words?: boolean }) {
  const t = useT();
  if (priority !== "PRIORITY_URGENT" && priority !== "PRIORITY_HIGH" && priority !== "PRIORITY_LOW") return null;
  const text = t(priorityText(priority));
  const icon = priority === "PRIORITY_LOW" ? "down" : "up";
  return <span className={`prio ${priority === "PRIORITY_URGENT" ? "t crit" : priority === "PRIORITY_HIGH" ? "t warn" : "dim"}`} title={text}><Icon name={priority === "PRIORITY_URGENT" ? "alert" : icon} size="s" /><span className={words ? "sm" : "sr"}>{text}</span></span>;
}

const KIND: Partial<Record<T.SlaClockKind, BenchText>> = { SLA_CLOCK_KIND_FIRST_REPLY: "sla_first", SLA_CLOCK_KIND_NEXT_REPLY: "sla_next", SLA_CLOCK_KIND_RESOLUTION: "sla_resolution" };
export const clockText = (kind: T.SlaClockKind): BenchText => KIND[kind] ?? "sla_resolution";

/** Counts down to the nearest norm; past it, how late it is, with a minus. Nothing where no norm runs. */
export function SlaTimer({ sla, words }: { sla: T.Sla | undefined; words?: boolean }) {
  const t = useT();
  useSecond();
  const now = serverNow();
  const clock = nearest(sla);
  if (!clock) return null;
  const left = Math.round((Date.parse(clock.due_at ?? "") - now) / 1000);
  const time = duration(Math.abs(left));
  const title = t(left < 0 ? "sla_late" : "sla_left", { norm: t(clockText(clock.kind)), time });
  return <span className={`t sm nw sla ${slaTone(clock, now)}`} title={title} aria-live="off"><Icon name="clock" size="s" />{words && <span>{t(clockText(clock.kind))}</span>}<span>{left < 0 ? `−${time}` : time}</span><span className="sr">{left < 0 ? t("late") : t("left")}</span></span>;
}
