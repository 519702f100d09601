import { useId } from "react";

export interface Series {
  title: string;
  /** A colour token: "--accent". */
  color: string;
  values: readonly number[];
}

export interface ChartProps {
  /** What the picture shows, in one sentence, for who cannot see it; the table beside it has the figures. */
  label: string;
  /** Under the picture, one a point; crowded ones are left out. */
  labels: readonly string[];
  /** Stand on each other. */
  bars: readonly Series[];
  /** 0..1, by the scale on the right; undefined makes a hole. */
  line?: { title: string; color: string; values: readonly (number | undefined)[]; limit?: number | undefined } | undefined;
  format: (value: number) => string;
  share: (value: number) => string;
  /** The words of a point, shown at the mouse. */
  tip: (index: number) => string;
}

const LINES = 4;
/** The top of the scale: four round steps that are not below. */
export function ceiling(most: number): number {
  const step = Math.max(most, 1) / LINES;
  const power = 10 ** Math.floor(Math.log10(step));
  const round = [1, 2, 2.5, 3, 4, 5, 6, 8, 10].map((one) => one * power).find((one) => one >= step && (power > 1 || Number.isInteger(one))) ?? 10 * power;
  return Math.max(1, round) * LINES;
}

/** Pieces of a line between its holes, as points of a polyline. */
export function pieces(values: readonly (number | undefined)[]): string[] {
  const found: string[][] = [[]];
  values.forEach((value, index) => {
    if (value === undefined) found.push([]);
    else found.at(-1)?.push(`${index + 0.5},${(1 - value) * 100}`);
  });
  return found.filter((piece) => piece.length > 0).map((piece) => piece.join(" "));
}

/** Bars on each other and a line of shares above them. */
export function Chart({ label, labels, bars, line, format, share, tip }: ChartProps) {
  const id = useId();
  const count = labels.length;
  const sums = labels.map((_, index) => bars.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const top = ceiling(Math.max(0, ...sums));
  const every = Math.max(1, Math.ceil(count / 12));
  const ticks = Array.from({ length: LINES + 1 }, (_, index) => index / LINES);
  return (
    <figure className="bars-chart" role="img" aria-labelledby={id}>
      <figcaption id={id} className="sr">{label}</figcaption>
      <div className="chart-keys" aria-hidden="true">
        {bars.map((one) => <span key={one.title} className="key"><i className="box" style={{ background: `var(${one.color})` }} />{one.title}</span>)}
        {line && <span className="key"><i style={{ borderColor: `var(${line.color})` }} />{line.title}</span>}
      </div>
      <div className="chart with-right" aria-hidden="true">
        <div className="y" data-w={format(top)}>{ticks.map((tick) => <span key={tick} style={{ top: `${(1 - tick) * 100}%` }}>{format(tick * top)}</span>)}</div>
        <div className="a">
          {ticks.map((tick) => <div key={tick} className="g" style={{ top: `${(1 - tick) * 100}%` }} />)}
          <svg className="plot" viewBox={`0 0 ${Math.max(1, count)} 100`} preserveAspectRatio="none">
            {labels.map((_, index) => {
              let under = 0;
              return <g key={index}>{bars.map((one) => {
                const height = ((one.values[index] ?? 0) / top) * 100;
                under += height;
                return <rect key={one.title} x={index + 0.12} width={0.76} y={100 - under} height={height} style={{ fill: `var(${one.color})` }} />;
              })}<rect x={index} width={1} y={0} height={100} className="hot"><title>{tip(index)}</title></rect></g>;
            })}
            {line?.limit !== undefined && <line x1={0} x2={count} y1={(1 - line.limit) * 100} y2={(1 - line.limit) * 100} className="limit" />}
            {line && pieces(line.values).map((points) => <polyline key={points} points={points.includes(" ") ? points : `${points} ${points}`} style={{ stroke: `var(${line.color})` }} className="over" />)}
          </svg>
        </div>
        <div className="y right" data-w="100 %">{line && ticks.map((tick) => <span key={tick} style={{ top: `${(1 - tick) * 100}%` }}>{share(tick)}</span>)}</div>
        <div className="x">{labels.map((text, index) => index % every === 0 && <span key={index} style={{ left: `${((index + 0.5) / count) * 100}%` }}>{text}</span>)}</div>
      </div>
    </figure>
  );
}
