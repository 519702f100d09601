import { useEffect, type ReactNode } from "react";
import { media, telephony } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { clock, number } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { PageHead } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Empty } from "../../../ui/Empty";
import { Skeleton } from "../../../ui/Skeleton";
import { together, words } from "../carriers/model";
import { useT as useAdmin } from "../texts";
import { REFUSED, TRUNK, TRUNK_ICONS as ICONS, type Mark } from "./health";
import { useT } from "./texts";

const AGAIN_MS = 10_000;
interface Line { id: string; name: string; mark: Mark; state: string; calls: number; lately?: string }

function Group({ title, lines }: { title: string; lines: readonly Line[] }): ReactNode {
  const t = useT();
  return (
    <section className="card" aria-label={title}>
      <header><h2>{title}</h2><span className="n">{lines.length}</span></header>
      {lines.length === 0 ? <p className="body dim">{t("h_none")}</p> : (
        <table className="tbl"><thead><tr><th>{t("h_name")}</th><th>{t("h_state")}</th><th className="num">{t("h_calls")}</th></tr></thead>
          <tbody>{lines.map((one) => <tr key={one.id}><th scope="row" className="m voice-name">{one.name}</th><td><span className={`status-dot ${one.mark}`}><Icon name={ICONS[one.mark]} size="s" /><span>{one.state}</span></span>{one.lately && <div className="sm mid">{one.lately}</div>}</td><td className="num">{number(one.calls)}</td></tr>)}</tbody></table>
      )}
    </section>
  );
}

function useLines(health: T.GetVoiceHealthResponse | undefined, names: Readonly<Record<string, string>>) {
  const t = useT();
  const up = (draining: boolean): [Mark, string] => (draining ? ["warn", t("h_drain")] : ["ok", t("h_up")]);
  const engines = (health?.engines ?? []).map((one): Line => {
    const [mark, state] = one.up ? up(one.draining) : ["crit" as const, t("h_down")];
    return { id: one.name, name: one.name, mark, state, calls: one.calls };
  });
  const trunks = (health?.trunks ?? []).map((one): Line => {
    const [mark, word] = TRUNK[one.state] ?? ["off", undefined];
    const reason = one.state === "refused" ? REFUSED[one.code] : undefined;
    const why = mark !== "crit" ? "" : (reason ? `: ${t(reason)}` : "") + (one.code ? `, ${t("h_code", { code: one.code })}` : "");
    const measured = together([one.quality]);
    const lately = measured ? { lately: t("h_lately", { what: words(measured), count: measured.calls }) } : {};
    return { id: one.trunk_id, name: names[one.trunk_id] ?? one.trunk_id, mark, state: (word ? t(word) : one.state) + why, calls: one.calls, ...lately };
  });
  const replicas = (health?.replicas ?? []).map((one): Line => {
    const [mark, state] = up(one.draining);
    return { id: one.name, name: one.name, mark, state, calls: one.calls };
  });
  return { engines, trunks, replicas, bad: [...engines, ...trunks, ...replicas].filter((one) => one.mark === "crit").length };
}

export default function HealthPage() {
  const t = useT();
  const admin = useAdmin();
  const say = useProblemText();
  const loaded = useLoad(async () => ({ health: await media.health(), at: Date.now() }));
  const trunks = useLoad(() => telephony.trunks().then((answer) => answer.trunks, () => []));
  const { reload } = loaded;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const lines = useLines(loaded.data?.health, Object.fromEntries((trunks.data ?? []).map((one) => [one.id, one.name])));
  const gone = loaded.problem !== undefined && loaded.problem.status === 503;
  return (
    <div className="voice-health">
      <PageHead title={admin("voicehealth")}>
        {loaded.data && !loaded.problem && <Chip kind={lines.bad ? "crit" : "ok"}>{lines.bad ? t("h_bad", { count: lines.bad }) : t("h_good")}</Chip>}
        <span className="end sm dim" aria-live="off">{loaded.data && !loaded.problem && t("h_looked", { time: clock(loaded.data.at) })}</span>
      </PageHead>
      {loaded.problem ? <Empty icon={gone ? "phone" : "alert"} title={gone ? t("h_gone_title") : admin("not_loaded")} actions={<Button icon="refresh" onPress={reload}>{t("try_again")}</Button>}>{gone ? t("h_gone_text") : say(loaded.problem)}</Empty>
        : !loaded.data ? <Skeleton rows={6} />
          : <div className="scroll grow"><div className="page voice-cards"><Group title={t("health_engines")} lines={lines.engines} /><Group title={t("health_trunks")} lines={lines.trunks} /><Group title={t("health_replicas")} lines={lines.replicas} /></div></div>}
    </div>
  );
}
