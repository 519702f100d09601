import { Link, Redirect, useRoute } from "wouter";
import { Icon, type IconName } from "../../design/Icon";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { ForecastTab } from "./ForecastTab";
import { MineTab } from "./MineTab";
import { PeopleTab } from "./PeopleTab";
import { RequestsTab } from "./RequestsTab";
import "./shifts.css";
import { StaffingTab } from "./StaffingTab";
import { useT, type Text } from "./texts";
import { TodayTab } from "./TodayTab";
import { WeekTab } from "./WeekTab";

const TABS = [
  { id: "mine", icon: "calendar", needs: "work.take" },
  { id: "requests", icon: "transfer", needs: "work.take" },
  { id: "today", icon: "pulse", needs: "work.watch" },
  { id: "week", icon: "users", needs: "work.watch" },
  { id: "forecast", icon: "chart", needs: "work.watch" },
  { id: "staffing", icon: "headset", needs: "work.watch" },
  { id: "people", icon: "ok", needs: "work.watch" },
] as const satisfies readonly { id: Text; icon: IconName; needs: string }[];

export default function ShiftsPage() {
  const t = useT();
  const [, params] = useRoute("/shifts/:tab?/:id?");
  const rights = useDesk((state) => ({ "work.take": can("work.take")(state), "work.watch": can("work.watch")(state) }));
  const tabs = TABS.filter(({ needs }) => rights[needs]);
  const tab = tabs.find(({ id }) => id === params?.tab)?.id;
  if (!tab) return <Redirect to={`/shifts/${rights["work.watch"] ? "today" : "mine"}`} replace />;
  return (
    <>
      <PageHead title={t("title")}>
        <nav className="tabs sf-tabs" aria-label={t("tabs")}>
          {tabs.map(({ id, icon }) => <Link key={id} href={`/shifts/${id}`} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id)}</Link>)}
        </nav>
      </PageHead>
      {tab === "mine" && <MineTab />}
      {tab === "requests" && <RequestsTab />}
      {tab === "today" && <TodayTab />}
      {tab === "week" && <WeekTab open={params?.id ? decodeURIComponent(params.id) : ""} />}
      {tab === "forecast" && <ForecastTab open={params?.id ? decodeURIComponent(params.id) : ""} />}
      {tab === "staffing" && <StaffingTab />}
      {tab === "people" && <PeopleTab />}
    </>
  );
}
