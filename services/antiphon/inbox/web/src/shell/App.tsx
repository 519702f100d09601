import { I18nProvider as AriaI18n } from "react-aria-components/I18nProvider";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { Suspense, useEffect } from "react";
import { Redirect, useLocation } from "wouter";
import { onSignedOut } from "../api/client";
import { connection, forget, useDesk, useLink } from "../rt/store";
import { Empty } from "../ui/Empty";
import { Skeleton } from "../ui/Skeleton";
import { Toasts } from "../ui/Toast";
import { ErrorBoundary } from "./Failure";
import { adoptPerson, useLook } from "./look";
import { SignInPage, SignUpPage, WallPage } from "./routes";
import { Shell } from "./Shell";
import { useT } from "./texts";

/** Keeps the connection while a person is inside, and waits for the first snapshot. */
function Inside() {
  const t = useT();
  const link = useLink();
  const [path] = useLocation();
  const person = useDesk((state) => state.me?.person);
  useEffect(() => {
    connection.start();
    return () => connection.stop(); // a later sign-in begins anew, not where an earlier one was refused
  }, []);
  useEffect(() => {
    if (person) adoptPerson(person.id, person.language);
  }, [person]);
  if (link.is === "signedOut") return <Redirect to={`/sign-in${path === "/" ? "" : `?to=${encodeURIComponent(path)}`}`} replace />;
  if (person) return <Shell />;
  return link.is === "waiting" ? <Empty icon="offline" title={t("no_server_title")}>{t("no_server_text")}</Empty> : <Skeleton rows={8} />;
}

function Pages() {
  const [path, go] = useLocation();
  useEffect(() => onSignedOut(() => {
    forget();
    if (location.pathname !== "/wall") go("/sign-in");
  }), [go]);
  const body = path === "/sign-in" ? <SignInPage /> : path === "/sign-up" ? <SignUpPage /> : path === "/wall" ? <WallPage /> : <Inside />;
  return <Suspense fallback={null}>{body}</Suspense>;
}

export function App() {
  const { language } = useLook();
  return (
    <I18nProvider i18n={i18n}>
      <AriaI18n locale={language === "en" ? "en-GB" : language}>
        <ErrorBoundary><Pages /></ErrorBoundary>
        <Toasts />
      </AriaI18n>
    </I18nProvider>
  );
}
