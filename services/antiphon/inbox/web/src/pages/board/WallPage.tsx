import { useEffect } from "react";
import { provedBy } from "../../api/bearer";
import { identity } from "../../api/api";
import { Problem } from "../../api/problem";
import { connection, forget, useDesk, useLink } from "../../rt/store";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import "./board.css";
import { Kiosk } from "./Kiosk";
import { useT } from "./texts";

/** Whoever took the key back is obeyed within this. */
const LOOK_MS = 30_000;

/** The kiosk of a link: `/wall#<key>`. No session, no way anywhere else. */
export default function WallPage() {
  const t = useT();
  const link = useLink();
  const known = useDesk((state) => state.me !== undefined);
  useEffect(() => {
    provedBy(decodeURIComponent(location.hash.slice(1)));
    connection.start();
    const timer = setInterval(() => {
      identity.me().catch((error: unknown) => error instanceof Problem && error.status === 401 && forget());
    }, LOOK_MS);
    return () => { clearInterval(timer); connection.stop(); };
  }, []);
  if (link.is === "signedOut" || link.is === "stopped") return <main className="kiosk"><Empty icon="lock" title={t("wall_over_title")}>{t("wall_over_text")}</Empty></main>;
  if (!known) return <main className="kiosk">{link.is === "waiting" ? <Empty icon="offline" title={t("not_loaded")} /> : <Skeleton rows={8} />}</main>;
  return <div className="kiosk"><main className="main"><Kiosk wall /></main></div>;
}
