import { useState } from "react";
import { acd, routing } from "../../api/api";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { myId } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import type { StepProps } from "./step";
import { hoursAreGood, week, type Hours } from "./steps";
import { useT } from "./texts";

const DAYS = ["1", "2", "3", "4", "5", "6", "7"] as const;
const dayName = (day: number) => new Intl.DateTimeFormat(language(), { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, day));

/** Where customers wait, and when somebody is there. */
export function QueueStep({ onDone, actions }: StepProps) {
  const t = useT();
  const say = useProblemText();
  const { me, zone, queue } = useDesk((state) => ({ me: myId(state), zone: state.me?.tenant?.time_zone || "UTC", queue: Object.values(state.queues)[0] }));
  const [name, setName] = useState(queue?.name ?? t("queue_name"));
  const [hours, setHours] = useState<Hours>({ first: 1, last: 5, from: "09:00", to: "18:00" });
  const save = useAction(async () => {
    const calendars = (await routing.calendars()).calendars;
    if (calendars.length === 0) await routing.saveCalendar({ name: t("hours_name"), time_zone: zone, week: week(hours) });
    if (!queue) {
      const made = await acd.saveQueue({
        name: name.trim(), strategy: "longest_idle", members: [{ person_id: me, level: 1 } as never], ring_time: "45s", wrap_up: "WRAP_UP_MODE_OPTIONAL", target_share: 0.8, target_time: "60s",
        dispositions: [{ code: "solved", title: t("solved"), default: true }, { code: "later", title: t("call_back"), default: false }],
      });
      learn.queue(made.queue);
    }
    onDone();
  });
  const good = hoursAreGood(hours);
  const days = DAYS.map((id) => ({ id, text: dayName(Number(id)) }));
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); if (name.trim() && good) void save.run(); }}>
      <h2>{t("s_queue")}</h2><p className="mid">{t("queue_text")}</p>
      {queue ? <p>{t("queue_there", { name: queue.name })}</p> : <>
        <TextField label={t("queue")} value={name} onChange={setName} maxLength={60} error={name.trim() ? undefined : t("needed")} />
        <fieldset className="form"><legend className="label">{t("hours")}</legend>
          <div className="start-hours">
            <Select label={t("from_day")} options={days} value={String(hours.first) as "1"} onChange={(day) => setHours({ ...hours, first: Number(day) })} />
            <Select label={t("to_day")} options={days} value={String(hours.last) as "1"} onChange={(day) => setHours({ ...hours, last: Number(day) })} />
            <TextField label={t("opens")} type="time" value={hours.from} onChange={(from) => setHours({ ...hours, from })} />
            <TextField label={t("closes")} type="time" value={hours.to} onChange={(to) => setHours({ ...hours, to })} />
          </div>
          {!good && <p className="err" role="alert">{t("hours_bad")}</p>}
          <div><Button size="sm" onPress={() => setHours({ first: 1, last: 7, from: "00:00", to: "00:00" })}>{t("always")}</Button></div>
          <p className="hint">{t("hours_hint", { zone })}</p>
        </fieldset>
      </>}
      {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
      {actions(<Button kind="primary" type="submit" isPending={save.pending}>{t("next")}</Button>)}
    </form>
  );
}
