import { Link, useRoute } from "wouter";
import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { useFacts } from "../../rt/useFacts";
import { PageHead } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import "./billing.css";
import { Calls } from "./Calls";
import { Clients } from "./Clients";
import { Contract } from "./contract/Contract";
import { Documents } from "./Documents";
import { Office } from "./Office";
import { Overview } from "./Overview";
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

function Failed({ loaded }: { loaded: Loaded<T.GetAccountResponse> }) {
  const t = useT();
  const say = useProblemText();
  const problem = loaded.problem;
  if (problem?.reason === "NO_ACCOUNT") return <Empty icon="wallet" title={t("no_account_title")}>{t("no_account_text")}</Empty>;
  return <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={loaded.reload}>{t("try_again")}</Button>}>{problem ? say(problem) : ""}</Empty>;
}

export default function BillingPage() {
  const t = useT();
  const [, params] = useRoute("/billing/:tab?");
  const tab = TABS.find((one) => one.id === params?.tab)?.id ?? "overview";
  const round = useFacts(FACTS);
  const loaded = useLoad(billing.account, [round]);
  const account = loaded.data?.account;
  return (
    <>
      <PageHead title={t("title")}>
        <nav className="tabs bill-tabs" aria-label={t("tabs")}>{TABS.map(({ id, icon }) => <Link key={id} href={`/billing/${id}`} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id)}</Link>)}</nav>
      </PageHead>
      {!account ? (loaded.loading ? <Skeleton rows={8} /> : <Failed loaded={loaded} />) : <>
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
