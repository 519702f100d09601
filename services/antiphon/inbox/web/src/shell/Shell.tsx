import { lazy, Suspense, useState } from "react";
import { Link, Redirect, useLocation } from "wouter";
import { Icon } from "../design/Icon";
import { LANGUAGES, LANGUAGE_CODES } from "../i18n/languages";
import { loadAreas } from "../i18n/texts";
import { isForMe, myId, unreadLines } from "../rt/selectors";
import { useDesk } from "../rt/store";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { KeyCap } from "../ui/KeyCap";
import { Menu, MenuItem, MenuLine, SubMenu } from "../ui/Menu";
import { Skeleton } from "../ui/Skeleton";
import { ErrorBoundary } from "./Failure";
import { nextPane, useKey } from "./keys";
import { LinkBanner } from "./LinkBanner";
import { setLook, useLook } from "./look";
import { allowed, ROUTES, type Route } from "./routes";
import { useSignOut } from "./signOut";
import { useT } from "./texts";

const Palette = lazy(() => import("./Palette"));
/** The softphone comes after the page: its code and texts do not delay the first view. */
const withTexts = <M,>(load: Promise<M>) => Promise.all([load, loadAreas("softphone")]).then(([module]) => module);
const PhoneBar = lazy(() => withTexts(import("../softphone/PhoneBar")));
const PhoneWarning = lazy(() => withTexts(import("../softphone/PhoneWarning")));
const Notices = lazy(() => import("./Notices"));
const HelpDialog = lazy(() => import("./HelpDialog"));

/** Rooms of colleagues with something unread; hot when it is meant for me. */
function useUnread(): { count: number; hot: boolean } {
  return useDesk((state) => {
    const me = myId(state);
    const rooms = Object.values(state.rooms);
    return { count: rooms.filter((room) => unreadLines(room, me) > 0).length, hot: rooms.some((room) => isForMe(room, me)) };
  });
}

function NavLink({ route, here }: { route: Route; here: boolean }) {
  const t = useT();
  const unread = useUnread();
  return (
    <Link href={route.base} title={t(route.title)} className={route.nav === "bottom" ? "end" : ""} aria-current={here ? "page" : undefined}>
      <Icon name={route.icon} size="l" /><span className="sr">{t(route.title)}</span>
      {route.base === "/team" && unread.count > 0 && <><span className="sr">{t("unread", { count: unread.count })}</span><span className={unread.hot ? "n hot" : "n"} aria-hidden="true">{unread.count}</span></>}
    </Link>
  );
}

function PersonMenu({ name }: { name: string }) {
  const t = useT();
  const look = useLook();
  const [, go] = useLocation();
  const mayStart = useDesk((state) => state.me?.permissions.includes("tenant.write") ?? false);
  const signOut = useSignOut();
  return (
    <Menu label={t("me", { name })} trigger={<Button kind="plain" iconEnd="down"><Avatar name={name} size="s" /><span className="sr">{t("me", { name })}</span></Button>}>
      <MenuItem icon="user" text={t("profile")} onAction={() => go("/profile")} />
      {mayStart && <MenuItem icon="bolt" text={t("start")} onAction={() => go("/start")} />}
      <SubMenu icon="globe" text={t("language")}>
        {LANGUAGE_CODES.map((code) => <MenuItem key={code} text={LANGUAGES[code]} selected={look.language === code} onAction={() => void setLook({ language: code })} />)}
      </SubMenu>
      <SubMenu icon="moon" text={t("theme")}>
        {(["system", "light", "dark"] as const).map((theme) => <MenuItem key={theme} text={t(`theme_${theme}`)} selected={look.theme === theme} onAction={() => void setLook({ theme })} />)}
      </SubMenu>
      <SubMenu icon="filter" text={t("density")}>
        {(["comfortable", "compact"] as const).map((density) => <MenuItem key={density} text={t(density)} selected={look.density === density} onAction={() => void setLook({ density })} />)}
      </SubMenu>
      <MenuLine />
      <MenuItem icon="external" text={t("sign_out")} onAction={signOut} />
    </Menu>
  );
}

function Page({ route, permissions }: { route: Route | undefined; permissions: readonly string[] }) {
  const t = useT();
  if (!route) return <Empty icon="search" title={t("not_found_title")} actions={<Link className="btn" href="/inbox">{t("to_inbox")}</Link>}>{t("not_found_text")}</Empty>;
  if (!allowed(route, permissions)) return <Empty icon="lock" title={t("no_right_title")}>{t("no_right_text", { right: route.needs[0] ?? "" })}</Empty>;
  const Content = route.page;
  return <ErrorBoundary key={route.base}><Suspense fallback={<Skeleton rows={6} />}><Content /></Suspense></ErrorBoundary>;
}

/** Bar, navigation and the page. `/board/kiosk` has neither. */
export function Shell() {
  const t = useT();
  const [path] = useLocation();
  const [layer, setLayer] = useState<"help" | "palette">();
  const { name, permissions } = useDesk((state) => ({ name: state.me?.person?.name ?? "", permissions: state.me?.permissions ?? NONE }));
  useKey({ code: "Slash", shift: true }, t("key_help"), () => setLayer("help"));
  useKey({ id: "palette", code: "KeyK", ctrl: true }, t("key_palette"), () => setLayer("palette"));
  useKey({ id: "pane", code: "F6" }, t("key_pane"), (event) => nextPane(event.shiftKey));
  const route = ROUTES.find(({ base }) => path === base || path.startsWith(`${base}/`));
  if (path === "/") return <Redirect to="/inbox" replace />;
  const kiosk = path === "/board/kiosk";
  const phones = permissions.includes("work.take");
  const main = <main id="main" className="main" tabIndex={-1}>{!kiosk && <LinkBanner />}{!kiosk && phones && <Suspense fallback={null}><PhoneWarning /></Suspense>}<Page route={route} permissions={permissions} /></main>;
  if (kiosk) return <div className="kiosk">{main}</div>;
  const links = ROUTES.filter((one) => one.nav !== "none" && allowed(one, permissions));
  return (
    <div className="app">
      <header className="bar">
        <a className="skip btn" href="#main">{t("skip")}</a>
        <span className="brand"><Icon name="mark" size="l" /><span className="sr">Antiphon</span></span>
        <div id="bar-slot" className="bar-slot" data-f6="" />
        {phones && <div className="phone-place" data-f6=""><Suspense fallback={null}><PhoneBar /></Suspense></div>}
        <div className="bar-end">
          <Button kind="plain" icon="search" onPress={() => setLayer("palette")}><span className="wide">{t("search")}</span><span className="sr narrow">{t("search")}</span><KeyCap keys="Ctrl K" /></Button>
          {NOTICED.some((one) => permissions.includes(one)) && <Suspense fallback={null}><Notices /></Suspense>}
          <PersonMenu name={name} />
        </div>
      </header>
      <nav className="nav" aria-label={t("nav")}>{links.map((one) => <NavLink key={one.base} route={one} here={one === route} />)}</nav>
      {main}
      <Suspense fallback={null}>
        {layer === "palette" && <Palette onClose={() => setLayer(undefined)} />}
        {layer === "help" && <HelpDialog onClose={() => setLayer(undefined)} />}
      </Suspense>
    </div>
  );
}

const NONE: readonly string[] = [];
/** Who is told of alarms and tickets. */
const NOTICED: readonly string[] = ["work.watch", "people.write"];
