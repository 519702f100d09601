import { Dialog } from "../ui/Dialog";
import { KeyCap } from "../ui/KeyCap";
import { capOf, useRegisteredKeys } from "./keys";
import { useT } from "./texts";

export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const keys = useRegisteredKeys();
  return (
    <Dialog title={t("keys_title")} isOpen onClose={onClose}>
      <p className="mid">{t("keys_note")}</p>
      <dl className="kv">{keys.filter((key) => key.cap !== "").map((key) => [<dt key={`${capOf(key)}t`}><KeyCap keys={capOf(key)} /></dt>, <dd key={`${capOf(key)}d`}>{key.label}</dd>])}</dl>
    </Dialog>
  );
}
