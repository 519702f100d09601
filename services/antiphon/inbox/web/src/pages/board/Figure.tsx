import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Tooltip } from "../../ui/Tooltip";

export interface FormulaProps {
  title: string;
  formula: string;
  /** The formula with today's numbers. */
  figures: string;
  note?: string | undefined;
}

export function Formula({ title, formula, figures, note }: FormulaProps) {
  return <span className="bd-tip"><b>{title}</b><span className="f">{formula}</span><span className="f">{figures}</span>{note !== undefined && <span className="dim">{note}</span>}</span>;
}

/** A number that says how it came about, and opens what stands behind it. */
export function Figure({ onOpen, className = "", children, ...formula }: FormulaProps & { onOpen: () => void; className?: string; children: ReactNode }) {
  return (
    <Tooltip text={<Formula {...formula} />} delay={300}>
      <Button className={`bd-fig ${className}`} onPress={onOpen}>{children}</Button>
    </Tooltip>
  );
}
