/** The passkeys of one's own account: which there are, one more, one less. */
import { useState } from "react";
import { identity } from "../../api/api";
import { Problem } from "../../api/problem";
import type { Passkey } from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Table } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { ProblemNote } from "./Gate";
import { hasPasskeys, makePasskey } from "./passkey";
import { useT } from "./texts";

function AddDialog({ isOpen, onClose, onAdded }: { isOpen: boolean; onClose: () => void; onAdded: () => void }) {
  const t = useT();
  const [title, setTitle] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [pending, setPending] = useState(false);
  const close = () => {
    setTitle("");
    setPassword("");
    setProblem(undefined);
    onClose();
  };
  const add = async () => {
    setPending(true);
    setProblem(undefined);
    try {
      const credential = await makePasskey((await identity.beginPasskey(password)).options);
      if (credential === undefined) throw new Problem(400, { reason: "CANCELLED" });
      await identity.addPasskey(credential, title.trim());
      toast(t("passkey_added"));
      onAdded();
      close();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setPending(false);
    }
  };
  const said = problem && ({ BAD_CREDENTIALS: t("old_wrong"), FRESH_SIGN_IN_NEEDED: t("passkey_fresh"), CANCELLED: t("passkey_cancelled"), BAD_PASSKEY: t("passkey_cancelled") } as Record<string, string>)[problem.reason];
  return (
    <Dialog title={t("passkey_add")} isOpen={isOpen} onClose={close}
      actions={<><Button onPress={close}>{t("back")}</Button><Button kind="primary" isDisabled={!title.trim()} isPending={pending} onPress={() => void add()}>{t("passkey_add")}</Button></>}>
      <ProblemNote problem={problem} text={said} />
      <TextField label={t("passkey_title")} value={title} onChange={setTitle} maxLength={120} autoFocus />
      <TextField label={t("old_password")} hint={t("passkey_no_password")} type="password" autoComplete="current-password" value={password} onChange={setPassword} />
    </Dialog>
  );
}

export function Passkeys() {
  const t = useT();
  const say = useProblemText();
  const loaded = useLoad(identity.passkeys);
  const [adding, setAdding] = useState(false);
  const remove = async (one: Passkey) => {
    try {
      await identity.deletePasskey(one.id);
      toast(t("passkey_removed"));
    } finally {
      loaded.reload();
    }
  };
  return (
    <section className="card" aria-label={t("passkeys")}>
      <header><h2>{t("passkeys")}</h2></header>
      <div className="body form"><div className="actions"><span className="mid grow">{t("passkeys_why")}</span>{hasPasskeys() && <Button onPress={() => setAdding(true)}>{t("passkey_add")}</Button>}</div></div>
      {loaded.problem ? <div className="body">{say(loaded.problem)}</div> : <Table label={t("passkeys")} rows={loaded.data?.passkeys} rowId={(row) => row.id} empty={<Empty icon="key" title={t("passkey_no")} />}
        columns={[
          { id: "title", title: t("passkey_key"), cell: (row) => <>{row.title} {row.synced && <Chip kind="line">{t("passkey_synced")}</Chip>}</> },
          { id: "since", title: t("passkey_added"), num: true, cell: (row) => (row.created_at ? moment(row.created_at) : "–") },
          { id: "seen", title: t("passkey_used"), num: true, cell: (row) => (row.last_used_at ? moment(row.last_used_at) : t("passkey_never")) },
          { id: "end", title: "", num: true, cell: (row) => <Button size="sm" onPress={() => void remove(row)}>{t("passkey_remove")}</Button> },
        ]} />}
      <AddDialog isOpen={adding} onClose={() => setAdding(false)} onAdded={loaded.reload} />
    </section>
  );
}
