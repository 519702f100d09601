import type { ReactNode } from "react";
import type { SortDescriptor } from "react-aria-components/Table";
import { Cell, Column, Row, Table as AriaTable, TableBody, TableHeader } from "react-aria-components/Table";
import { Icon } from "../design/Icon";
import { useT } from "./texts";

export interface TableColumn<R> {
  id: string;
  title: string;
  cell: (row: R) => ReactNode;
  /** Right-aligned figures. */
  num?: boolean;
  sorts?: boolean;
  /** Only from 1600 px. */
  wide?: boolean;
  width?: string;
  /** The title is for screen readers only: actions. */
  quiet?: boolean;
}

export interface TableProps<R> {
  label: string;
  columns: readonly TableColumn<R>[];
  rows: readonly R[] | undefined;
  rowId: (row: R) => string;
  onRow?: (row: R) => void;
  sort?: SortDescriptor;
  onSort?: (sort: SortDescriptor) => void;
  /** Shown when rows is an empty list: an <Empty>. */
  empty: ReactNode;
  tight?: boolean;
  /** The row that is open beside the table. */
  current?: string;
}

const SHADES = ["60%", "40%", "75%", "50%"];

/** rows === undefined is loading: the shape of what comes, after 200 ms. The first column names the row. */
export function Table<R extends object>({ label, columns, rows, rowId, onRow, sort, onSort, empty, tight, current }: TableProps<R>) {
  const t = useT();
  if (!rows) {
    return (
      <table className="tbl" aria-label={`${label}: ${t("loading")}`} aria-busy="true">
        <thead><tr>{columns.map((column) => <th key={column.id} className={column.num ? "num" : ""}>{column.title}</th>)}</tr></thead>
        <tbody className="late">{SHADES.map((width) => <tr key={width}>{columns.map((column) => <td key={column.id}><span className="sk" style={{ width }} /></td>)}</tr>)}</tbody>
      </table>
    );
  }
  return (
    <div className="tbl-wrap scroll">
      <AriaTable aria-label={label} className={tight ? "tbl tight" : "tbl"} {...(sort ? { sortDescriptor: sort } : {})} {...(onSort ? { onSortChange: onSort } : {})}
        {...(onRow ? { onRowAction: (key) => { const row = rows.find((one) => rowId(one) === key); if (row) onRow(row); } } : {})}>
        <TableHeader>
          {columns.map((column, index) => (
            <Column key={column.id} id={column.id} isRowHeader={index === 0} allowsSorting={column.sorts ?? false}
              className={`${column.num ? "num" : ""} ${column.wide ? "wide" : ""}`} style={column.width ? { width: column.width } : {}}>
              {({ sortDirection }) => <>{column.quiet ? <span className="sr">{column.title}</span> : column.title}{sortDirection && <Icon name={sortDirection === "ascending" ? "up" : "down"} size="s" />}</>}
            </Column>
          ))}
        </TableHeader>
        <TableBody renderEmptyState={() => empty}>
          {rows.map((row) => (
            <Row key={rowId(row)} id={rowId(row)} className={`${onRow ? "go-row" : ""} ${current === rowId(row) ? "on" : ""}`}>
              {columns.map((column) => <Cell key={column.id} className={`${column.num ? "num" : ""} ${column.wide ? "wide" : ""}`}>{column.cell(row)}</Cell>)}
            </Row>
          ))}
        </TableBody>
      </AriaTable>
    </div>
  );
}
