import { useLocation } from "wouter";
import type * as T from "../../api/types.gen";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Toolbar } from "react-aria-components/Toolbar";
import { clock, number, percent } from "../../i18n/format";
import { Chip } from "../../ui/Chip";
import { Timer } from "../../ui/Timer";
import { Figure } from "./Figure";
import { abandonedShare, SEVERITY, type Tile } from "./model";
import { useT } from "./texts";
import { shareText, span, split } from "./words";

export const tileId = (queue: string) => `tile-${queue}`;

/** The level against its target: a bar and a mark. */
export function TargetMeter({ tile }: { tile: Tile }) {
  const t = useT();
  const { queue, share, level } = tile;
  const wide = (value: number) => `${Math.min(1, Math.max(0, value)) * 100}%`;
  return (
    <div className="bd-tgt" role="img" aria-label={t("meter", { queue: queue.name, share: shareText(tile), target: queue.target_share > 0 ? percent(queue.target_share) : t("target_none") })}>
      {share !== undefined && <i className={SEVERITY[level] ?? ""} style={{ width: wide(share) }} />}
      {queue.target_share > 0 && <b style={{ insetInlineStart: wide(queue.target_share) }} />}
    </div>
  );
}

export function LevelChip({ tile }: { tile: Tile }) {
  const t = useT();
  const kind = SEVERITY[tile.level];
  return <Chip {...(kind ? { kind } : {})}>{t(`level_${tile.level}`)}</Chip>;
}

/** One queue. One stop of Tab; arrows go from number to number. */
export function QueueTile({ tile, open, onOpen }: { tile: Tile; open: boolean; onOpen: () => void }) {
  const t = useT();
  const { queue, status, share, level, within } = tile;
  const [, go] = useLocation();
  const history = useDesk(can("calls.read"));
  /** Today's figures open what they counted; who may not see that sees the queue. */
  const behind = (figure: T.Figure) => (history ? () => go(`/history?${new URLSearchParams({ queue: queue.id, behind: figure })}`) : onOpen);
  const severity = SEVERITY[level];
  const ended = status.answered + status.abandoned;
  const [figure, sign] = split(shareText(tile));
  const lost = abandonedShare(status);
  const nobody = status.waiting > 0 && status.ready === 0;
  const oldest = status.oldest_since;
  const title = (name: string) => t("f_title", { figure: name, queue: queue.name });
  const now = (name: string) => t("f_title_now", { figure: name, queue: queue.name });
  const target = queue.target_share > 0 ? t("target", { share: percent(queue.target_share), time: span(within) }) : t("target_none");
  return (
    <article className={`card bd-q ${severity ?? ""} ${open ? "open" : ""}`} id={tileId(queue.id)} aria-label={queue.name}>
      <div className="flex"><h2 className="cut grow" title={queue.name}>{queue.name}</h2>{queue.closed ? <Chip kind="warn">{t("q_closed")}</Chip> : <LevelChip tile={tile} />}</div>
      <Toolbar aria-label={queue.name} className="bd-figs">
        <Figure className={`bd-sl ${severity ?? ""}`} onOpen={behind("FIGURE_IN_TIME")} title={title(t("level"))} formula={t("f_level")}
          figures={ended > 0 ? `${number(status.answered_in_time)} ÷ (${number(status.answered)} + ${number(status.abandoned)}) = ${percent(share, 1)}` : t("f_none")}
          note={within === undefined ? t("f_level_note_plain") : t("f_level_note", { time: span(within) })}>
          <span className="sr">{t("level")} </span>{figure}<small>{sign}</small>
        </Figure>
        <span className="sm mid bd-target">{target}</span>
        <TargetMeter tile={tile} />
        <Figure onOpen={onOpen} title={now(t("waiting"))} formula={t("f_waiting")}
          figures={t("f_waiting_figures", { waiting: status.waiting, offered: status.offered, connected: status.connected })}>
          <span className="k">{t("waiting")}</span> <span className="v">{number(status.waiting)}</span>
        </Figure>
        <Figure onOpen={onOpen} title={now(t("ready"))} formula={t("f_ready")} figures={t("f_ready_figures", { ready: status.ready, all: status.logged_in })}>
          <span className="k">{t("ready")}</span> <span className={nobody ? "v crit" : "v"}>{number(status.ready)}</span>
        </Figure>
        <Figure className="line" onOpen={onOpen} title={now(t("oldest"))} formula={t("f_oldest")} figures={oldest ? t("f_oldest_figures", { time: clock(oldest) }) : "–"}>
          <span className="k">{t("oldest")}</span> <Timer since={oldest} norm={within} title={t("wait_title")} className="v" />
        </Figure>
        <Figure className="line" onOpen={behind("FIGURE_ABANDONED")} title={title(t("abandoned"))} formula={t("f_abandoned")} note={t("f_abandoned_note", { entered: number(status.entered) })}
          figures={ended > 0 ? `${number(status.abandoned)} ÷ (${number(status.answered)} + ${number(status.abandoned)}) = ${percent(lost, 1)}` : t("f_none")}>
          <span className="k">{t("abandoned")}</span> <span className="v">{percent(lost, 1)}</span>
        </Figure>
        <Figure className="line" onOpen={behind("FIGURE_ANSWERED")} title={title(t("answered"))} formula={t("f_answered")} figures={t("f_answered_figures", { answered: number(status.answered), in_time: number(status.answered_in_time) })}>
          <span className="k">{t("answered")}</span> <span className="v">{number(status.answered)}</span>
        </Figure>
        {status.overflowed > 0 && <Figure className="line" onOpen={behind("FIGURE_OVERFLOWED")} title={title(t("overflowed"))} formula={t("f_overflowed")} note={t("f_overflowed_note")} figures={t("f_overflowed_figures", { overflowed: number(status.overflowed), entered: number(status.entered) })}>
          <span className="k">{t("overflowed")}</span> <span className="v">{number(status.overflowed)}</span>
        </Figure>}
      </Toolbar>
    </article>
  );
}
