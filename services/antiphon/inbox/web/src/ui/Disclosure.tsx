import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { Disclosure as AriaDisclosure, DisclosurePanel } from "react-aria-components/Disclosure";
import { Heading } from "react-aria-components/Heading";
import { Icon, type IconName } from "../design/Icon";

/** "Why me?", "Why this price?": closed by default, its button says the question. */
export function Disclosure({ title, icon, children, isExpanded, onExpandedChange }: { title: ReactNode; icon?: IconName; children: ReactNode; isExpanded?: boolean; onExpandedChange?: (open: boolean) => void }) {
  return (
    <AriaDisclosure className="fold" {...(isExpanded === undefined ? {} : { isExpanded })} {...(onExpandedChange ? { onExpandedChange } : {})}>
      <Heading level={3}><Button slot="trigger" className="btn sm">{icon && <Icon name={icon} size="s" />}{title}<Icon name="down" size="s" className="turn" /></Button></Heading>
      <DisclosurePanel>{children}</DisclosurePanel>
    </AriaDisclosure>
  );
}
