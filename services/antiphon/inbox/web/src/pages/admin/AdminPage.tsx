import { lazy, Suspense, type ComponentType } from "react";
import { Link, Redirect, useRoute } from "wouter";
import { Icon, type IconName } from "../../design/Icon";
import { loadAreas } from "../../i18n/texts";
import { useDesk } from "../../rt/store";
import { ErrorBoundary } from "../../shell/Failure";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Skeleton } from "../../ui/Skeleton";
import { useLeaving } from "./guard";
import { useT, type AdminText } from "./texts";
import "./admin.css";
import type { SectionPageProps } from "./page";

interface SectionRow { id: string; title: AdminText; icon: IconName; group: AdminText; /** Any of these shows it. */ needs: readonly string[]; page: ComponentType<SectionPageProps> }

/** A section whose texts are an area of their own. */
const withTexts = <M,>(area: string, load: Promise<M>) => Promise.all([load, loadAreas(area)]).then(([module]) => module);

const SECTIONS: readonly SectionRow[] = [
  { id: "people", title: "people", icon: "user", group: "g_team", needs: ["people.write", "directory.read"], page: lazy(() => import("./PeoplePage")) },
  { id: "groups", title: "groups", icon: "users", group: "g_team", needs: ["directory.read"], page: lazy(() => import("./GroupsPage")) },
  { id: "queues", title: "queues", icon: "headset", group: "g_work", needs: ["directory.read"], page: lazy(() => withTexts("work", import("./QueuesPage"))) },
  { id: "work", title: "work", icon: "bolt", group: "g_work", needs: ["directory.read"], page: lazy(() => withTexts("work", import("./work/PolicyPage"))) },
  { id: "channels", title: "channels", icon: "chat", group: "g_work", needs: ["directory.read"], page: lazy(() => withTexts("channels", import("./ChannelsPage"))) },
  { id: "customers", title: "customers", icon: "card", group: "g_work", needs: ["directory.read"], page: lazy(() => withTexts("crm", import("./crm/CrmPage"))) },
  { id: "numbers", title: "numbers", icon: "phone", group: "g_work", needs: ["directory.read"], page: lazy(() => withTexts("voice", import("./NumbersPage"))) },
  { id: "tags", title: "tags", icon: "tag", group: "g_writing", needs: ["directory.read"], page: lazy(() => withTexts("shelf", import("./shelf/TagsPage"))) },
  { id: "canned", title: "canned", icon: "note", group: "g_writing", needs: ["conversations.read"], page: lazy(() => withTexts("shelf", import("./shelf/CannedPage"))) },
  { id: "macros", title: "macros", icon: "bolt", group: "g_writing", needs: ["conversations.read"], page: lazy(() => withTexts("shelf", import("./shelf/MacrosPage"))) },
  { id: "sla", title: "sla", icon: "clock", group: "g_writing", needs: ["directory.read"], page: lazy(() => withTexts("shelf", import("./shelf/SlaPage"))) },
  { id: "blocks", title: "blocks", icon: "lock", group: "g_writing", needs: ["conversations.read"], page: lazy(() => withTexts("shelf", import("./shelf/BlocksPage"))) },
  { id: "schemes", title: "schemes", icon: "flow", group: "g_reception", needs: ["schemes.read"], page: lazy(() => withTexts("scheme", import("./scheme/SchemesPage"))) },
  { id: "hours", title: "hours", icon: "clock", group: "g_reception", needs: ["schemes.read"], page: lazy(() => import("./HoursPage")) },
  { id: "lists", title: "lists", icon: "filter", group: "g_reception", needs: ["schemes.read"], page: lazy(() => import("./ListsPage")) },
  { id: "sip", title: "sip", icon: "headset", group: "g_voice", needs: ["people.write"], page: lazy(() => withTexts("voice", import("./voice/SipPage"))) },
  { id: "trunks", title: "trunks", icon: "external", group: "g_voice", needs: ["directory.write"], page: lazy(() => withTexts("voice", import("./voice/TrunksPage"))) },
  { id: "carriers", title: "carriers", icon: "deal", group: "g_voice", needs: ["billing.read"], page: lazy(() => withTexts("carriers", import("./carriers/CarriersPage"))) },
  { id: "dialplan", title: "dialplan", icon: "keypad", group: "g_voice", needs: ["directory.write"], page: lazy(() => withTexts("voice", import("./voice/DialPlanPage"))) },
  { id: "voicehealth", title: "voicehealth", icon: "pulse", group: "g_voice", needs: ["work.watch"], page: lazy(() => withTexts("voice", import("./voice/HealthPage"))) },
  { id: "security", title: "security", icon: "lock", group: "g_voice", needs: ["people.write", "work.watch", "bans.read"], page: lazy(() => withTexts("voice", import("./voice/SecurityPage"))) },
  { id: "gateways", title: "gateways", icon: "external", group: "g_voice", needs: ["slots.write"], page: lazy(() => withTexts("voice", import("./voice/GatewaysPage"))) },
  { id: "support", title: "support", icon: "headset", group: "g_voice", needs: ["support.forward"], page: lazy(() => withTexts("voice", import("./voice/SupportPage"))) },
  { id: "plans", title: "plans", icon: "card", group: "g_offers", needs: ["offers.write"], page: lazy(() => withTexts("offers", import("./offers/PlansPage"))) },
  { id: "pool", title: "pool", icon: "phone", group: "g_offers", needs: ["offers.write"], page: lazy(() => withTexts("offers", import("./offers/PoolPage"))) },
  { id: "projects", title: "projects", icon: "deal", group: "g_company", needs: ["directory.read"], page: lazy(() => import("./ProjectsPage")) },
  { id: "company", title: "company", icon: "globe", group: "g_company", needs: ["directory.read"], page: lazy(() => import("./CompanyPage")) },
  { id: "sign-on", title: "sign_on", icon: "lock", group: "g_company", needs: ["owners.write"], page: lazy(() => withTexts("access", import("./access/SignOnPage"))) },
  { id: "keys", title: "keys", icon: "key", group: "g_company", needs: ["keys.write"], page: lazy(() => import("./KeysPage")) },
  { id: "audit", title: "audit", icon: "file", group: "g_company", needs: ["audit.read"], page: lazy(() => import("./AuditPage")) },
];

