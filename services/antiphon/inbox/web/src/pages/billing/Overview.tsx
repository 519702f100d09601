import { Link } from "wouter";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { day, moment, money } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { serverNow } from "../../rt/clock";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Skeleton } from "../../ui/Skeleton";
import { toast } from "../../ui/Toast";
import { LimitsCard } from "./Limits";
import { amountOf, nextVersion, text } from "./model";
import { Phones } from "./Phones";
import { Running } from "./Running";
import { Spending } from "./Spending";
import { useT } from "./texts";

const STATES = {
  ACCOUNT_STATE_ACTIVE: ["s_active", "ok"], ACCOUNT_STATE_SUSPENDED: ["s_suspended", "crit"], ACCOUNT_STATE_TERMINATED: ["s_terminated", "crit"], ACCOUNT_STATE_UNSPECIFIED: ["s_active", "ok"],
} as const;
const LIMITS = { concurrent: "l_concurrent", attempts_a_minute: "l_attempts_a_minute", cost_a_day: "l_cost_a_day" } as const;
const NOTICES = {
  low_balance: ["n_low_balance", "wallet"], suspended: ["n_suspended", "stop"], restored: ["n_restored", "ok"], terminated: ["n_terminated", "stop"],
  limit: ["n_limit", "alert"], trust: ["n_trust", "clock"], price_change: ["n_price_change", "tag"], document: ["n_document", "file"], plan: ["n_plan", "tag"],
  change: ["n_change", "edit"], ending: ["n_ending", "stop"], not_ending: ["n_not_ending", "ok"], certificate_over: ["n_certificate_over", "alert"], reserve: ["n_reserve", "clock"], started: ["n_started", "ok"], not_started: ["n_not_started", "alert"],
  signed_act: ["n_signed_act", "file"], signed_act_sent: ["n_signed_act_sent", "send"], signed_act_late: ["n_signed_act_late", "clock"],
  incident: ["n_incident", "alert"], works: ["n_works", "calendar"], overrun: ["n_overrun", "clock"],
} as const satisfies Record<string, readonly [string, IconName]>;

function Money({ name, value, loud }: { name: string; value: T.Money | undefined; loud?: boolean }) {
  return <div className="bill-figure"><dt>{name}</dt><dd className={loud ? "loud" : ""}>{text(value)}</dd></div>;
}

function Warning({ account, reload }: { account: T.Account; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("billing.write"));
  const trust = useAction(billing.trust);
  if (account.state === "ACCOUNT_STATE_SUSPENDED") {
    const until = new Date(`${account.reserved_until}T00:00:00`);
    const press = async () => { if (await trust.run()) { toast(t("trust_done")); reload(); } };
    return <Banner kind="crit" action={may && <span className="flex bill-acts"><Link className="btn sm" href="/billing/payments">{t("topup_go")}</Link>{!account.trust_until && <Button size="sm" isPending={trust.pending} onPress={() => void press()}>{t("trust")}</Button>}</span>}>{t("suspended_why", { balance: text(account.balance), threshold: text(account.threshold) })} {t("reserved_until", { day: day(until) })}{trust.problem && ` ${say(trust.problem)}`}</Banner>;
  }
  const marks = account.notify_below.map(amountOf);
  const topUp = may && <Link className="btn sm" href="/billing/payments">{t("topup_go")}</Link>;
  if (account.state === "ACCOUNT_STATE_TERMINATED") return <Banner kind="crit">{t("terminated_text")}</Banner>;
  if (amountOf(account.balance) < 0) return <Banner kind="crit" action={topUp}>{t("debt_title", { debt: money(-amountOf(account.balance), account.currency) })}</Banner>;
  if (marks.some((mark) => amountOf(account.available) <= mark)) return <Banner action={topUp}>{t("low_title", { available: text(account.available) })}</Banner>;
  return null;
}

