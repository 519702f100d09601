/** The bell: what an administrator must know on whatever page he is. Not there while there is nothing. */
import { useEffect } from "react";
import { Link } from "wouter";
import { telephony } from "../api/api";
import { useLoad } from "../api/useCall";
import { Icon } from "../design/Icon";
import { moment } from "../i18n/format";
import { can } from "../rt/selectors";
import { store, useDesk } from "../rt/store";
import { Button } from "../ui/Button";
import { Counter } from "../ui/Counter";
import { Popover } from "../ui/Popover";
import { useAlarms, type Alarm } from "./alarms";
import { useT } from "./texts";

const KINDS = { engine: "alarm_engine", trunk: "alarm_trunk", disk: "alarm_disk", quality: "alarm_quality", edge: "alarm_edge", overload: "alarm_overload" } as const;

/** "Trunk: Kyivstar does not answer" in a sentence. */
export function useAlarmText(): (alarm: Alarm) => string {
  const t = useT();
  return ({ kind, name }) => (kind in KINDS ? t(KINDS[kind as keyof typeof KINDS], { name }) : `${kind}: ${name}`);
}

export function useOpenTickets() {
  const may = useDesk(can("people.write"));
  const loaded = useLoad(async () => (may ? (await telephony.tickets()).tickets : []), [may]);
  const { reload } = loaded;
  useEffect(() => store.onEvent((event) => event.type === "antiphon.directory.v1.SipAccountsBlocked" && reload()), [reload]);
  return loaded;
}

export default function Notices() {
  const t = useT();
  const say = useAlarmText();
  const { alarms } = useAlarms();
  const names = useTrunkNames(alarms.some((one) => one.kind === "trunk"));
  const tickets = (useOpenTickets().data ?? []).filter((one) => Date.parse(one.due_at ?? "") > Date.now());
  const count = alarms.length + tickets.length;
  if (count === 0) return null;
  return (
    <Popover label={t("notices")} trigger={<Button kind="plain" className="notices"><Icon name="bell" /><Counter value={count} hot label={t("notices_count", { count })} /></Button>}>
      {(close) => (
        <div className="notice-list">
          <h2>{t("notices")}</h2>
          <ul>
            {alarms.map((one) => <li key={one.key}><Icon name="alert" size="s" /><span><span>{say(one.kind === "trunk" ? { ...one, name: names[one.name] ?? one.name } : one)}</span>{(one.since || one.why) && <span className="sm mid">{[one.since ? moment(one.since) : "", one.why].filter(Boolean).join(" · ")}</span>}</span></li>)}
            {tickets.map((one) => <li key={one.id}><Icon name="lock" size="s" /><span><span>{t("notice_ticket", { reason: one.reason })}</span><span className="sm mid">{one.opened_at && moment(one.opened_at)}</span></span></li>)}
          </ul>
          <Link href="/admin/security" className="btn" onClick={close}>{t("notices_open")}</Link>
        </div>
      )}
    </Popover>
  );
}

export function useTrunkNames(wanted: boolean): Readonly<Record<string, string>> {
  const may = useDesk(can("directory.write"));
  const { data } = useLoad(async () => (may && wanted ? (await telephony.trunks()).trunks : []), [may, wanted]);
  return Object.fromEntries((data ?? []).map((one) => [one.id, one.name]));
}
