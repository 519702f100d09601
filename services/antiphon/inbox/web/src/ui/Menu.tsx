import type { ReactElement, ReactNode } from "react";
import { Header } from "react-aria-components/Header";
import { Menu as AriaMenu, MenuItem as AriaItem, MenuSection as AriaSection, MenuTrigger, SubmenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { Separator } from "react-aria-components/Separator";
import { Icon, type IconName } from "../design/Icon";

/** A menu at its trigger; items are MenuItem, SubMenu, MenuSection, MenuLine. */
export function Menu({ trigger, label, children, onAction }: { trigger: ReactElement; label: string; children: ReactNode; onAction?: (id: string) => void }) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className="pop" offset={4}>
        <AriaMenu className="menu" aria-label={label} {...(onAction ? { onAction: (key) => onAction(String(key)) } : {})}>{children}</AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

export interface MenuItemProps {
  id?: string;
  icon?: IconName | undefined;
  /** Instead of an icon: a state, a channel. */
  before?: ReactNode;
  hint?: ReactNode;
  danger?: boolean;
  isDisabled?: boolean;
  selected?: boolean;
  onAction?: () => void;
  text: string;
  /** What a filter looks at, when it is not the text. */
  value?: string;
}

export function MenuItem({ icon, before, hint, danger, text, value, selected, ...rest }: MenuItemProps) {
  return (
    <AriaItem {...rest} textValue={value ?? text} className={danger ? "menu-item danger" : "menu-item"}>
      {before ?? (icon && <Icon name={icon} />)}
      <span className="grow">{text}</span>
      {hint !== undefined && <span className="end sm">{hint}</span>}
      {selected && <Icon name="check" size="s" />}
    </AriaItem>
  );
}

export function SubMenu({ children, ...item }: MenuItemProps & { children: ReactNode }) {
  return (
    <SubmenuTrigger>
      <MenuItem {...item} hint={<Icon name="right" size="s" />} />
      <Popover className="pop" offset={-2}><AriaMenu className="menu" aria-label={item.text}>{children}</AriaMenu></Popover>
    </SubmenuTrigger>
  );
}

export function MenuSection({ title, children }: { title: string; children: ReactNode }) {
  return <AriaSection><Header className="menu-head">{title}</Header>{children}</AriaSection>;
}

export const MenuLine = () => <Separator />;
