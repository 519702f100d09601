/** Campaigns in which I dial by myself, in my list. */
import { useEffect } from "react";
import { Link } from "wouter";
import { dialer } from "../../../api/api";
import { useLoad } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { addressOf } from "../layer";
import { campaignAddress } from "../model/campaigns";
import { useT } from "./texts";

const EVERY = 60_000;

export default function MyCampaigns({ selected }: { selected: string }) {
  const t = useT();
  const { data, reload } = useLoad(async () => (await dialer.mine()).campaigns, [selected]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), EVERY);
    return () => clearInterval(timer);
  }, [reload]);
  if (!data?.length) return null;
  return (
    <div role="list" aria-label={t("mine")} className="call-rows">{data.map((one) => (
      <div key={one.id} className={selected === campaignAddress(one.id) ? "it sel" : "it"} role="listitem">
        <Link href={addressOf(campaignAddress(one.id))} className="it-link" aria-current={selected === campaignAddress(one.id) ? "true" : undefined}>
          <Icon name="campaign" />
          <span className="col"><span className="ln"><span className="l1 m cut" title={one.name}>{one.name}</span></span><span className="ln"><span className="l2 cut">{t(one.preview_id ? "row_looking" : "row_next")}</span></span></span>
        </Link>
      </div>
    ))}</div>
  );
}
