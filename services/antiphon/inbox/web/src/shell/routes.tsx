/** The pages: one table. Each loads its code and its texts when it is first opened. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import type { IconName } from "../design/Icon";
import { loadAreas } from "../i18n/texts";
import type { ShellText } from "./texts";

type PageModule = { default: ComponentType };

function page(area: string, load: () => Promise<PageModule>, ...more: string[]): LazyExoticComponent<ComponentType> {
  return lazy(async () => {
    const [module] = await Promise.all([load(), loadAreas(area, ...more)]);
    return module;
  });
}

export interface Route {
  /** First part of the address; a page parses the rest itself with wouter. */
  base: string;
  title: ShellText;
  icon: IconName;
  /** Any of these permissions opens the page; none named: everyone signed in. */
  needs: readonly string[];
  nav: "top" | "bottom" | "none";
  page: LazyExoticComponent<ComponentType>;
}

export const ROUTES: readonly Route[] = [
  { base: "/inbox", title: "inbox", icon: "inbox", needs: [], nav: "top", page: page("desk", () => import("../pages/desk/DeskPage"), "bench") },
  { base: "/customers", title: "customers", icon: "card", needs: ["contacts.read"], nav: "top", page: page("customers", () => import("../pages/customers/CustomersPage"), "player") },
  { base: "/deals", title: "deals", icon: "deal", needs: ["contacts.read"], nav: "top", page: page("deals", () => import("../pages/deals/DealsPage")) },
  { base: "/calls", title: "calls", icon: "phone", needs: ["work.take", "calls.read"], nav: "top", page: page("calls", () => import("../pages/calls/CallsPage"), "player", "softphone") },
  { base: "/board", title: "board", icon: "wallboard", needs: ["work.watch"], nav: "top", page: page("board", () => import("../pages/board/BoardPage")) },
  { base: "/team", title: "team", icon: "users", needs: ["work.take"], nav: "top", page: page("team", () => import("../pages/team/TeamPage")) },
  { base: "/history", title: "history", icon: "clock", needs: ["work.take", "calls.read"], nav: "top", page: page("insight", () => import("../pages/insight/HistoryPage")) },
  { base: "/reports", title: "reports", icon: "chart", needs: ["work.watch"], nav: "top", page: page("insight", () => import("../pages/insight/ReportsPage")) },
  { base: "/quality", title: "quality", icon: "ok", needs: ["quality.write", "work.take"], nav: "top", page: page("quality", () => import("../pages/quality/QualityPage"), "player") },
  { base: "/billing", title: "billing", icon: "wallet", needs: ["billing.read"], nav: "bottom", page: page("billing", () => import("../pages/billing/BillingPage"), "contract") },
  { base: "/operator", title: "accounts", icon: "tag", needs: ["customers.read"], nav: "top", page: page("operator", () => import("../pages/operator/OperatorPage"), "billing") },
  { base: "/campaigns", title: "campaigns", icon: "campaign", needs: ["campaigns.read"], nav: "top", page: page("campaigns", () => import("../pages/campaigns/CampaignsPage")) },
  { base: "/shifts", title: "shifts", icon: "calendar", needs: ["work.take", "work.watch"], nav: "top", page: page("shifts", () => import("../pages/shifts/ShiftsPage")) },
  { base: "/admin", title: "admin", icon: "settings", needs: ["directory.write", "people.write", "queues.write", "channels.write", "schemes.write", "tenant.write", "support.forward"], nav: "bottom", page: page("admin", () => import("../pages/admin/AdminPage")) },
  { base: "/search", title: "search", icon: "search", needs: ["conversations.read"], nav: "none", page: page("search", () => import("../pages/search/SearchPage")) },
  { base: "/wait", title: "wait", icon: "pulse", needs: ["work.watch"], nav: "none", page: page("wait", () => import("../pages/wait/WaitPage"), "why") },
  { base: "/sip", title: "sip", icon: "phone", needs: ["work.watch"], nav: "none", page: page("sip", () => import("../pages/sip/SipPage")) },
  { base: "/start", title: "start", icon: "bolt", needs: ["tenant.write"], nav: "none", page: page("start", () => import("../pages/start/StartPage")) },
  { base: "/profile", title: "profile", icon: "user", needs: [], nav: "none", page: page("signin", () => import("../pages/signin/ProfilePage")) },
];

export const SignInPage = page("signin", () => import("../pages/signin/SignInPage"));
export const WallPage = page("board", () => import("../pages/board/WallPage"));
export const SignUpPage = page("signin", () => import("../pages/signin/SignUpPage"));

export function allowed(route: Route, permissions: readonly string[]): boolean {
  return route.needs.length === 0 || route.needs.some((need) => permissions.includes(need));
}
