/** The operator's accountants: all customers' accounts, what waits on them, how a month closes, what is done to many. */
import { Link, useRoute } from "wouter";
import { Icon, type IconName } from "../../design/Icon";
import { useFacts } from "../../rt/useFacts";
import { PageHead } from "../../shell/Panes";
import "../billing/billing.css";
import { Customers } from "./Customers";
import { Errands } from "./Errands";
import { Month } from "./Month";
import { useT } from "./texts";
import { Work } from "./Work";

type Tab = "list" | "work" | "month" | "errands";
const TABS: readonly { id: Tab; icon: IconName }[] = [{ id: "list", icon: "wallet" }, { id: "work", icon: "alert" }, { id: "month", icon: "calendar" }, { id: "errands", icon: "campaign" }];

export default function OperatorPage() {
  const t = useT();
  const [, params] = useRoute("/operator/:tab?");
  const tab = TABS.find((one) => one.id === params?.tab)?.id ?? "list";
  const round = useFacts(/^antiphon\.billing\.v1\./);
  return (
    <>
      <PageHead title={t("title")}>
        <nav className="tabs bill-tabs" aria-label={t("tabs")}>{TABS.map(({ id, icon }) => <Link key={id} href={`/operator/${id}`} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id)}</Link>)}</nav>
      </PageHead>
      {tab === "list" && <Customers round={round} />}
      {tab === "work" && <Work round={round} />}
      {tab === "month" && <Month />}
      {tab === "errands" && <Errands round={round} />}
    </>
  );
}
