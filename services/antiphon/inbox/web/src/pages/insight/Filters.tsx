import type { ReactNode } from "react";
import { useDesk } from "../../rt/store";
import { can } from "../../rt/selectors";
import { CHANNEL_KINDS, useChannelName } from "../../ui/ChannelIcon";
import { ComboBox } from "../../ui/ComboBox";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { DIRECTIONS, NONE, RESULTS, type FilterName, type Place } from "./place";
import { useT } from "./texts";
import { PERIODS, type Period } from "./zoned";

const ALL = "*";
type Option = { id: string; text: string };

function Pick({ place, name, label, options, long }: { place: Place; name: FilterName; label: string; options: readonly Option[]; long?: boolean }) {
  const t = useT();
  const all = [{ id: ALL, text: t("all") }, ...options];
  const props = { label, options: all, value: place.get(name) || ALL, onChange: (id: string) => place.set({ [name]: id === ALL ? "" : id }) };
  return long && options.length > 12 ? <ComboBox key={`${name}${props.value}`} {...props} /> : <Select {...props} />;
}

export function useResultText(): (result: string) => string {
  const t = useT();
  return (result) => (result === "" ? t("r_live") : (RESULTS as readonly string[]).includes(result) ? t(`r_${result as (typeof RESULTS)[number]}`) : result);
}

/** The period and the filters that both pages have; a page adds its own. */
export function Filters({ place, children }: { place: Place; children?: ReactNode }) {
  const t = useT();
  const channel = useChannelName();
  const result = useResultText();
  const { people, queues, everybody } = useDesk((state) => ({ people: state.people, queues: state.queues, everybody: can("work.watch")(state) }));
  const named = (all: Readonly<Record<string, { id: string; name: string }>>) => Object.values(all).sort((a, b) => a.name.localeCompare(b.name)).map(({ id, name }) => ({ id, text: name }));
  return (
    <div className="in-filters" role="group" aria-label={t("filters")}>
      <Select<Period> label={t("period")} options={PERIODS.map((id) => ({ id, text: t(`p_${id}`) }))} value={place.period} onChange={(period) => place.set({ period: period === "today" ? "" : period, since: "", until: "" })} />
      {place.period === "custom" && <>
        <TextField label={t("from")} type="date" value={place.get("from")} onChange={(from) => place.set({ from })} />
        <TextField label={t("to")} type="date" value={place.get("to")} onChange={(to) => place.set({ to })} />
      </>}
      <Pick place={place} name="queue" label={t("queue")} options={named(queues)} long />
      {everybody && <Pick place={place} name="agent" label={t("agent")} options={[{ id: NONE, text: t("nobody") }, ...named(people)]} long />}
      <Pick place={place} name="channel" label={t("channel")} options={CHANNEL_KINDS.filter((kind) => kind !== "chat").map((id) => ({ id, text: channel(id) }))} />
      <Pick place={place} name="direction" label={t("direction")} options={DIRECTIONS.map((id) => ({ id, text: t(id) }))} />
      <Pick place={place} name="result" label={t("result")} options={RESULTS.map((id) => ({ id, text: result(id) }))} />
      <TextField label={t("tag")} value={place.get("tag")} onChange={(tag) => place.set({ tag })} maxLength={60} />
      {children}
    </div>
  );
}

/** The two files of what is shown. */
export function Files({ url }: { url: (format: "FILE_FORMAT_CSV" | "FILE_FORMAT_XLSX") => string }) {
  const t = useT();
  return (
    <span className="flex">
      <a className="btn sm" download href={url("FILE_FORMAT_CSV")}>{t("csv")}</a>
      <a className="btn sm" download href={url("FILE_FORMAT_XLSX")}>{t("xlsx")}</a>
    </span>
  );
}
