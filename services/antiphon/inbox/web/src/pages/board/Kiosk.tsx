import { useEffect, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Icon } from "../../design/Icon";
import { clock, number, percent } from "../../i18n/format";
import { serverNow, useSecond } from "../../rt/clock";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { useTitle } from "../../shell/Panes";
import { AgentState } from "../../ui/AgentState";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Timer } from "../../ui/Timer";
import { useAlertText } from "./Alerts";
import { Live } from "./LiveMark";
import { useFloor, useLiveBoard, usePlace } from "./live";
import { countStates, pagesOf, SEVERITY, sortRows, STATES, type AgentRow, type Tile } from "./model";
import { LevelChip, TargetMeter } from "./QueueTile";
import { useT } from "./texts";
import { reasonText, shareText, span, split } from "./words";

/** Of one view: more would be too small to read. */
const TILES = 12, PEOPLE = 30, SECONDS = 20;
interface View { tiles?: readonly Tile[]; agents?: readonly AgentRow[] }

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
const columnsFor = (count: number) => (count <= 3 ? Math.max(1, count) : count <= 6 ? 3 : 4);

function AgentTiles({ rows }: { rows: readonly AgentRow[] }) {
  const t = useT();
  return (
    <ul className="k-agents" aria-label={t("agents")}>
      {rows.map((row) => <li key={row.agent.agent_id} className="card"><span className="m cut">{row.name || t("no_name")}</span><span className="flex"><AgentState state={row.state} reason={reasonText(t, row)} /><span className="end"><Timer since={row.agent.since} title={t("since_title")} /></span></span></li>)}
    </ul>
  );
}

/** Which view is shown: the next after `seconds`, unless it was stopped. */
function useTurn(count: number, seconds: number) {
  const [turn, setTurn] = useState(0);
  const [stopped, setStopped] = useState(false);
  useEffect(() => {
    if (stopped || count < 2 || seconds <= 0) return undefined;
    const timer = setInterval(() => setTurn((old) => old + 1), seconds * 1000);
    return () => clearInterval(timer);
  }, [stopped, count, seconds]);
  return { at: count > 0 ? turn % count : 0, next: (by: number) => setTurn((old) => (old + by + count) % Math.max(1, count)), stopped, setStopped };
}

function fullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen?.().catch(() => undefined);
}

/** For a screen on the wall: no navigation, no actions, big figures; queues by the dozen, then agents, in turn. Esc goes
 * back, unless a link with a key opened it. `?turn=30` is the seconds of a view, 0 stands still. */
export function Kiosk({ wall = false }: { wall?: boolean }) {
  const t = useT();
  const { project, go, to } = usePlace();
  const [search] = useSearchParams();
  const { loading } = useLiveBoard();
  const { tiles, rows, alerts, totals } = useFloor(project);
  const say = useAlertText();
  const name = useDesk((state) => state.projects[project]?.name ?? state.me?.tenant?.name ?? "");
  const present = useMemo(() => sortRows(rows.filter((row) => row.state !== "offline"), "state", false), [rows]);
  const views = [...pagesOf(tiles, TILES).map((page) => ({ tiles: page })), ...pagesOf(present, PEOPLE).map((page) => ({ agents: page }))] as readonly View[];
  const given = Number(search.get("turn"));
  const turn = useTurn(views.length, search.has("turn") && Number.isFinite(given) ? Math.min(given, 600) : SECONDS);
  const view = views[turn.at];
  useTitle(t("title"));
  useKey({ code: "Escape" }, t("kiosk_leave"), () => { if (!wall) go("/board"); });
  useKey({ code: "KeyP" }, t("turn_stop"), () => turn.setStopped(!turn.stopped));
  useKey({ code: "ArrowRight" }, t("turn_next"), () => turn.next(1));
  useKey({ code: "ArrowLeft" }, t("turn_back"), () => turn.next(-1));
  useKey({ code: "KeyF" }, t("full_screen"), fullScreen);
  const counts = countStates(rows);
  const first = alerts[0];
  return (
    <div className="bd-kiosk">
      {!wall && <Link className="skip btn" href={to("/board")}>{t("kiosk_leave")}</Link>}
      <header className="k-head">
        <h1 className="cut">{name}</h1><span className="mid">{t("today")}</span><Live full />
        <dl className="k-sums">
          <div><dt>{t("level")}</dt><dd>{percent(totals.share)}</dd></div>
          <div><dt>{t("waiting")}</dt><dd>{number(totals.waiting)}</dd></div>
          <div><dt>{t("total_ready")}</dt><dd>{number(totals.ready)}</dd></div>
        </dl>
        <Clock />
      </header>
      {view?.agents ? <AgentTiles rows={view.agents} />
        : view?.tiles ? <section className="k-tiles" aria-label={t("queues")} style={{ gridTemplateColumns: `repeat(${columnsFor(view.tiles.length)}, minmax(0, 1fr))` }}>{view.tiles.map((tile) => <KioskTile key={tile.queue.id} tile={tile} />)}</section>
          : loading ? <span className="grow" /> : <Empty icon="wallboard" title={t("no_queues_title")}>{t("no_queues_text")}</Empty>}
      <footer className="k-foot">
        {STATES.filter((state) => counts[state] > 0).map((state) => <span key={state} className="flex"><AgentState state={state} /><b>{counts[state]}</b></span>)}
        {first && <span className={`k-alert end ${first.severity}`}><Icon name={first.severity === "crit" ? "stop" : "alert"} /><span className="cut">{say(first).title}</span>{first.since && <Timer since={first.since} title={t("wait_title")} />}{alerts.length > 1 && <span className="mid nw">{t("more_tasks", { count: alerts.length - 1 })}</span>}</span>}
        <span className={first ? "flex" : "end flex"}>
          {views.length > 1 && <IconButton icon={turn.stopped ? "play" : "pause"} label={t(turn.stopped ? "turn_go" : "turn_stop")} onPress={() => turn.setStopped(!turn.stopped)} />}
          {views.length > 1 && <span className="mid nw">{t("turn_of", { at: turn.at + 1, count: views.length })}</span>}
          <IconButton icon="external" label={t("full_screen")} onPress={fullScreen} />
        </span>
      </footer>
    </div>
  );
}
