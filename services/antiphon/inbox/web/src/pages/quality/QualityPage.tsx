import { Link, Redirect, useRoute } from "wouter";
import { Icon, type IconName } from "../../design/Icon";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { EvaluateView } from "./EvaluateView";
import { EvaluationsTab } from "./EvaluationsTab";
import "./quality.css";
import { ReportTab } from "./ReportTab";
import { ScorecardsTab } from "./ScorecardsTab";
import { useT, type Text } from "./texts";

const TABS = [
  { id: "report", icon: "chart", needs: "quality.write" },
  { id: "evaluations", icon: "check", needs: "quality.write" },
  { id: "scorecards", icon: "edit", needs: "quality.write" },
  { id: "mine", icon: "user", needs: "work.take" },
] as const satisfies readonly { id: Text; icon: IconName; needs: string }[];

export default function QualityPage() {
  const t = useT();
  const [, params] = useRoute("/quality/:tab?/:id?");
  const rights = useDesk((state) => ({ "quality.write": can("quality.write")(state), "work.take": can("work.take")(state) }));
  const tabs = TABS.filter(({ needs }) => rights[needs]);
  const id = params?.id ? decodeURIComponent(params.id) : "";
  const judging = params?.tab === "evaluate" && id !== "" && rights["quality.write"];
  const tab = tabs.find((one) => one.id === params?.tab)?.id;
  if (!tab && !judging) return <Redirect to={`/quality/${tabs[0]?.id ?? "mine"}`} replace />;
  return (
    <>
      <PageHead title={t("title")}>
        <nav className="tabs qu-tabs" aria-label={t("tabs")}>{tabs.map((one) => <Link key={one.id} href={`/quality/${one.id}`} aria-current={one.id === tab ? "page" : undefined}><Icon name={one.icon} size="s" />{t(one.id)}</Link>)}</nav>
      </PageHead>
      {judging && <EvaluateView key={id} interaction={id} />}
      {tab === "report" && <ReportTab />}
      {tab === "evaluations" && <EvaluationsTab open={id} />}
      {tab === "scorecards" && <ScorecardsTab open={id} />}
      {tab === "mine" && <EvaluationsTab key="mine" open={id} mine />}
    </>
  );
}
