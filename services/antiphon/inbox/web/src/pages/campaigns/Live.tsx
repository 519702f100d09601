/** The supervisor's screen: why it dials or does not, who works, what became of the day. */
import { useEffect, useState } from "react";
import { billing, dialer } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { clock, duration, moment, money, number, percent, seconds } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Meter, type Severity } from "../../ui/Meter";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { Chart } from "./Chart";
import { dialsAhead } from "./model";
import { useT } from "./texts";
import { modeWord, resultWord, whyWord } from "./words";

const EVERY = 2000;
const REPORT_EVERY = 7;
const CALM = new Set(["dialling", "pacing", "agents_busy", "manual", "preview", "lines"]);
const today = () => new Date().toISOString().slice(0, 10);
/** The day where the desk is, as costs are counted. */
const here = () => new Date().toLocaleDateString("sv");
const before = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** Asks again every few seconds while the page is seen. */
function useTick(): number {
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setRound((old) => old + 1), EVERY);
    return () => clearInterval(timer);
  }, []);
  return round;
}

function Figures({ status }: { status: T.Status }) {
  const t = useT();
  const slow = seconds(status.connect_slow) ?? 0;
  const rows = [
    ["dials_out", number(status.ringing)], ["waiting", number(status.waiting)], ["answer_rate", percent(status.answer_rate, 0)],
    ["idle", number(status.agents_idle)], ["talking", number(status.agents_talking)], ["wrapping", number(status.agents_wrapping)],
    ...(status.agents_held ? [["held", number(status.agents_held)] as const] : []), ...(slow ? [["connect", t("connect_slow", { usual: number(seconds(status.connect_usual) ?? 0, 1), slow: number(slow, 1) })] as const] : []),
    ["ready", number(status.contacts_ready)], ["later", number(status.contacts_later)],
  ] as const;
  return <dl className="cm-figures">{rows.map(([key, value]) => <div key={key} className={key === "waiting" && status.waiting > 0 ? "warn" : ""}><dt>{t(key)}</dt><dd>{value}</dd></div>)}</dl>;
}

/** Abandoned calls: the share, its upper bound, and the line that must not be crossed. */
function Abandons({ status }: { status: T.Status }) {
  const t = useT();
  const limit = status.abandon_limit || 0.03;
  const scale = limit * 2;
  const severity: Severity = status.abandon_rate > limit ? "crit" : status.abandon_rate_upper > limit ? "warn" : "ok";
  const known = Number(status.answered) > 0;
  return (
    <section className="card cm-abandons" aria-label={t("abandons")}>
      <header><h2>{t("abandons")}</h2><span className="end sm mid">{t("of_answered", { abandoned: number(Number(status.abandoned)), answered: number(Number(status.answered)) })}</span></header>
      <div className="cm-pad">
        <p className="cm-big">{known ? percent(status.abandon_rate, 2) : "–"}<span className="sm mid">{known ? t("upper", { upper: percent(status.abandon_rate_upper, 2) }) : t("nothing_answered")}</span></p>
        <div className="cm-target"><Meter label={t("abandons")} share={status.abandon_rate / scale} text={percent(status.abandon_rate, 2)} severity={severity} /><span className="cm-line" aria-hidden="true" /></div>
        <p className="sm mid">{t("limit", { limit: percent(limit, 2) })}</p>
      </div>
    </section>
  );
}

function Counts({ title, rows, empty }: { title: string; rows: readonly (readonly [string, number])[]; empty: string }) {
  const sum = rows.reduce((all, [, value]) => all + value, 0);
  return (
    <section className="card cm-counts" aria-label={title}>
      <header><h2>{title}</h2><span className="end sm mid">{number(sum)}</span></header>
      {rows.length === 0 ? <p className="cm-pad sm mid">{empty}</p>
        : <ul>{[...rows].sort((a, b) => b[1] - a[1]).map(([name, value]) => <li key={name}><span className="cut grow" title={name}>{name}</span><span className="num">{number(value)}</span><span className="num dim">{percent(value / sum)}</span></li>)}</ul>}
    </section>
  );
}

