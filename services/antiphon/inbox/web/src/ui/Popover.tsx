import type { ReactElement, ReactNode } from "react";
import { Dialog, DialogTrigger } from "react-aria-components/Dialog";
import { Popover as AriaPopover } from "react-aria-components/Popover";

/** A panel at its trigger: `<Popover trigger={<Button>…</Button>} label="…">…</Popover>`. */
export function Popover({ trigger, label, children, pad = true }: { trigger: ReactElement; label: string; children: ReactNode | ((close: () => void) => ReactNode); pad?: boolean }) {
  return (
    <DialogTrigger>
      {trigger}
      <AriaPopover className={pad ? "pop pad" : "pop"} offset={4}>
        <Dialog aria-label={label} style={{ outline: 0 }}>{({ close }) => (typeof children === "function" ? children(close) : children)}</Dialog>
      </AriaPopover>
    </DialogTrigger>
  );
}
