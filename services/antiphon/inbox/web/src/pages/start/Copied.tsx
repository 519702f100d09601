import { Button } from "../../ui/Button";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

/** A text to be carried elsewhere. */
export function Copied({ label, text }: { label: string; text: string }) {
  const t = useT();
  const copy = () => void navigator.clipboard?.writeText(text).then(() => toast(t("copied")), () => undefined);
  return <div className="field"><span className="label">{label}</span><pre className="start-copy" tabIndex={0} aria-label={label}>{text}</pre><div><Button size="sm" icon="copy" onPress={copy}>{t("copy")}</Button></div></div>;
}
