import type { ReactNode } from "react";
import { Checkbox as AriaCheckbox, type CheckboxProps as AriaProps } from "react-aria-components/Checkbox";
import { Switch as AriaSwitch, type SwitchProps as AriaSwitchProps } from "react-aria-components/Switch";

export function Checkbox({ children, ...rest }: Omit<AriaProps, "className" | "children" | "style"> & { children: ReactNode }) {
  return <AriaCheckbox {...rest} className="check"><span className="box" /><span>{children}</span></AriaCheckbox>;
}

/** For what takes effect at once; a form with Save takes a Checkbox. */
export function Switch({ children, ...rest }: Omit<AriaSwitchProps, "className" | "children" | "style"> & { children: ReactNode }) {
  return <AriaSwitch {...rest} className="switch"><span className="rail" /><span>{children}</span></AriaSwitch>;
}