function AccountCard({ account, round }: { account: T.Account; round: number }) {
  const t = useT();
  const tariffs = useLoad(billing.tariffs, [round]);
  const [word, kind] = STATES[account.state];
  const [id = "", version = ""] = account.tariff_version.split(":");
  const name = tariffs.data?.tariffs.find((one) => one.id === id)?.name || id;
  const next = nextVersion(tariffs.data?.tariffs ?? [], account.tariff_id, serverNow());
  return (
    <section className="card" aria-label={t("account_card")}><header><h2>{t("account_card")}</h2><span className="end"><Chip kind={kind}>{t(word)}</Chip></span></header>
      <dl className="kv body">
        {account.suspended_on && <><dt>{t("state")}</dt><dd>{t(word)}, {t("since", { day: day(account.suspended_on) })}</dd></>}
        {account.trust_until && <><dt>{t("trust")}</dt><dd>{t("trust_open", { day: day(account.trust_until) })}</dd></>}
        <dt>{t("tariff")}</dt><dd>{account.tariff_version ? t("tariff_line", { name, version }) : t("none")}</dd>
        {next?.effective_from && <><dt>{t("next_version")}</dt><dd>{t("version_from", { version: next.version, day: moment(next.effective_from) })}</dd></>}
        <dt>{t("monthly")}</dt><dd>{text(account.monthly_fee)}</dd>
        <dt>{t("threshold")}</dt><dd>{text(account.threshold)}</dd>
        <dt>{t("forecast_name")}</dt><dd>{account.suspends_on ? day(account.suspends_on) : t("forecast_none")}</dd>
        <dt>{t("blocked")}</dt><dd>{account.blocked.join(", ") || t("none")}</dd>
      </dl>
    </section>
  );
}

function Notices({ currency, round }: { currency: string; round: number }) {
  const t = useT();
  const loaded = useLoad(billing.notices, [round]);
  const about = (notice: T.Notice): string => {
    if (notice.kind === "low_balance") return money(Number(notice.about), currency);
    if (notice.kind === "limit" && notice.about in LIMITS) return t(LIMITS[notice.about as keyof typeof LIMITS]);
    return /^\d{4}-\d\d-\d\d$/.test(notice.about) ? day(notice.about) : notice.about;
  };
  const rows = loaded.data?.notices ?? [];
  return (
    <section className="card" aria-label={t("notices")}><header><h2>{t("notices")}</h2></header>
      {!loaded.data ? <Skeleton rows={3} /> : rows.length === 0 ? <p className="body dim">{t("notices_none")}</p>
        : <ul className="bill-notices">{rows.map((notice) => {
          const known = notice.kind in NOTICES ? NOTICES[notice.kind as keyof typeof NOTICES] : undefined;
          return <li key={notice.id}><Icon name={known?.[1] ?? "info"} size="s" /><span className="grow">{known ? t(known[0], { about: about(notice) }) : notice.kind}</span><span className="sm dim nw">{notice.at ? moment(notice.at) : ""}</span></li>;
        })}</ul>}
    </section>
  );
}

/** Money now, what eats it, and what should be known. */
export function Overview({ account, round, reload }: { account: T.Account; round: number; reload: () => void }) {
  const t = useT();
  return (
    <>
      <Warning account={account} reload={reload} />
      <div className="scroll grow"><div className="page bill-page">
        <dl className="bill-figures">
          <Money name={t("available")} value={account.available} loud />
          <Money name={t("balance")} value={account.balance} />
          <Money name={t("held")} value={account.held} />
          <Money name={t("spent_today")} value={account.spent_today} />
        </dl>
        <Running account={account} round={round} />
        <Spending currency={account.currency} round={round} />
        <div className="bill-cards flow"><AccountCard account={account} round={round} /><Notices currency={account.currency} round={round} /><LimitsCard key={account.rev} account={account} onSaved={reload} /><Phones /></div>
      </div></div>
    </>
  );
}
