import { Link } from "wouter";
import { telephony } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { day } from "../../i18n/format";
import { serverNow } from "../../rt/clock";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { useFacts } from "../../rt/useFacts";
import { Chip } from "../../ui/Chip";
import { Table, type TableColumn } from "../../ui/Table";
import { passwordDays } from "./model";
import { Failed } from "./paged";
import { useT } from "./texts";

const FACTS = /^antiphon\.directory\.v1\.Sip/;

/** Who could spend the company's money by telephone: from which networks, and how old each password is. */
export function Phones() {
  const manages = useDesk(can("people.write"));
  return manages ? <Card /> : null;
}

function Card() {
  const t = useT();
  const people = useDesk((state) => state.people);
  const round = useFacts(FACTS);
  const loaded = useLoad(telephony.accounts, [round]);
  const age = (one: T.SipAccount) => {
    const days = passwordDays(one, serverNow());
    if (days === undefined) return "–";
    const text = t("password_age", { days });
    return one.password_expired ? <Chip kind="crit">{text}</Chip> : <span className="nw" title={one.password_expires_at ? t("password_until", { day: day(one.password_expires_at) }) : ""}>{text}</span>;
  };
  const columns: TableColumn<T.SipAccount>[] = [
    { id: "who", title: t("phone"), cell: (one) => <span className="col"><span className="m cut">{one.title || one.username}</span><span className="sm dim cut">{people[one.person_id]?.name ?? one.username}</span></span> },
    { id: "networks", title: t("networks"), cell: (one) => (one.blocked ? <Chip kind="crit">{t("f_blocked")}</Chip> : one.allowed_networks.length > 0 ? <span className="mono sm">{one.allowed_networks.join(", ")}</span> : <Chip kind="warn">{t("networks_all")}</Chip>) },
    { id: "age", title: t("password"), num: true, cell: age },
  ];
  return (
    <section className="card" aria-label={t("phones")}><header><h2>{t("phones")}</h2><span className="end"><Link href="/admin/sip">{t("phones_go")}</Link></span></header>
      {loaded.problem && !loaded.data ? <Failed problem={loaded.problem} onRetry={loaded.reload} />
        : <div className="bill-phones"><Table label={t("phones")} columns={columns} rows={loaded.data?.accounts} rowId={(one) => one.id} tight empty={<p className="body dim">{t("phones_none")}</p>} /></div>}
    </section>
  );
}
