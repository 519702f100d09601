import { Link } from "wouter";
import { Icon } from "../../design/Icon";
import { clock, number, percent } from "../../i18n/format";
import { serverNow, useSecond } from "../../rt/clock";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { useTitle } from "../../shell/Panes";
import { AgentState } from "../../ui/AgentState";
import { Empty } from "../../ui/Empty";
import { Timer } from "../../ui/Timer";
import { useAlertText } from "./Alerts";
import { Live } from "./LiveMark";
import { useFloor, useLiveBoard, usePlace } from "./live";
import { countStates, SEVERITY, STATES, type Tile } from "./model";
import { LevelChip, TargetMeter } from "./QueueTile";
import { useT } from "./texts";
import { shareText, span, split } from "./words";

function Clock() {
  useSecond();
  return <span className="k-clock">{clock(serverNow())}</span>;
}

function KioskTile({ tile }: { tile: Tile }) {
  const t = useT();
  const { queue, status, within } = tile;
  const severity = SEVERITY[tile.level] ?? "";
  const [figure, sign] = split(shareText(tile));
  return (
    <article className={`card bd-q ${severity}`} aria-label={queue.name}>
      <div className="flex"><h2 className="cut grow">{queue.name}</h2><LevelChip tile={tile} /></div>
      <div className={`bd-sl ${severity}`}>{figure}<small>{sign}</small></div>
      <TargetMeter tile={tile} />
      <div className="mid cut">{queue.target_share > 0 ? t("target", { share: percent(queue.target_share), time: span(within) }) : t("target_none")}</div>
      <dl className="k-figs">
        <div><dt>{t("waiting")}</dt><dd>{number(status.waiting)}</dd></div>
        <div><dt>{t("oldest")}</dt><dd><Timer since={status.oldest_since} norm={within} title={t("wait_title")} /></dd></div>
        <div><dt>{t("ready")}</dt><dd className={status.waiting > 0 && status.ready === 0 ? "crit" : ""}>{number(status.ready)}</dd></div>
      </dl>
    </article>
  );
}

/** As many columns as make the tiles nearly square. */
const columnsFor = (count: number) => (count <= 3 ? Math.max(1, count) : count <= 6 ? 3 : count <= 12 ? 4 : count <= 20 ? 5 : 6);

/** For a screen on the wall: no navigation, no actions, big figures. Esc goes back. */
export function Kiosk() {
  const t = useT();
  const { project, go, to } = usePlace();
  const { loading } = useLiveBoard();
  const { tiles, rows, alerts, totals } = useFloor(project);
  const say = useAlertText();
  const name = useDesk((state) => state.projects[project]?.name ?? state.me?.tenant?.name ?? "");
  useTitle(t("title"));
  useKey({ code: "Escape" }, t("kiosk_leave"), () => go("/board"));
  const counts = countStates(rows);
  const first = alerts[0];
  return (
    <div className="bd-kiosk">
      <Link className="skip btn" href={to("/board")}>{t("kiosk_leave")}</Link>
      <header className="k-head">
        <h1 className="cut">{name}</h1><span className="mid">{t("today")}</span><Live full />
        <dl className="k-sums">
          <div><dt>{t("level")}</dt><dd>{percent(totals.share)}</dd></div>
          <div><dt>{t("waiting")}</dt><dd>{number(totals.waiting)}</dd></div>
          <div><dt>{t("total_ready")}</dt><dd>{number(totals.ready)}</dd></div>
        </dl>
        <Clock />
      </header>
      {tiles.length === 0
        ? loading ? <span className="grow" /> : <Empty icon="wallboard" title={t("no_queues_title")}>{t("no_queues_text")}</Empty>
        : <section className="k-tiles" aria-label={t("queues")} style={{ gridTemplateColumns: `repeat(${columnsFor(tiles.length)}, minmax(0, 1fr))` }}>{tiles.map((tile) => <KioskTile key={tile.queue.id} tile={tile} />)}</section>}
      <footer className="k-foot">
        {STATES.filter((state) => counts[state] > 0).map((state) => <span key={state} className="flex"><AgentState state={state} /><b>{counts[state]}</b></span>)}
        {first && <span className={`k-alert end ${first.severity}`}><Icon name={first.severity === "crit" ? "stop" : "alert"} /><span className="cut">{say(first).title}</span>{first.since && <Timer since={first.since} title={t("wait_title")} />}{alerts.length > 1 && <span className="mid nw">{t("more_tasks", { count: alerts.length - 1 })}</span>}</span>}
      </footer>
    </div>
  );
}
