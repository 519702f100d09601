import { useState, type KeyboardEvent } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { IconButton } from "../ui/IconButton";
import { Popover } from "../ui/Popover";
import { phone } from "./phone";
import { useT } from "./texts";

const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"], ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]] as const;

/** Digits into the call, by press or by typing. */
export function Keypad({ call }: { call: string }) {
  const t = useT();
  const [sent, setSent] = useState("");
  const send = (tone: string) => {
    phone.digits(call, tone);
    setSent((old) => (old + tone).slice(-24));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[\d*#]$/.test(event.key)) return;
    event.preventDefault();
    send(event.key);
  };
  return (
    <Popover label={t("keypad")} trigger={<IconButton icon="keypad" kind="default" label={t("keypad")} />}>
      <div className="sp-pad" onKeyDown={onKeyDown}>
        <output className="sp-sent mono" aria-label={t("digits_sent")}>{sent || "\u00a0"}</output>
        {KEYS.map(([tone, letters]) => <AriaButton key={tone} className="btn sp-key" aria-label={tone} onPress={() => send(tone)} autoFocus={tone === "1"}><b>{tone}</b><small>{letters || "\u00a0"}</small></AriaButton>)}
      </div>
    </Popover>
  );
}
