/** The day in quarters of an hour: dialled, answered, abandoned. */
import type * as T from "../../api/types.gen";
import { clock, number } from "../../i18n/format";
import { bars } from "./model";
import { useT } from "./texts";

const W = 960;
const H = 160;

export function Chart({ slices }: { slices: readonly T.Slice[] }) {
  const t = useT();
  const day = bars(slices);
  if (day.bars.length === 0) return <p className="cm-pad sm mid">{t("nothing_dialled")}</p>;
  const sums = slices.reduce((all, one) => [all[0] + one.dialled, all[1] + one.answered, all[2] + one.abandoned] as const, [0, 0, 0] as readonly [number, number, number]);
  const shown = (value: number, x: number, width: number, kind: string) => value > 0 && <rect className={kind} x={x} y={H - value * H} width={width} height={value * H} />;
  return (
    <figure className="cm-chart">
      <svg viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label={t("chart", { dialled: sums[0], answered: sums[1], abandoned: sums[2] })}>
        {[0.25, 0.5, 0.75].map((y) => <line key={y} x1={0} x2={W} y1={H * y} y2={H * y} />)}
        {day.bars.map((bar) => {
          const [x, width] = [bar.x * W + 1, Math.max(2, bar.width * W - 2)];
          return <g key={bar.at}><title>{`${clock(bar.at)}: ${t("chart", { dialled: bar.slice.dialled, answered: bar.slice.answered, abandoned: bar.slice.abandoned })}`}</title>{shown(bar.dialled, x, width, "dialled")}{shown(bar.answered, x, width, "answered")}{shown(bar.abandoned, x, width, "abandoned")}</g>;
        })}
      </svg>
      <figcaption className="sm mid"><span>{clock(day.from)}</span><span className="cm-legend"><i className="dialled" />{t("k_dialled")}<i className="answered" />{t("k_answered")}<i className="abandoned" />{t("k_abandoned")}<span className="dim">{t("top", { count: number(day.top) })}</span></span><span>{clock(day.to)}</span></figcaption>
    </figure>
  );
}
