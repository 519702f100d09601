/** What the tabs share. */
import { useEffect, type ReactNode } from "react";
import { acd } from "../../api/api";
import type { Problem } from "../../api/problem";
import { useLoad } from "../../api/useCall";
import { day as dayText } from "../../i18n/format";
import { language } from "../../i18n/texts";
import { useProblemText } from "../../i18n/problems";
import { store, useDesk } from "../../rt/store";
import { useReason } from "../../ui/AgentState";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Menu, MenuItem } from "../../ui/Menu";
import { download, type Sheet } from "./export";
import { roundTop, steps, surface } from "./model";
import { useT } from "./texts";

export function Failed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  const t = useT();
  const say = useProblemText();
  return <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={onRetry}>{t("try_again")}</Button>}>{say(problem)}</Empty>;
}

/** A break by the name the company gave it, else by the usual one. */
export function useBreakName(): (code: string) => string {
  const reason = useReason();
  const { data } = useLoad(async () => (await acd.policy()).policy);
  return (code) => data?.breaks.find((one) => one.code === code)?.title ?? reason(code);
}

export function Said({ problem }: { problem: Problem | undefined }) {
  const say = useProblemText();
  const t = useT();
  const explain = useExplain();
  if (!problem) return null;
  const faults = problem.facts["faults"];
  return <p className="err" role="alert">{faults && problem.reason === "BREAKS_RULES" ? `${t("breaks_rule")} ${explain(faults)}` : say(problem)}</p>;
}

export function Export({ sheet }: { sheet: () => Sheet }) {
  const t = useT();
  return (
    <Menu label={t("export")} trigger={<Button size="sm" icon="download" iconEnd="down">{t("export")}</Button>}>
      <MenuItem text="CSV" onAction={() => download(sheet(), "csv")} />
      <MenuItem text="XLSX" onAction={() => download(sheet(), "xlsx")} />
      <MenuItem icon="file" text={t("print")} onAction={() => window.print()} />
    </Menu>
  );
}

/** Of a person, or of who acted ("person:<id>"); what a service did by itself is Antiphon's. */
export const useName = (): ((id: string) => string) => {
  const people = useDesk((state) => state.people);
  return (id) => (id.startsWith("service:") ? "Antiphon" : people[id.replace("person:", "")]?.name ?? id);
};

/** Wed 4 March; the day is one of a calendar and belongs to no zone. */
export function weekday(day: string, long = false): string {
  const at = new Date(`${day}T12:00:00Z`);
  const lang = language();
  const name = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { weekday: long ? "long" : "short", timeZone: "UTC" }).format(at);
  return long ? `${name}, ${dayText(at)}` : `${name} ${at.getUTCDate()}`;
}

const RULES = {
  "one shift a day": "r_one", rest: "r_rest", "weekly rest": "r_weekly_rest", "rest between shifts": "r_rest", "days a week": "r_days", "hours a week": "r_hours",
  "hours a day": "r_hours_day", "days running": "r_running", overtime: "r_overtime", "time off": "r_off", contract: "r_contract", locked: "r_locked", breaks: "r_breaks",
  "hours of the day and patterns": "r_contract", presence: "r_presence", people: "r_people",
} as const;

export const useRule = (): ((rule: string) => string) => {
  const t = useT();
  return (rule) => (rule in RULES ? t(RULES[rule as keyof typeof RULES]) : rule);
};

/** The solver's and the checker's words with names of people and of rules in the reader's language. */
export function useExplain(): (text: string) => string {
  const t = useT();
  const people = useDesk((state) => state.people);
  return (text) => {
    let said = text;
    for (const one of Object.values(people)) said = said.replaceAll(one.id, one.name);
    for (const rule of Object.keys(RULES).sort((a, b) => b.length - a.length)) said = said.replace(new RegExp(`(^|: |against |; )${rule}(?=[: (]|$)`, "g"), (_, before: string) => `${before}${t(RULES[rule as keyof typeof RULES])}`);
    return said.replaceAll(" against ", ` ${t("against")} `).replace(/^[A-Z_]+: /, "");
  };
}

/** Loads anew when one of these facts comes; at most every two seconds. */
export function useFacts(types: readonly string[], reload: () => void): void {
  const key = types.join();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = store.onEvent((event) => {
      if (!key.split(",").some((one) => event.type.endsWith(`.${one}`)) || timer) return;
      timer = setTimeout(() => { timer = undefined; reload(); }, 2000);
    });
    return () => { off(); clearTimeout(timer); };
  }, [key, reload]);
}

export interface Line { name: string; kind: "actual" | "fc" | "plan" | "limit"; values: readonly (number | undefined)[]; fill?: boolean }
/** Stepped lines over a day or a week, and the same as a table for who does not see them. */
export function Chart({ label, lines, ticks, now, height, table }: { label: string; lines: readonly Line[]; ticks: readonly string[]; now?: number | undefined; height?: string; table?: ReactNode }) {
  const top = roundTop(lines.flatMap((line) => line.values.map((value) => value ?? 0)));
  const levels = [0, top / 2, top];
  return (
    <figure className="sf-chart" aria-label={label}>
      <div className="flex sf-keys">{lines.map((line) => <span key={line.name} className={`key k-${line.kind}`}><i className={line.kind === "fc" ? "d" : ""} />{line.name}</span>)}</div>
      <div className="chart" style={{ height: height ?? "11rem" }} aria-hidden="true">
        <div className="y" data-w={String(top)}>{levels.map((level) => <span key={level} style={{ top: `${100 - (level / top) * 100}%` }}>{level}</span>)}</div>
        <div className="a">
          {levels.map((level) => <i key={level} className="g" style={{ top: `${100 - (level / top) * 100}%` }} />)}
          <svg className="plot" viewBox="0 0 1000 100" preserveAspectRatio="none">
            {lines.map((line) => line.fill && <path key={`${line.name}-fill`} className="planfill" d={surface(line.values.map((value) => value ?? 0), top)} />)}
            {lines.map((line) => <path key={line.name} className={line.kind} d={steps(line.values, top)} />)}
            {now !== undefined && <line className="now" x1={now * 1000} x2={now * 1000} y1="0" y2="100" />}
          </svg>
        </div>
        <div className="x">{ticks.map((tick, number) => <span key={number} className={number === ticks.length - 1 ? "last" : ""} style={{ left: `${(number / Math.max(1, ticks.length - 1)) * 100}%` }}>{tick}</span>)}</div>
      </div>
      {table}
    </figure>
  );
}

export function Figure({ label, value, note, kind }: { label: string; value: ReactNode; note?: ReactNode; kind?: "ok" | "warn" | "crit" | undefined }) {
  return <div className="sf-figure"><span className="sm mid">{label}</span><span className={`sf-big t ${kind ?? ""}`}>{value}</span>{note !== undefined && <span className="sm dim">{note}</span>}</div>;
}
