/** "Write": begins a conversation with a customer, in a channel where they need not have written. */
import { useState } from "react";
import { conversations } from "../api/api";
import type * as T from "../api/types.gen";
import { useAction } from "../api/useCall";
import { phone } from "../i18n/format";
import { useProblemText } from "../i18n/problems";
import { composer, useOpen } from "../pages/desk/layer";
import { can } from "../rt/selectors";
import { learn, useDesk } from "../rt/store";
import { Button } from "../ui/Button";
import { ChannelIcon } from "../ui/ChannelIcon";
import { Dialog } from "../ui/Dialog";
import { Menu, MenuItem } from "../ui/Menu";
import { TextField } from "../ui/TextField";
import { useT } from "./texts";
import { waysTo, type Way } from "./ways";

function SubjectDialog({ name, pending, problem, onBegin, onClose }: { name: string; pending: boolean; problem: string; onBegin: (subject: string) => void; onClose: () => void }) {
  const t = useT();
  const [subject, setSubject] = useState("");
  return (
    <Dialog title={t("title", { name })} isOpen onClose={onClose}
      actions={<><Button onPress={onClose}>{t("leave")}</Button><Button kind="primary" isPending={pending} isDisabled={!subject.trim()} onPress={() => onBegin(subject)}>{t("begin")}</Button></>}>
      <form onSubmit={(event) => { event.preventDefault(); if (subject.trim()) onBegin(subject); }}><TextField label={t("subject")} hint={t("subject_hint")} value={subject} onChange={setSubject} maxLength={200} autoFocus /></form>
      {problem && <p className="err" role="alert">{problem}</p>}
    </Dialog>
  );
}

export default function WriteFirst({ contact }: { contact: T.Contact }) {
  const t = useT();
  const say = useProblemText();
  const open = useOpen();
  const { may, channels } = useDesk((state) => ({ may: can("conversations.write")(state) && can("work.take")(state), channels: state.channels }));
  const ways = waysTo(contact, Object.values(channels));
  const [mail, setMail] = useState<Way>();
  const [request, setRequest] = useState(() => crypto.randomUUID());
  const start = useAction(conversations.start);
  if (!may || ways.length === 0) return null;
  const begin = async (way: Way, subject = "") => {
    const begun = (await start.run({ channel_id: way.channel.id, contact_id: contact.id, address: way.address, subject, client_id: request }))?.conversation;
    if (!begun) return;
    learn.conversations([begun]);
    setMail(undefined);
    setRequest(crypto.randomUUID());
    composer.wanted = begun.id;
    open(begun.id);
  };
  const problem = start.problem ? (start.problem.reason === "TAKEN" ? t("taken") : say(start.problem)) : "";
  const choose = (way: Way) => {
    start.clear();
    if (way.channel.writes_first_to === "email") setMail(way);
    else void begin(way);
  };
  return (
    <>
      <Menu label={t("where")} trigger={<Button size="sm" icon="send" isPending={start.pending}>{t("write")}</Button>}>
        {ways.map((way) => <MenuItem key={`${way.channel.id} ${way.address}`} before={<ChannelIcon kind={way.channel.kind} look="bare" />} text={way.channel.name} hint={way.channel.writes_first_to === "phone" ? phone(way.address) : way.address} value={`${way.channel.name} ${way.address}`} onAction={() => choose(way)} />)}
      </Menu>
      {problem && !mail && <p className="sm err" role="alert">{problem}</p>}
      {mail && <SubjectDialog name={contact.name || t("customer")} pending={start.pending} problem={problem} onBegin={(subject) => void begin(mail, subject)} onClose={() => setMail(undefined)} />}
    </>
  );
}
