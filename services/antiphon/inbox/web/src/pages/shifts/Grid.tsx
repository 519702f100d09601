import { useRef, type DragEvent, type KeyboardEvent } from "react";
import type * as T from "../../api/types.gen";
import { number } from "../../i18n/format";
import { Icon } from "../../design/Icon";
import { byCell, cover, daysFrom, editOf, faultOf, hoursOf, isLate, noShift, roundTop, span, steps, surface, today, type Doc, type Row } from "./model";
import { useName, useRule, weekday } from "./parts";
import { useT } from "./texts";

export interface Place { person: string; day: string }
export interface GridProps {
  doc: Doc;
  faults: readonly string[];
  /** Requests that wait, to be seen in their cells. */
  waiting: readonly T.Change[];
  cursor: Place;
  onCursor: (place: Place) => void;
  /** Without it nothing can be changed. */
  onEdits: ((edits: T.ShiftEdit[]) => void) | undefined;
  onOpen: (place: Place) => void;
}

/** People × days. Arrows move, Enter opens, Delete takes away, Ctrl C and V copy, L locks; a shift may be dragged too. */
export function Grid({ doc, faults, waiting, cursor, onCursor, onEdits, onOpen }: GridProps) {
  const t = useT();
  const name = useName();
  const rule = useRule();
  const copied = useRef<Row | undefined>(undefined);
  const table = useRef<HTMLTableElement>(null);
  const days = daysFrom(doc.from, doc.days);
  const cells = byCell(doc);
  const now = today(doc.zone);
  const named = faults.map(faultOf);
  const rows = [...doc.people].sort((a, b) => name(a.id).localeCompare(name(b.id)));
  const move = (person: number, day: number) => {
    const place = { person: rows[Math.min(rows.length - 1, Math.max(0, person))]?.id ?? "", day: days[Math.min(days.length - 1, Math.max(0, day))] ?? "" };
    onCursor(place);
    requestAnimationFrame(() => table.current?.querySelector<HTMLElement>(`[data-cell="${place.person}/${place.day}"]`)?.focus());
  };
  const onKey = (event: KeyboardEvent, place: Place) => {
    const [person, day] = [rows.findIndex((one) => one.id === place.person), days.indexOf(place.day)];
    const row = cells.get(`${place.person}/${place.day}`);
    const ctrl = event.ctrlKey || event.metaKey;
    if (event.code === "ArrowUp") move(person - 1, day);
    else if (event.code === "ArrowDown") move(person + 1, day);
    else if (event.code === "ArrowLeft") move(person, day - 1);
    else if (event.code === "ArrowRight") move(person, day + 1);
    else if (event.code === "Home") move(person, 0);
    else if (event.code === "End") move(person, days.length - 1);
    else if (event.code === "Enter" || event.code === "Space") onOpen(place);
    else if (event.code === "Delete" && row && onEdits) onEdits([noShift(place.person, place.day)]);
    else if (event.code === "KeyC" && ctrl && row) copied.current = row;
    else if (event.code === "KeyV" && ctrl && copied.current && onEdits) onEdits([editOf(doc, copied.current, { person_id: place.person, day: place.day, locked: false })]);
    else if (event.code === "KeyL" && !ctrl && row && onEdits) onEdits([editOf(doc, row, { locked: !row.locked })]);
    else return;
    event.preventDefault();
  };
  const drop = (event: DragEvent, place: Place) => {
    event.preventDefault();
    const row = cells.get(event.dataTransfer.getData("text/plain"));
    if (!row || !onEdits) return;
    const [from] = [...cells].find(([, one]) => one === row) ?? [""];
    const [person = "", day = ""] = from.split("/");
    if (person === place.person && day === place.day) return;
    const other = cells.get(`${place.person}/${place.day}`);
    onEdits([editOf(doc, row, { person_id: place.person, day: place.day, locked: false }), other ? editOf(doc, other, { person_id: person, day, locked: false }) : noShift(person, day)]);
  };
  return (
    <div className="scroll sf-gridbox" tabIndex={-1} role="region" aria-label={t("shift_grid")}>
      <table className="sf-grid" role="grid" aria-label={t("shift_grid")} ref={table} aria-rowcount={rows.length + 1}>
        <thead><tr><th scope="col">{t("person")}</th>{days.map((day) => <th key={day} scope="col" className={day === now ? "today" : ""}>{weekday(day)}</th>)}<th scope="col" className="num">{t("hours")}</th></tr></thead>
        <tbody>
          {rows.map((person) => {
            const mine = named.filter((fault) => fault.person === person.id);
            return (
              <tr key={person.id}>
                <th scope="row" className="cut" title={mine.map((fault) => rule(fault.rule)).join(", ") || undefined}>
                  {mine.length > 0 && <Icon name="alert" size="s" className="warned" />}{name(person.id)}{mine.length > 0 && <span className="sr">{`, ${mine.map((fault) => rule(fault.rule)).join(", ")}`}</span>}
                </th>
                {days.map((day) => {
                  const row = cells.get(`${person.id}/${day}`);
                  const bad = mine.some((fault) => fault.days.includes(day));
                  const asked = waiting.some((one) => (one.person_id === person.id && one.day === day) || (one.other_person_id === person.id && one.other_day === day));
                  const away = person.away.includes(day);
                  const here = cursor.person === person.id && cursor.day === day;
                  const text = row ? `${span(row, doc.zone)}${row.agreed ? " ±" : ""}` : away ? t("away") : t("off");
                  const place = { person: person.id, day };
                  return (
                    <td key={day} className={day === now ? "today" : ""} role="gridcell" onDragOver={(event) => onEdits && event.preventDefault()} onDrop={(event) => drop(event, place)}>
                      <button type="button" data-cell={`${person.id}/${day}`} tabIndex={here ? 0 : -1} draggable={Boolean(row && onEdits)}
                        className={`sf-shift ${!row ? (away ? "away" : "off") : asked ? "asked" : isLate(row, doc.zone) ? "late" : "early"} ${bad ? "bad" : ""}`}
                        aria-label={`${name(person.id)}, ${weekday(day, true)}: ${row ? `${row.pattern} ${span(row, doc.zone)}` : text}${row?.locked ? `, ${t("locked")}` : ""}${asked ? `, ${t("change_waits")}` : ""}${bad ? `, ${t("breaks_a_rule")}` : ""}`}
                        title={row ? `${row.pattern} ${span(row, doc.zone)}${row.breaks.map((one) => `, ${one.name} ${span(one, doc.zone)}`).join("")}` : undefined}
                        onDragStart={(event) => event.dataTransfer.setData("text/plain", `${person.id}/${day}`)}
                        onFocus={() => !here && onCursor(place)} onClick={() => onOpen(place)} onKeyDown={(event) => onKey(event, place)}>
                        {row?.locked && <Icon name="lock" size="s" />}<span className="cut">{text}</span>
                      </button>
                    </td>
                  );
                })}
                <td className="num mid">{number(hoursOf(days.flatMap((day) => cells.get(`${person.id}/${day}`) ?? [])), 1)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot><tr><th scope="row">{t("coverage")}</th>{days.map((day) => <td key={day}><Cover doc={doc} day={day} /></td>)}<td /></tr></tfoot>
      </table>
    </div>
  );
}

/** Needed against planned in one day; what is missing is said in words too. */
function Cover({ doc, day }: { doc: Doc; day: string }) {
  const t = useT();
  const { need, there } = cover(doc, day);
  const top = roundTop([...need, ...there]);
  const missing = need.reduce((sum, one, slot) => sum + Math.max(0, one - (there[slot] ?? 0)), 0) * (doc.interval_min / 60);
  const line = steps(there, top);
  return (
    <div className="sf-cover">
      <svg className="plot" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label={t("cover_of", { day: weekday(day), missing: number(missing, 1) })}>
        <path className="planfill" d={surface(there, top)} /><path className="plan" d={line} /><path className="fc" d={steps(need, top)} />
      </svg>
      <span className={`xs ${missing > 0.05 ? "short" : "dim"}`}>{missing > 0.05 ? t("missing_hours", { hours: number(missing, 1) }) : t("enough")}</span>
    </div>
  );
}
