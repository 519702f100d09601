import { useState } from "react";
import { connection, useLink } from "../rt/store";
import { useSecond } from "../rt/clock";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { useT } from "./texts";

const PATIENCE_MS = 2000;

/** Shown when the connection is away for longer than two seconds. */
export function LinkBanner() {
  const link = useLink();
  const [since, setSince] = useState<number>();
  if (link.is === "waiting" && since !== link.since) setSince(link.since);
  if (link.is === "live" && since !== undefined) setSince(undefined);
  return since === undefined || link.is === "live" ? null : <Away since={since} nextTry={link.is === "waiting" ? link.nextTry : undefined} />;
}

function Away({ since, nextTry }: { since: number; nextTry: number | undefined }) {
  const t = useT();
  useSecond();
  const now = Date.now();
  if (now - since < PATIENCE_MS) return null;
  const left = nextTry === undefined ? 0 : Math.ceil((nextTry - now) / 1000);
  return (
    <Banner icon="offline" action={<>
      {left > 0 && <span className="sm mid nw" aria-live="off">{t("next_try", { seconds: left })}</span>}
      <Button size="sm" onPress={() => connection.wake()}>{t("try_now")}</Button>
    </>}>{t("offline_kept")}</Banner>
  );
}
