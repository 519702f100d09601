import type * as T from "../../api/types.gen";
import { Icon } from "../../design/Icon";
import { percent } from "../../i18n/format";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { ChannelIcon } from "../../ui/ChannelIcon";
import { Counter } from "../../ui/Counter";
import { Empty } from "../../ui/Empty";
import { Timer } from "../../ui/Timer";
import { useSetState } from "./Agents";
import type { Rights } from "./live";
import type { Alert } from "./model";
import { useT, type Text } from "./texts";
import { shareText } from "./words";

/** What has happened, in words; also for the kiosk. */
export function useAlertText(): (alert: Alert) => { title: string; advice: string } {
  const t = useT();
  return (alert) => {
    const advice = `do_${alert.kind}` as Text;
    if ("row" in alert) return { title: t(`a_${alert.kind}`, { name: alert.row.name || t("no_name") }), advice: t(advice) };
    const { queue, status } = alert.tile;
    const values = { queue: queue.name, count: status.waiting, share: shareText(alert.tile), target: percent(queue.target_share), waiting: status.waiting, ready: status.ready };
    return { title: t(`a_${alert.kind}`, values), advice: t(advice, values) };
  };
}

function Line({ alert, rights, onQueue }: { alert: Alert; rights: Rights; onQueue: (queue: string) => void }) {
  const t = useT();
  const say = useAlertText()(alert);
  const { set, pending } = useSetState();
  return (
    <li className="bd-al">
      <span className={alert.severity}><Icon name={alert.severity === "crit" ? "stop" : "alert"} /></span>
      <div className="m">{say.title}</div>
      {alert.since ? <Timer since={alert.since} title={t("row" in alert ? "since_title" : "wait_title")} className="sm dim" /> : <span />}
      <div className="sm mid bd-advice">
        {say.advice}{" "}
        {"tile" in alert
          ? <Button kind="link" size="sm" onPress={() => onQueue(alert.tile.queue.id)}>{t("open_waiting")}</Button>
          : rights.supervise && <Button kind="link" size="sm" isPending={pending} onPress={() => void set(alert.row, "AGENT_STATE_READY")}>{t("make_available")}</Button>}
      </div>
    </li>
  );
}

export function Alerts({ alerts, rights, onQueue }: { alerts: readonly Alert[]; rights: Rights; onQueue: (queue: string) => void }) {
  const t = useT();
  return (
    <section className="card bd-alerts" aria-label={t("alerts")}>
      <header><h2>{t("alerts")}</h2>{alerts.length > 0 && <Counter value={alerts.length} />}<span className="sr" role="status">{t("alerts_count", { count: alerts.length })}</span></header>
      {alerts.length === 0
        ? <Empty icon="ok" title={t("no_alerts_title")}>{t("no_alerts_text")}</Empty>
        : <ul className="scroll" tabIndex={0} aria-label={t("alerts")}>{alerts.map((alert) => <Line key={alert.key} alert={alert} rights={rights} onQueue={onQueue} />)}</ul>}
    </section>
  );
}

const SHOWN = 8;

/** Customers that wait longest, over all queues. */
export function Longest({ waiting, onQueue }: { waiting: readonly T.Conversation[]; onQueue: (queue: string) => void }) {
  const t = useT();
  const queues = useDesk((state) => state.queues);
  return (
    <section className="card bd-longest" aria-label={t("longest")}>
      <header><h2>{t("longest")}</h2></header>
      {waiting.length === 0 ? <p className="body mid">{t("longest_none")}</p> : (
        <ul className="scroll" tabIndex={0} aria-label={t("longest")}>
          {waiting.slice(0, SHOWN).map((one) => (
            <li key={one.id} className="bd-long">
              <ChannelIcon kind={one.channel} look="bare" />
              <span className="cut" lang={one.language || undefined} title={one.contact_name}>{one.contact_name || t("unknown_customer")}</span>
              <Button kind="link" size="sm" onPress={() => onQueue(one.queue_id)}><span className="cut bd-pick">{queues[one.queue_id]?.name ?? "–"}</span></Button>
              <Timer since={one.waiting_since ?? one.created_at} title={t("wait_title")} norm={Number(queues[one.queue_id]?.target_time?.replace("s", "")) || undefined} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
