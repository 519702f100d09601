import type { ReactElement, ReactNode } from "react";
import { Tooltip as AriaTooltip, TooltipTrigger } from "react-aria-components/Tooltip";

/** Words for a control on hover and focus. The child must be focusable (Button, IconButton). */
export function Tooltip({ text, children, delay = 500 }: { text: ReactNode; children: ReactElement; delay?: number }) {
  return (
    <TooltipTrigger delay={delay} closeDelay={80}>
      {children}
      <AriaTooltip className="tip" offset={6}>{text}</AriaTooltip>
    </TooltipTrigger>
  );
}
