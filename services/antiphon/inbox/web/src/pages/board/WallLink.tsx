import { useState } from "react";
import { directory } from "../../api/api";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

/** Makes a link that shows the board to a screen without a person: a key that may only look. */
export function WallLink({ query }: { query: string }) {
  const t = useT();
  const say = useProblemText();
  const [open, setOpen] = useState(false);
  const [title, setTitle] = useState("");
  const [link, setLink] = useState("");
  const make = useAction(async () => {
    const made = await directory.createApiKey({ title: title.trim() || t("wall_name"), roles: ["ROLE_SCREEN"] });
    setLink(`${location.origin}/wall${query}#${encodeURIComponent(made.secret)}`);
  });
  const close = () => { setOpen(false); setLink(""); setTitle(""); make.clear(); };
  const copy = () => void navigator.clipboard?.writeText(link).then(() => toast(t("wall_copied")), () => undefined);
  return (
    <>
      <Button size="sm" icon="key" onPress={() => setOpen(true)}>{t("wall_link")}</Button>
      <Dialog title={t("wall_link")} isOpen={open} onClose={close} role={link ? "alertdialog" : "dialog"}
        actions={link ? <><Button icon="copy" onPress={copy}>{t("wall_copy")}</Button><Button kind="primary" onPress={close}>{t("wall_done")}</Button></> : <><Button onPress={close}>{t("wall_cancel")}</Button><Button kind="primary" isPending={make.pending} onPress={() => void make.run()}>{t("wall_make")}</Button></>}>
        {link ? <><p className="mid">{t("wall_once")}</p><TextField label={t("wall_address")} value={link} isReadOnly autoFocus /></>
          : <><p className="mid">{t("wall_text")}</p><TextField label={t("wall_title")} placeholder={t("wall_name")} value={title} onChange={setTitle} maxLength={60} autoFocus /></>}
        {make.problem && <p className="err" role="alert">{say(make.problem)}</p>}
      </Dialog>
    </>
  );
}
