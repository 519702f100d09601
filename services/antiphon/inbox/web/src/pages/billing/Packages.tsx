import { billing } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { duration, moment } from "../../i18n/format";
import { Empty } from "../../ui/Empty";
import { Meter } from "../../ui/Meter";
import { Skeleton } from "../../ui/Skeleton";
import { Failed } from "./paged";
import { useT } from "./texts";

/** Where a package's seconds go, for people. */
export function useCovers(): (prefixes: readonly string[]) => string {
  const t = useT();
  return (prefixes) => prefixes.length === 0 ? t("pkg_all") : t("pkg_to", { prefixes: prefixes.map((one) => `+${one}`).join(", ") });
}

function Left({ one }: { one: T.Package }) {
  const t = useT();
  const covers = useCovers();
  const all = Number(one.seconds), left = Number(one.left), reserved = Number(one.reserved);
  const said = t("pkg_left", { left: duration(left), all: duration(all) });
  return (
    <li className="card"><h3>{one.name}</h3>
      <p className="mid">{covers(one.prefixes)}</p>
      <div className="bill-left"><Meter label={one.name} share={all > 0 ? left / all : 0} text={said} severity={left === 0 ? "crit" : left * 10 <= all ? "warn" : "ok"} /></div>
      <p className="b">{said}</p>
      {reserved > 0 && <p className="sm dim">{t("pkg_reserved", { reserved: duration(reserved) })}</p>}
      <p className="sm dim">{t(one.source.startsWith("tariff:") ? "pkg_until_tariff" : "pkg_until", { until: one.expires ? moment(one.expires) : "–" })}</p>
    </li>
  );
}

/** Seconds that are paid already: what is left, of how much, until when. */
export function Packages({ round }: { round: number }) {
  const t = useT();
  const found = useLoad(billing.packages, [round]);
  const packages = found.data?.packages;
  return (
    <section aria-label={t("packages")} className="bill-part"><h2>{t("packages")}</h2>
      {found.problem && !packages ? <Failed problem={found.problem} onRetry={found.reload} /> : !packages ? <Skeleton rows={2} />
        : packages.length === 0 ? <Empty icon="clock" title={t("packages_empty")}>{t("packages_empty_text")}</Empty>
          : <ul className="bill-products">{packages.map((one) => <Left key={one.id} one={one} />)}</ul>}
    </section>
  );
}
