import { useState } from "react";
import { routing } from "../../api/api";
import type { Calendar, SpecialDay } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { day as dayText, number } from "../../i18n/format";
import { language } from "../../i18n/texts";
import { serverNow } from "../../rt/clock";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { ComboBox } from "../../ui/ComboBox";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem } from "../../ui/Menu";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { zones } from "./zones";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { copyDay, isDate, openState, readSpans, spansOf, WEEKDAYS, weekHours, withDay, writeSpans } from "./hours";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { useT } from "./texts";

const WORKDAYS = [1, 2, 3, 4, 5];

/** Monday in the language of the page: 1 January 2024 was one. */
export const weekdayName = (weekday: number, style: "long" | "short" = "long"): string => new Intl.DateTimeFormat(language(), { weekday: style, timeZone: "UTC" }).format(Date.UTC(2024, 0, weekday));

export function OpenNow({ calendar }: { calendar: Pick<Calendar, "time_zone" | "week" | "special_days"> }) {
  const t = useT();
  const state = (() => {
    try {
      return openState(calendar, serverNow());
    } catch {
      return undefined;
    }
  })();
  if (!state) return <span>–</span>;
  const { until } = state;
  const when = !until ? "" : until.days === 0 ? until.clock : until.days === 1 ? t("tomorrow_at", { time: until.clock }) : until.days < 7 ? t("weekday_at", { day: weekdayName(until.weekday), time: until.clock }) : t("weekday_at", { day: dayText(`${until.date}T12:00:00`), time: until.clock });
  return <span className={`status-dot ${state.open ? "ok" : "off"}`}><Icon name={state.open ? "st-available" : "st-offline"} size="s" /><span>{state.open ? (until ? t("open_until", { when }) : t("open_always")) : until ? t("opens_at", { when }) : t("never_opens")}{state.special ? ` · ${state.special.title}` : ""}</span></span>;
}

/** Keeps what is typed until it can be read, so that nothing jumps under the cursor. */
function Spans({ label, text, onText, placeholder }: { label: string; text: string; onText: (text: string) => void; placeholder: string }) {
  const t = useT();
  return <TextField aria-label={label} label="" placeholder={placeholder} value={text} onChange={onText} onBlur={() => { const spans = readSpans(text); if (spans) onText(writeSpans(spans)); }} error={readSpans(text) ? undefined : t("bad_spans")} />;
}

/** The texts of the fields belong to the draft: a half-typed day is not lost either. */
interface HoursForm extends Omit<Calendar, "week" | "special_days"> { days: Record<string, string>; special: { date: string; title: string; hours: string }[] }

const toForm = (calendar: Calendar): HoursForm => ({
  id: calendar.id, rev: calendar.rev, name: calendar.name, time_zone: calendar.time_zone,
  days: Object.fromEntries(WEEKDAYS.map((day) => [day, writeSpans(spansOf(calendar.week, day))])),
  special: calendar.special_days.map((one) => ({ date: one.date, title: one.title, hours: writeSpans(one.spans) })),
});
const toCalendar = ({ days, special, ...rest }: HoursForm): Calendar => ({
  ...rest,
  week: WEEKDAYS.map((weekday) => ({ weekday, spans: readSpans(days[weekday] ?? "") ?? [] })).filter((one) => one.spans.length > 0),
  special_days: special.map((one): SpecialDay => ({ date: one.date, title: one.title.trim(), spans: readSpans(one.hours) ?? [] })),
});