function Day({ campaign, report, cost }: { campaign: T.Campaign; report: T.Report; cost: T.Money | undefined }) {
  const t = useT();
  const titles = Object.fromEntries(campaign.dispositions.map((one) => [one.code, one.title || one.code]));
  const rows = (of: Record<string, number>, name: (code: string) => string) => Object.entries(of).map(([code, value]) => [name(code), value] as const);
  return (
    <>
      <section className="card" aria-label={t("day")}>
        <header><h2>{t("day")}</h2><span className="end sm mid">{t("day_sum", { dialled: number(report.dialled), answered: number(report.answered), share: report.dialled ? percent(report.answered / report.dialled) : "–", talked: duration(seconds(report.talked) ?? 0) })}</span></header>
        <Chart slices={report.slices} />
        {(report.sales || report.interviews > 0 || report.machines > 0 || cost) && <p className="cm-pad sm mid flex">{cost && <span>{t("cost", { sum: money(Number(cost.micros) / 1e6, cost.currency) })}</span>}{report.sales && <span>{t("sales", { sum: money(Number(report.sales.micros) / 1e6, report.sales.currency) })}</span>}{report.machines > 0 && <span>{t("machines_found", { count: report.machines })}{report.machines_checked > 0 && `, ${t("machines_mistaken", { mistaken: number(report.machines_mistaken), checked: number(report.machines_checked) })}`}</span>}{report.interviews > 0 && <span>{t("interviews", { count: report.interviews })}</span>}</p>}
      </section>
      <div className="cm-three">
        <Counts title={t("dispositions")} rows={rows(report.dispositions, (code) => titles[code] ?? code)} empty={t("none_yet")} />
        <Counts title={t("results")} rows={rows(report.results, (code) => resultWord(t, code))} empty={t("none_yet")} />
        <Counts title={t("refusals")} rows={rows(report.refusals, (code) => whyWord(t, code))} empty={t("no_refusals")} />
      </div>
    </>
  );
}

function Handed({ campaign }: { campaign: T.Campaign }) {
  const t = useT();
  const [day, setDay] = useState(before);
  return (
    <section className="card" aria-label={t("files")}>
      <header><h2>{t("files")}</h2></header>
      <div className="cm-pad cm-files">
        <a className="btn" href={dialer.resultsUrl(campaign.id)} download><Icon name="download" />{t("export")}</a>
        <TextField type="date" label={t("evidence_day")} value={day} onChange={setDay} hint={t("evidence_hint")} />
        <a className="btn" href={dialer.evidenceUrl(campaign.id, day)} download><Icon name="download" />{t("evidence")}</a>
      </div>
    </section>
  );
}

export function Live({ campaign, onState }: { campaign: T.Campaign; onState: () => void }) {
  const t = useT();
  const say = useProblemText();
  const round = useTick();
  const may = useDesk(can("campaigns.write"));
  const status = useLoad(async () => (await dialer.status(campaign.id)).status, [campaign.id, round]);
  const report = useLoad(async () => (await dialer.report(campaign.id, today())).report, [campaign.id, Math.floor(round / REPORT_EVERY)]);
  const cost = useLoad(async () => (await billing.campaignCost(campaign.id, here(), here())).work?.cost, [campaign.id, Math.floor(round / REPORT_EVERY)]); // a company without an account has none
  const now = status.data;
  useEffect(() => {
    if (now && now.state !== campaign.state) onState(); // it started by itself, or somebody else moved it
  }, [now, campaign.state, onState]);
  if (!now && status.problem) return <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={status.reload}>{t("try_again")}</Button>}>{say(status.problem)}</Empty>;
  if (!now) return <Skeleton rows={8} />;
  const calm = CALM.has(now.why_code);
  const dials = now.why_code === "dialling";
  return (
    <div className="scroll grow" tabIndex={0} role="region" aria-label={t("live")}>
      <div className="page cm-live">
        {status.problem && <Banner>{t("stale", { problem: say(status.problem) })}</Banner>}
        <section className={`cm-why ${dials ? "ok" : calm ? "info" : "warn"}`} aria-label={t("why_title")}>
          <Icon name={dials ? "phone-out" : calm ? "info" : "alert"} />
          <div className="grow"><p className="m">{whyWord(t, now.why_code)}</p><p className="sm mid">{[now.until ? t("until", { at: new Date(now.until).toDateString() === new Date().toDateString() ? clock(now.until) : moment(now.until) }) : "", now.mode_now ? modeWord(t, `MODE_${now.mode_now.toUpperCase()}`) : "", now.last_why].filter(Boolean).join(" · ")}</p></div>
        </section>
        <Figures status={now} />
        {dialsAhead(campaign.mode) && <Abandons status={now} />}
        {report.data ? <Day campaign={campaign} report={report.data} cost={cost.data} /> : report.problem ? <Banner>{say(report.problem)}</Banner> : <Skeleton rows={4} />}
        {may && <Handed campaign={campaign} />}
      </div>
    </div>
  );
}