function LeaveQuestion() {
  const t = useT();
  const { asked, stay, discard } = useLeaving();
  return (
    <Dialog role="alertdialog" title={t("leave_title")} isOpen={asked} onClose={stay}
      actions={<><Button autoFocus onPress={stay}>{t("leave_stay")}</Button><Button kind="stop" onPress={discard}>{t("leave_discard")}</Button></>}>
      <p className="mid">{t("leave_text")}</p>
    </Dialog>
  );
}

export default function AdminPage() {
  const t = useT();
  const [, params] = useRoute("/admin/:section?/:id?");
  const permissions = useDesk((state) => state.me?.permissions ?? NOTHING);
  const shown = SECTIONS.filter(({ needs }) => needs.some((need) => permissions.includes(need)));
  const section = shown.find(({ id }) => id === params?.section);
  if (!section) return <Redirect to={`/admin/${shown[0]?.id ?? "people"}`} replace />;
  const Page = section.page;
  const groups = [...new Set(shown.map(({ group }) => group))];
  const whole = section.id === "schemes" && params?.id !== undefined && params.id !== "new";
  return (
    <div className={whole ? "adm whole" : "adm"}>
      {!whole && (
        <nav className="adm-nav scroll" aria-label={t("title")} data-f6="">
          {groups.map((group) => (
            <div key={group} role="group" aria-label={t(group)}>
              <h2 aria-hidden="true">{t(group)}</h2>
              {shown.filter((one) => one.group === group).map((one) => (
                <Link key={one.id} href={`/admin/${one.id}`} aria-current={one === section ? "page" : undefined}><Icon name={one.icon} /><span className="cut">{t(one.title)}</span></Link>
              ))}
            </div>
          ))}
        </nav>
      )}
      <ErrorBoundary key={section.id}><Suspense fallback={<Skeleton rows={6} />}><Page open={params?.id ? decodeURIComponent(params.id) : undefined} /></Suspense></ErrorBoundary>
      <LeaveQuestion />
    </div>
  );
}

const NOTHING: readonly string[] = [];
