/**
 * The one way a list of any length is drawn: only the rows near the window are in the page. Whatever the list, its
 * functions stay the same from frame to frame, or every frame would measure all of its rows again.
 */
import { defaultRangeExtractor, useVirtualizer, type Range, type Virtualizer } from "@tanstack/react-virtual";
import { useCallback, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";

type Measure = (row: HTMLElement | null) => undefined | void | (() => void);
export interface LongList { virtual: Virtualizer<HTMLDivElement, HTMLElement>; measure: (position: number) => Measure | undefined }

export interface LongListOptions {
  scroller: RefObject<HTMLDivElement | null>;
  /** One a row, kept (useMemo) while the rows are the same. */
  keys: readonly string[];
  /** The usual height of a row in rem. Each is measured when it is in the page. */
  rem: number;
  /** All rows are equally high: one is measured for all, and again when density or size of type change. */
  even?: boolean;
  overscan?: number;
  /** This row stays in the page wherever one scrolls to: Tab must find it, and focus must not fall off it. */
  keep?: number;
  /** A thread: opens at its end and, within so many pixels of it, stays there when rows come. */
  end?: number;
}

const rootPx = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;

export function useLongList({ scroller, keys, rem, even = false, overscan = 8, keep = -1, end }: LongListOptions): LongList {
  const [px, setPx] = useState(() => Math.round(rem * rootPx()));
  const virtual = useVirtualizer<HTMLDivElement, HTMLElement>({
    count: keys.length,
    overscan,
    useScrollendEvent: true,
    getScrollElement: useCallback(() => scroller.current, [scroller]),
    estimateSize: useCallback(() => px, [px]),
    getItemKey: useCallback((index: number) => keys[index] ?? index, [keys]),
    rangeExtractor: useCallback((range: Range) => withKept(defaultRangeExtractor(range), keep < range.count ? keep : -1), [keep]),
    ...(end === undefined ? {} : { anchorTo: "end", followOnAppend: true, scrollEndThreshold: end }),
  });
  const before = useRef(px);
  useLayoutEffect(() => {
    if (before.current !== px) virtual.measure();
    before.current = px;
  }, [virtual, px]);
  // Density, type and zoom change the height of a row: its first one tells all of them.
  const measureOne = useCallback((row: HTMLElement | null) => {
    if (!row) return undefined;
    const look = new ResizeObserver(([entry]) => entry?.borderBoxSize[0]?.blockSize && setPx(entry.borderBoxSize[0].blockSize));
    look.observe(row);
    return () => look.disconnect();
  }, []);
  return { virtual, measure: (position) => (even ? (position === 0 ? measureOne : undefined) : virtual.measureElement) };
}

/** Rows stand in the page in their order: a kept one before or after the rest. */
export function withKept(indexes: number[], keep: number): number[] {
  if (keep < 0 || indexes.includes(keep)) return indexes;
  return keep < (indexes[0] ?? 0) ? [keep, ...indexes] : [...indexes, keep];
}

/** The rows inside their scroller; `children` draws one, in a box of its own that stands at its place. */
export function LongRows({ list: { virtual, measure }, className, label, role, row, children }: {
  list: LongList; className: string; label?: string; role?: "list";
  /** What the box of a row is: an article of a feed says its own place. */
  row?: (index: number) => { as: "article"; "aria-posinset": number; "aria-setsize": number };
  children: (index: number) => ReactNode;
}) {
  return (
    <div className={`long ${className}`} role={role} aria-label={label} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map(({ index, key, start }, position) => {
        const { as: Box = "div", ...aria } = row?.(index) ?? {};
        return <Box key={key} data-index={index} ref={measure(position)} className="long-at" {...(row ? aria : role ? { role: "presentation" } : {})} style={{ transform: `translateY(${start}px)` }}>{children(index)}</Box>;
      })}
    </div>
  );
}
