/** Parts of the queue form: what a waiting customer hears, how far waiting goes, and whom a missed offer spares. */
import type { ReactNode } from "react";
import type { Overflow, Queue, Way } from "../../api/types.gen";
import { useDesk } from "../../rt/store";
import { Checkbox } from "../../ui/Checkbox";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toDuration, toSeconds } from "./queue";
import { Part } from "./Section";
import { useT, type AdminText } from "./texts";

export interface QueuePartProps {
  value: Queue;
  patch: (change: Partial<Queue>) => void;
  err: (field: string) => string | undefined;
}

/** Seconds that may stay empty: the company's or the usual value then. */
export function Seconds({ label, hint, value, onChange, least = 0, error, placeholder }: { label: string; hint?: string | undefined; value: string | undefined; onChange: (value: string | undefined) => void; least?: number; error: string | undefined; placeholder?: string }) {
  const t = useT();
  return (
    <NumberField label={label} hint={hint} unit={t("s")} minValue={least} maxValue={86400} value={value === undefined ? Number.NaN : toSeconds(value)}
      placeholder={placeholder} onChange={(next) => onChange(Number.isNaN(next) ? undefined : toDuration(next))} error={error} />
  );
}

export function WaitingPart({ value, patch, err }: QueuePartProps) {
  const t = useT();
  return (
    <Part title={t("waiting_part")} hint={t("waiting_hint")}>
      <Checkbox isSelected={value.announce_position} onChange={(announce_position) => patch({ announce_position })}>{t("announce_position")}</Checkbox>
      <Checkbox isSelected={value.ask_rating} onChange={(ask_rating) => patch({ ask_rating })}>{t("ask_rating")}<br /><span className="hint">{t("ask_rating_hint")}</span></Checkbox>
      <div className="pair few">
        {value.announce_position && <Seconds label={t("announce_every")} hint={t("announce_every_hint")} least={5} value={value.announce_every} onChange={(announce_every) => patch({ announce_every })} error={err("announce_every")} />}
        <TextField label={t("music")} hint={t("music_hint")} autoComplete="off" value={value.music} onChange={(music) => patch({ music })} error={err("music")} />
      </div>
    </Part>
  );
}

const WAYS: readonly Way[] = ["WAY_REFUSE", "WAY_QUEUE", "WAY_VOICEMAIL", "WAY_CALLBACK"];
const STAY = "stay";

/** One limit: the case, its figure where there is one, and where the customer goes then. */
function Limit({ title, figure, queue, value, onChange, stays, error, idle }: { title: string; figure: ReactNode; queue: string; value: Overflow | undefined; onChange: (to: Overflow | undefined) => void; stays?: boolean; error: string | undefined; idle?: boolean }) {
  const t = useT();
  const queues = useDesk((state) => state.queues);
  const others = Object.values(queues).filter((one) => one.id !== queue).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  const way = value && value.way !== "WAY_UNSPECIFIED" ? value.way : stays && !value ? STAY : "WAY_REFUSE";
  const known = !value?.queue_id || others.some((one) => one.id === value.queue_id) ? others : [...others, { id: value.queue_id, text: t("queue_gone") }];
  return (
    <div className="limit" role="group" aria-label={title}>
      <div>{figure}</div>
      <Select label={t("limit_then")} isDisabled={idle ?? false} value={way}
        options={[...(stays ? [{ id: STAY, text: t("way_stay") }] : []), ...WAYS.map((id) => ({ id: id as string, text: t(id.toLowerCase() as AdminText) }))]}
        onChange={(next) => onChange(next === STAY ? undefined : { way: next as Way, queue_id: next === "WAY_QUEUE" ? value?.queue_id ?? "" : "" })} error={way === "WAY_QUEUE" ? undefined : error} />
      {way === "WAY_QUEUE" && <Select label={t("limit_queue")} isDisabled={idle ?? false} options={known} value={value?.queue_id ?? ""} onChange={(queue_id) => onChange({ way: "WAY_QUEUE", queue_id })} error={error} />}
    </div>
  );
}

export function LimitsPart({ value, patch, err }: QueuePartProps) {
  const t = useT();
  const late = toSeconds(value.max_wait);
  return (
    <Part title={t("limits_part")} hint={t("limits_hint")}>
      <Limit title={t("max_waiting")} queue={value.id} idle={value.max_waiting === 0} value={value.when_full} onChange={(when_full) => patch({ when_full })} error={err("when_full")}
        figure={<NumberField label={t("max_waiting")} hint={t("max_waiting_hint")} minValue={0} maxValue={100000} value={value.max_waiting} onChange={(next) => patch({ max_waiting: Number.isNaN(next) ? value.max_waiting : next })} error={err("max_waiting")} />} />
      <Limit title={t("max_wait")} queue={value.id} idle={late === 0} value={value.when_late} onChange={(when_late) => patch({ when_late })} error={err("when_late")}
        figure={<NumberField label={t("max_wait")} hint={t("max_wait_hint")} unit={t("s")} minValue={0} maxValue={86400} step={30} value={late} onChange={(next) => patch({ max_wait: next > 0 ? toDuration(next) : undefined })} error={err("max_wait")} />} />
      <Limit title={t("when_unmanned")} queue={value.id} stays value={value.when_unmanned} onChange={(when_unmanned) => patch({ when_unmanned })} error={err("when_unmanned")}
        figure={<><div className="m">{t("when_unmanned")}</div><p className="hint">{t("when_unmanned_hint")}</p></>} />
      <Limit title={t("when_closed")} queue={value.id} value={value.when_closed} onChange={(when_closed) => patch({ when_closed })} error={err("when_closed")}
        figure={<Checkbox isSelected={value.closed} onChange={(closed) => patch({ closed })}>{t("queue_closed")}<br /><span className="hint">{t("queue_closed_hint")}</span></Checkbox>} />
    </Part>
  );
}

export function PausesPart({ value, patch, err }: QueuePartProps) {
  const t = useT();
  const usual = t("as_company");
  return (
    <Part title={t("pauses_part")} hint={t("pauses_hint")}>
      <div className="pair">
        <Seconds label={t("no_answer_delay")} placeholder={usual} value={value.no_answer_delay} onChange={(no_answer_delay) => patch({ no_answer_delay })} error={err("no_answer_delay")} />
        <Seconds label={t("reject_delay")} placeholder={usual} value={value.reject_delay} onChange={(reject_delay) => patch({ reject_delay })} error={err("reject_delay")} />
        <Seconds label={t("busy_delay")} placeholder={usual} value={value.busy_delay} onChange={(busy_delay) => patch({ busy_delay })} error={err("busy_delay")} />
      </div>
    </Part>
  );
}

/** "Voicemail", "Queue Support": an overflow in words. */
export function overflowText(to: Overflow | undefined, t: (key: AdminText, values?: Record<string, string>) => string, nameOf: (queue: string) => string): string {
  if (!to) return "–";
  return to.way === "WAY_QUEUE" ? t("queue_named", { name: nameOf(to.queue_id) }) : t((to.way === "WAY_UNSPECIFIED" ? "WAY_REFUSE" : to.way).toLowerCase() as AdminText);
}
