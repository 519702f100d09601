import { Link, useLocation, useRoute } from "wouter";
import { Icon, type IconName } from "../../design/Icon";
import { PageHead } from "../../shell/Panes";
import "./calls.css";
import { Faxes } from "./Faxes";
import { History } from "./History";
import { Missed } from "./Missed";
import { Recordings } from "./Recordings";
import { useT } from "./texts";
import { Voicemails } from "./Voicemails";

type Tab = "history" | "missed" | "recordings" | "voicemail" | "faxes";
const TABS: readonly { id: Tab; icon: IconName }[] = [{ id: "history", icon: "phone" }, { id: "missed", icon: "phone-missed" }, { id: "recordings", icon: "record" }, { id: "voicemail", icon: "voicemail" }, { id: "faxes", icon: "file" }];
export const tabAddress = (tab: Tab, id = ""): string => `/calls/${tab}${id ? `/${encodeURIComponent(id)}` : ""}`;

export default function CallsPage() {
  const t = useT();
  const [, params] = useRoute("/calls/:tab?/:id?");
  const [, go] = useLocation();
  const tab = TABS.find((one) => one.id === params?.tab)?.id ?? "history";
  const open = params?.id ? decodeURIComponent(params.id) : "";
  return (
    <>
      <PageHead title={t("title")}>
        <nav className="tabs calls-tabs" aria-label={t("tabs")}>{TABS.map(({ id, icon }) => <Link key={id} href={tabAddress(id)} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id === "missed" ? "missed_tab" : id)}</Link>)}</nav>
      </PageHead>
      {tab === "history" && <History open={open} onOpen={(id) => go(tabAddress("history", id))} />}
      {tab === "missed" && <Missed />}
      {tab === "recordings" && <Recordings />}
      {tab === "voicemail" && <Voicemails />}
      {tab === "faxes" && <Faxes />}
    </>
  );
}
