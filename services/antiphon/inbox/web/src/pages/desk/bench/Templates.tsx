/** What may be sent when nothing may be written freely: a text that the provider has approved. */
import { useState } from "react";
import { bench, conversations } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { useProblemText } from "../../../i18n/problems";
import { learn } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { useChannelName } from "../../../ui/ChannelIcon";
import { Select } from "../../../ui/Select";
import { Skeleton } from "../../../ui/Skeleton";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { firstName } from "../model/canned";
import { templatePieces } from "../model/care";
import { useT } from "./texts";

function TemplateForm({ conversation, templates }: { conversation: T.Conversation; templates: readonly T.Template[] }) {
  const t = useT();
  const say = useProblemText();
  const key = (one: T.Template) => `${one.name}|${one.language}`;
  const usable = templates.filter((one) => !one.why_not);
  const [chosen, setChosen] = useState(() => key(usable.find((one) => one.language.split("_")[0] === conversation.language) ?? usable[0] ?? ({ name: "", language: "" } as T.Template)));
  const [values, setValues] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const send = useAction(conversations.send);
  const template = templates.find((one) => key(one) === chosen);
  const given = (gap: string) => values[`${chosen}|${gap}`] ?? (gap === "body.1" ? firstName(conversation.contact_name) : "");
  const missing = template?.gaps.find((gap) => !given(gap).trim());
  const run = async () => {
    setTried(true);
    if (!template || missing) return;
    const filled = Object.fromEntries(template.gaps.map((gap) => [gap, given(gap).trim()]));
    const answer = await send.run(conversation.id, { client_id: crypto.randomUUID(), kind: "MESSAGE_KIND_TEMPLATE", template: { name: template.name, language: template.language, values: filled } });
    if (!answer?.message) return;
    if (answer.message) learn.messages(conversation.id, [answer.message]);
    toast(t("template_sent"));
    setValues({});
    setTried(false);
  };
  if (usable.length === 0) return <p className="mid">{t("no_templates")}</p>;
  const part = (text: string, name: "header" | "body") => templatePieces(text, name).map((piece, index) => (piece.gap ? <mark key={index}>{given(piece.gap) || t("gap", { name: piece.gap.split(".")[1] ?? "" })}</mark> : piece.text));
  return (
    <form className="tpl" onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <div className="tpl-fields">
        <Select label={t("template")} options={usable.map((one) => ({ id: key(one), text: one.name.replaceAll("_", " "), hint: one.language }))} value={chosen} onChange={setChosen} />
        {template?.gaps.map((gap) => <TextField key={gap} label={t(gap.startsWith("header.") ? "gap_header" : "gap_body", { name: gap.split(".")[1] ?? "" })} value={given(gap)} onChange={(value) => setValues({ ...values, [`${chosen}|${gap}`]: value })} error={tried && !given(gap).trim() ? t("text_needed") : undefined} />)}
      </div>
      {template && (
        <div className="msg out tpl-view" aria-label={t("preview")} role="group" dir="auto">
          {template.header && <b className="words">{part(template.header, "header")}</b>}
          <div className="words">{part(template.body, "body")}</div>
          {template.footer && <div className="meta">{template.footer}</div>}
          {template.buttons.length > 0 && <div className="options">{template.buttons.map((one) => <span key={one} className="chip line">{one}</span>)}</div>}
        </div>
      )}
      {send.problem && <p className="err" role="alert">{say(send.problem)}</p>}
      <Button type="submit" kind="primary" icon="send" isPending={send.pending}>{t("template_send")}</Button>
    </form>
  );
}

/** In place of the field when nothing may be written freely. */
export default function Templates({ id, conversation }: { id: string; conversation: T.Conversation }) {
  const t = useT();
  const say = useProblemText();
  const channel = useChannelName()(conversation.channel);
  const { data, problem, loading, reload } = useLoad(async () => (await bench.templates(conversation.channel_id)).templates, [conversation.channel_id]);
  return (
    <div id={id} className="closed-window" role="region" aria-label={t("window_closed")} tabIndex={0}>
      <p className="flex"><Icon name="lock" size="s" /><span>{t(data?.length === 0 ? "window_wait" : "window_template", { channel })}</span></p>
      {loading && <Skeleton rows={2} />}
      {problem && <p className="err" role="alert">{problem.reason === "PROVIDER" && problem.detail ? problem.detail : say(problem)} <Button size="sm" onPress={reload}>{t("again")}</Button></p>}
      {data && data.length > 0 && <TemplateForm conversation={conversation} templates={data} />}
    </div>
  );
}
