import { useEffect, useRef, type KeyboardEvent } from "react";
import type { Finding } from "../../../api/types.gen";
import { Icon } from "../../../design/Icon";
import { useT } from "./texts";
import type { Row } from "./graph";
import { ICONS, nameOf, summary, wayText, type Names } from "./words";

export interface OutlineProps {
  rows: readonly Row[];
  selected: string;
  languages: readonly string[];
  findings: readonly Finding[];
  say: (finding: Finding) => string;
  /** Steps of the path that was checked. */
  path: ReadonlySet<string>;
  names: Names;
  onSelect: (key: string) => void;
  /** Enter: to the properties. */
  onOpen: () => void;
  onAdd: (() => void) | undefined;
  onDelete: (() => void) | undefined;
}

/** The scheme by keyboard or by ear: arrows move, Enter opens, Insert adds, Delete asks. */
export function Outline({ rows, selected, languages, findings, say, path, names, onSelect, onOpen, onAdd, onDelete }: OutlineProps) {
  const t = useT();
  const tree = useRef<HTMLUListElement>(null);
  const index = Math.max(0, rows.findIndex((row) => row.key === selected));
  const focused = useRef(false);
  useEffect(() => {
    const item = tree.current?.children[index] as HTMLElement | undefined;
    item?.scrollIntoView({ block: "nearest" });
    if (focused.current) item?.focus();
  }, [index, rows]);
  const go = (to: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    focused.current = true;
    if (row) onSelect(row.key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const depth = rows[index]?.depth ?? 0;
    const moves: Record<string, (() => void) | undefined> = {
      ArrowDown: () => go(index + 1), ArrowUp: () => go(index - 1), Home: () => go(0), End: () => go(rows.length - 1),
      ArrowLeft: () => go(rows.findLastIndex((row, at) => at < index && row.depth < depth)),
      ArrowRight: () => (rows[index + 1]?.depth ?? 0) > depth && go(index + 1),
      Enter: () => {
        const row = rows[index];
        if (row?.again) go(rows.findIndex((one) => one.node === row.node && !one.again));
        else onOpen();
      },
      Insert: onAdd, Delete: onDelete,
    };
    const action = moves[event.key];
    if (!action || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  };
  return (
    <ul className="tree scroll grow" role="tree" aria-label={t("tree_label")} ref={tree} onKeyDown={onKeyDown} onFocus={() => { focused.current = true; }} onBlur={() => { focused.current = false; }}>
      {rows.map((row, at) => {
        const own = row.node && !row.again ? findings.filter((one) => one.node_id === row.node?.id) : [];
        const bad = own.some((one) => one.severity === "error");
        const gap = row.kind === "gap";
        const name = row.kind === "incoming" ? t("incoming") : gap ? t("not_chosen") : nameOf(row.node, t);
        return (
          <li key={row.key} role="treeitem" aria-level={row.depth + 1} aria-selected={at === index} tabIndex={at === index ? 0 : -1} style={{ "--depth": row.depth } as never}
            className={[gap ? `gap-row ${row.way?.need}` : "", row.again ? "again" : "", row.node && path.has(row.node.id) ? "hit" : ""].join(" ")}
            onClick={() => { focused.current = true; onSelect(row.key); }} onDoubleClick={onOpen}>
            <Icon name={row.again ? "undo" : ICONS[row.kind]} size="s" />
            {row.way && row.way.way !== "next" && <span className="on cut" title={wayText(row.way, t)}>{wayText(row.way, t)}</span>}
            <span className="name cut" title={name}>{name}</span>
            {row.again && <span className="sum cut">{t("again")}</span>}
            {row.stray && <span className="sum cut">{t("stray")}</span>}
            {row.node && !row.again && !row.stray && <span className="sum cut">{summary(row.node, languages, names, t)}</span>}
            {own.length > 0 && <><Icon name={bad ? "stop" : "alert"} size="s" className={bad ? "bad" : "hm"} /><span className="sr">{own.map((one) => t(one.severity === "error" ? "has_error" : "has_warning", { text: say(one) })).join(". ")}</span></>}
          </li>
        );
      })}
    </ul>
  );
}
