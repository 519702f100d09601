import { useEffect, useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { IconButton } from "../ui/IconButton";
import { KeyCap } from "../ui/KeyCap";
import { mapped, move, refusal, reset, same, useKeymap, type Place } from "./keymap";
import { capOf, useRegisteredKeys, type Registered } from "./keys";
import { useT } from "./texts";

/** Waits for the next key and gives it away; Esc leaves everything as it was. */
function useCapture(active: boolean, take: (place: Place | undefined) => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const onDown = (event: KeyboardEvent) => {
      if (/^(Alt|Control|Shift|Meta)/.test(event.code)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      take(event.code === "Escape" ? undefined : { code: event.code, alt: event.altKey, ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey });
    };
    addEventListener("keydown", onDown, true);
    return () => removeEventListener("keydown", onDown, true);
  }, [active, take]);
}

/** What the keys do here; those with an id can be put elsewhere. */
export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const registered = useRegisteredKeys();
  const keymap = useKeymap();
  const [moving, setMoving] = useState<Registered>();
  const [why, setWhy] = useState("");
  const seen = new Set<string>();
  const lines = registered.filter((key) => key.cap !== "" || (key.id !== undefined && keymap[key.id])).map((key) => (key.helpOnly ? mapped(key, keymap) : key)).filter((key) => {
    const mark = key.id ?? `${capOf(key)}|${key.label}`;
    return !seen.has(mark) && Boolean(seen.add(mark));
  });
  useCapture(moving !== undefined, (place) => {
    if (!moving?.id || !place) {
      setMoving(undefined);
      setWhy("");
      return;
    }
    const no = refusal(place);
    const other = lines.find((one) => one.id !== moving.id && same(one, place));
    if (no || other) {
      setWhy(no ? t(`keys_${no}`) : t("keys_taken", { key: capOf(place), by: other?.label ?? "" }));
      return;
    }
    move(moving.id, place);
    setMoving(undefined);
    setWhy("");
  });
  return (
    <Dialog title={t("keys_title")} isOpen onClose={onClose} big actions={<>{Object.keys(keymap).length > 0 && <Button onPress={() => reset()}>{t("keys_reset_all")}</Button>}<Button kind="primary" onPress={onClose}>{t("keys_done")}</Button></>}>
      <p className="mid">{t("keys_note")}</p>
      <ul className="keymap scroll" aria-label={t("keys_title")} tabIndex={0}>
        {lines.map((key) => {
          const waits = moving !== undefined && moving.id === key.id;
          return (
            <li key={key.id ?? `${capOf(key)}${key.label}`}>
              <span className="grow">{key.label}</span>
              {waits ? <span className="t accent" role="status">{why || t("keys_press")}</span> : <KeyCap keys={capOf(key)} />}
              {key.id && keymap[key.id] && !waits && <IconButton icon="undo" size="sm" label={t("keys_reset", { name: key.label })} onPress={() => reset(key.id)} />}
              {key.id ? <Button size="sm" {...(waits ? {} : { "aria-label": t("keys_change_named", { name: key.label }) })} onPress={() => { setWhy(""); setMoving(waits ? undefined : key); }}>{t(waits ? "keys_leave" : "keys_change")}</Button> : <span className="keymap-fixed sm dim">{t("keys_fixed")}</span>}
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