function CalendarPanel({ stored, loaded }: { stored: Calendar | undefined; loaded: Loaded<readonly Calendar[]> }) {
  const t = useT();
  const home = useDesk((state) => state.me?.tenant?.time_zone ?? "Europe/Kyiv");
  const [fresh] = useState(() => ({ id: "", rev: 0, name: "", time_zone: home, week: WORKDAYS.map((weekday) => ({ weekday, spans: [{ from: "09:00", to: "18:00" }] })), special_days: [] }));
  const editor = useEditor<HoursForm>({
    key: `hours/${stored?.id ?? NEW}`, stored: toForm(stored ?? fresh),
    validate: (value) => ({
      name: value.name.trim() ? "" : "bad_name",
      days: Object.values(value.days).some((text) => !readSpans(text)) ? "bad_spans" : "",
      special: value.special.some((one) => !isDate(one.date) || !readSpans(one.hours)) ? "bad_special" : "",
    }),
    fresh: async () => {
      const found = (await routing.calendars()).calendars.find((one) => one.id === stored?.id);
      return found && toForm(found);
    },
    save: async (value) => {
      const calendar = toCalendar(value);
      return toForm((await routing.saveCalendar(calendar)).calendar ?? calendar);
    },
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("hours", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const calendar = toCalendar(value);
  const copyTo = (from: number, to: readonly number[]) => {
    const week = copyDay(calendar.week, from, to);
    patch({ days: { ...value.days, ...Object.fromEntries(to.map((day) => [day, writeSpans(spansOf(week, day))])) } });
  };
  const special = (index: number, change: Partial<HoursForm["special"][number]>) => patch({ special: value.special.map((one, at) => (at === index ? { ...one, ...change } : one)) });
  return (
    <Form section="hours" icon="clock" right="schemes.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("calendar_new")} labels={{ name: t("name"), time_zone: t("time_zone"), days: t("week"), special: t("special_days") }}
      show={(field, what) => (field === "days" ? WEEKDAYS.map((one) => `${weekdayName(one, "short")} ${(what as Record<number, string>)[one] || "–"}`).join("; ") : undefined)}
      top={<p className="why-note"><OpenNow calendar={calendar} /></p>}
      remove={{ question: t("delete_title", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("calendar_loss"), run: async () => { await routing.deleteCalendar(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} placeholder={t("calendar_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <ComboBox label={t("time_zone")} options={zones(value.time_zone)} value={value.time_zone} onChange={(time_zone) => patch({ time_zone })} error={err("time_zone")} />
      <Part title={t("week")} hint={t("week_hint")}>
        <div className="week">
          {WEEKDAYS.map((weekday) => [
            <span key={`n${weekday}`} className="dn m">{weekdayName(weekday)}</span>,
            <Spans key={`f${weekday}`} label={weekdayName(weekday)} placeholder={t("closed_day")} text={value.days[weekday] ?? ""} onText={(text) => patch({ days: { ...value.days, [weekday]: text } })} />,
            <Menu key={`c${weekday}`} label={t("copy_day", { day: weekdayName(weekday) })} trigger={<IconButton icon="copy" label={t("copy_day", { day: weekdayName(weekday) })} />}>
              <MenuItem text={t("copy_workdays")} onAction={() => copyTo(weekday, WORKDAYS.filter((one) => one !== weekday))} />
              <MenuItem text={t("copy_all")} onAction={() => copyTo(weekday, WEEKDAYS.filter((one) => one !== weekday))} />
              {weekday < 7 && <MenuItem text={t("copy_next", { day: weekdayName(weekday + 1) })} onAction={() => copyTo(weekday, [weekday + 1])} />}
            </Menu>,
          ])}
        </div>
        <p className="hint">{t("week_sum", { hours: number(weekHours(withDay(calendar.week, 1, spansOf(calendar.week, 1))), weekHours(calendar.week) % 1 ? 1 : 0) })}</p>
      </Part>
      <Part title={t("special_days")} hint={t("special_hint")}>
        {value.special.map((one, index) => {
          const yearly = one.date.startsWith("--");
          return (
            <div key={index} className="spd" role="group" aria-label={one.title || one.date}>
              {yearly ? <TextField label={t("day_month")} placeholder="12-25" value={one.date.slice(2)} onChange={(date) => special(index, { date: `--${date}` })} error={isDate(one.date) ? undefined : t("bad_day_month")} />
                : <TextField label={t("date")} type="date" value={one.date} onChange={(date) => special(index, { date })} error={isDate(one.date) ? undefined : t("bad_date")} />}
              <TextField label={t("special_title")} value={one.title} onChange={(title) => special(index, { title })} />
              <div className="field"><span className="label">{t("special_hours")}</span><Spans label={t("special_hours")} placeholder={t("closed_day")} text={one.hours} onText={(hours) => special(index, { hours })} /></div>
              <IconButton icon="x" label={t("remove_named", { name: one.title || one.date })} onPress={() => patch({ special: value.special.toSpliced(index, 1) })} />
              <Checkbox isSelected={yearly} onChange={(every) => special(index, { date: every ? `--${one.date.slice(5) || "01-01"}` : `${new Date().getFullYear()}-${one.date.slice(2)}` })}>{t("every_year")}</Checkbox>
            </div>
          );
        })}
        <div><Button size="sm" icon="plus" onPress={() => patch({ special: [...value.special, { date: new Date(serverNow()).toISOString().slice(0, 10), title: "", hours: "" }] })}>{t("special_add")}</Button></div>
      </Part>
    </Form>
  );
}

export default function HoursPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await routing.calendars()).calendars);
  return (
    <Section<Calendar> section="hours" title={t("hours")} icon="clock" right="schemes.write" loaded={loaded} rowId={(row) => row.id} add={t("calendar_add")} open={open} words={(row) => `${row.name} ${row.time_zone}`}
      empty={{ title: t("hours_empty"), text: t("hours_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("name"), cell: (row) => <span className="cut" title={row.name}>{row.name}</span> },
        { id: "now", title: t("now"), cell: (row) => <OpenNow calendar={row} /> },
        ...(narrow ? [] : [
          { id: "hours", title: t("hours_a_week"), num: true, cell: (row: Calendar) => number(weekHours(row.week), weekHours(row.week) % 1 ? 1 : 0) },
          { id: "special", title: t("special_days"), num: true, cell: (row: Calendar) => row.special_days.length },
          { id: "zone", title: t("time_zone"), cell: (row: Calendar) => row.time_zone },
        ]),
      ]}
      form={(id, row) => <CalendarPanel key={id} stored={row} loaded={loaded} />} />
  );
}
