import { useEffect, useRef, useState } from "react";
import { Link, useRoute } from "wouter";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { useFacts } from "../../rt/useFacts";
import { PageHead } from "../../shell/Panes";
import { Banner } from "../../ui/Banner";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import "./billing.css";
import { Calls } from "./Calls";
import { Clients } from "./Clients";
import { Contract } from "./contract/Contract";
import { Documents } from "./Documents";
import { Office } from "./Office";
import { Overview } from "./Overview";
import { Failed, useRetry } from "./paged";
import { Payments } from "./Payments";
import { Services } from "./Services";
import { Statement } from "./Statement";
import { useT } from "./texts";

type Tab = "overview" | "statement" | "calls" | "payments" | "documents" | "services" | "contract" | "clients" | "office";
const TABS: readonly { id: Tab; icon: IconName }[] = [
  { id: "overview", icon: "wallet" }, { id: "statement", icon: "note" }, { id: "calls", icon: "phone" }, { id: "payments", icon: "card" },
  { id: "documents", icon: "file" }, { id: "services", icon: "tag" }, { id: "contract", icon: "edit" }, { id: "clients", icon: "deal" }, { id: "office", icon: "settings" },
];
const FACTS = /^antiphon\.billing\.v1\./;

function Missing({ loaded }: { loaded: Loaded<T.GetAccountResponse> }) {
  const t = useT();
  const problem = loaded.problem;
  if (!problem || problem.reason === "NO_ACCOUNT") return <Empty icon="wallet" title={t("no_account_title")}>{t("no_account_text")}</Empty>;
  return <Failed problem={problem} onRetry={loaded.reload} />;
}

/** Counts up with facts, and when billing answers again after it did not: then every list loads anew. */
function useRounds(heard: number, waits: boolean): number {
  const [back, setBack] = useState(0);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !waits) setBack((old) => old + 1);
    was.current = waits;
  }, [waits]);
  return heard + back;
}

export default function BillingPage() {
  const t = useT();
  const [, params] = useRoute("/billing/:tab?");
  const tab = TABS.find((one) => one.id === params?.tab)?.id ?? "overview";
  const heard = useFacts(FACTS);
  const loaded = useLoad(billing.account, [heard]);
  const waits = useRetry(loaded.data && loaded.problem, loaded.reload);
  const round = useRounds(heard, waits);
  const bar = useRef<HTMLElement>(null);
  useEffect(() => { bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }); }, [tab]);
  const account = loaded.data?.account;
  return (
    <>
      <PageHead title={t("title")}>
        <nav ref={bar} className="tabs bill-tabs" aria-label={t("tabs")}>{TABS.map(({ id, icon }) => <Link key={id} href={`/billing/${id}`} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id)}</Link>)}</nav>
      </PageHead>
      {!account ? (loaded.loading ? <Skeleton rows={8} /> : <Missing loaded={loaded} />) : <>
        {waits && <Banner>{t("stale")}</Banner>}
        {tab === "overview" && <Overview account={account} round={round} reload={loaded.reload} />}
        {tab === "statement" && <Statement round={round} />}
        {tab === "calls" && <Calls round={round} />}
        {tab === "payments" && <Payments account={account} round={round} />}
        {tab === "documents" && <Documents account={account} round={round} />}
        {tab === "contract" && <Contract round={round} />}
        {tab === "clients" && <Clients account={account} round={round} />}
        {tab === "office" && <Office account={account} round={round} />}
        {tab === "services" && <Services account={account} round={round} />}
      </>}
    </>
  );
}
