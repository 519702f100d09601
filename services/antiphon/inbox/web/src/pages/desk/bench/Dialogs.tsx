/** The dialogs of the bench; one host on the desk opens them for a conversation, for chosen rows, or from the palette. */
import { useState } from "react";
import { bench } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { moment } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { serverNow } from "../../../rt/clock";
import { can } from "../../../rt/selectors";
import { learn, useDesk } from "../../../rt/store";
import { Icon } from "../../../design/Icon";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { ComboBox } from "../../../ui/ComboBox";
import { Dialog } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { RadioGroup } from "../../../ui/RadioGroup";
import { Skeleton } from "../../../ui/Skeleton";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useMyId } from "../data";
import { opened } from "../layer";
import { fieldOf } from "../model/callbacks";
import { snoozeTimes } from "../model/care";
import { act, runMacro, snooze } from "./act";
import { openLayer, stopChoosing, useLayer, type Layer } from "./layers";
import { TagChip } from "./Marks";
import { useMacros, useTags } from "./shelf";
import { useT } from "./texts";

interface Props { ids: readonly string[]; onClose: () => void; onDone: () => void }
const title = (t: ReturnType<typeof useT>, key: Parameters<ReturnType<typeof useT>>[0], ids: readonly string[]) =>
  ids.length > 1 ? `${t(key)} · ${t("conversations", { count: ids.length })}` : t(key);

function SnoozeDialog({ ids, onClose, onDone }: Props) {
  const t = useT();
  const now = serverNow();
  const [own, setOwn] = useState("");
  const [tried, setTried] = useState(false);
  const at = Date.parse(own);
  const late = Number.isNaN(at) || at <= now;
  const run = async (until: number | undefined) => {
    onClose();
    if ((await snooze(ids, until)).done.length) onDone();
  };
  return (
    <Dialog title={title(t, "snooze", ids)} isOpen onClose={onClose} actions={<Button onPress={onClose}>{t("cancel")}</Button>}>
      <p className="mid">{t("snooze_text")}</p>
      <div className="col gap choices">
        {snoozeTimes(now).map((one, index) => <Button key={one.id} autoFocus={index === 0} onPress={() => void run(one.at)}><span className="grow">{t(`snooze_${one.id}`)}</span><span className="dim sm">{moment(one.at)}</span></Button>)}
        <Button onPress={() => void run(undefined)}><span className="grow">{t("snooze_reply")}</span></Button>
      </div>
      <form className="flex with-field" onSubmit={(event) => { event.preventDefault(); setTried(true); if (!late) void run(at); }}>
        <TextField label={t("snooze_own")} type="datetime-local" value={own} onChange={setOwn} error={tried && late ? t("time_passed") : undefined} />
        <Button type="submit">{t("snooze")}</Button>
      </form>
    </Dialog>
  );
}

function TagsDialog({ ids, onClose, onDone }: Props) {
  const t = useT();
  const tags = useTags();
  const borne = useDesk((state) => ids.map((id) => state.conversations[id]?.tags ?? []));
  const [changed, setChanged] = useState<Record<string, boolean>>({});
  const has = (tag: string) => borne.filter((one) => one.includes(tag)).length;
  const run = async () => {
    const actions: T.Action[] = Object.entries(changed).map(([tag, on]) => (on ? { add_tag_id: tag } : { remove_tag_id: tag }));
    onClose();
    if (actions.length && (await act(ids, { actions })).done.length) onDone();
  };
  return (
    <Dialog title={title(t, "tags", ids)} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isDisabled={Object.keys(changed).length === 0} onPress={() => void run()}>{t("apply")}</Button></>}>
      {tags.length === 0 ? <p className="mid">{t("no_tags")}</p> : (
        <div className="checks tag-list" role="group" aria-label={t("tags")}>
          {tags.map((tag, index) => {
            const count = has(tag.id);
            const on = changed[tag.id] ?? count === ids.length;
            return <Checkbox key={tag.id} autoFocus={index === 0} isSelected={on} isIndeterminate={changed[tag.id] === undefined && count > 0 && count < ids.length} onChange={(next) => setChanged({ ...changed, [tag.id]: next })}><TagChip tag={tag} /></Checkbox>;
          })}
        </div>
      )}
    </Dialog>
  );
}

function SpamDialog({ ids, onClose, onDone }: Props) {
  const t = useT();
  const [block, setBlock] = useState<T.ChannelsBlocking>("BLOCKING_UNSPECIFIED");
  const run = async () => {
    onClose();
    const { done } = await act(ids, { actions: [{ spam: { block } }] });
    if (!done.length) return;
    toast(t("spam_done", { count: done.length }));
    onDone();
  };
  return (
    <Dialog role="alertdialog" title={title(t, "spam_title", ids)} isOpen onClose={onClose} actions={<><Button autoFocus onPress={onClose}>{t("keep_open")}</Button><Button kind="stop" onPress={() => void run()}>{t("spam_verb")}</Button></>}>
      <p className="mid">{t("spam_text")}</p>
      <RadioGroup label={t("block")} value={block} onChange={(next) => setBlock(next as T.ChannelsBlocking)} options={[
        { id: "BLOCKING_UNSPECIFIED", text: t("block_none") }, { id: "BLOCKING_IDENTITY", text: t("block_sender"), hint: t("block_sender_hint") }, { id: "BLOCKING_CUSTOMER", text: t("block_customer"), hint: t("block_customer_hint") },
      ]} />
    </Dialog>
  );
}

function AssignDialog({ ids, onClose, onDone }: Props) {
  const t = useT();
  const me = useMyId();
  const { people, queues } = useDesk((state) => ({ people: state.people, queues: state.queues }));
  const [to, setTo] = useState("");
  const options = [
    ...Object.values(people).filter((one) => !one.disabled).sort((a, b) => Number(b.id === me) - Number(a.id === me) || a.name.localeCompare(b.name)).map((one) => ({ id: `p:${one.id}`, text: one.id === me ? t("to_me", { name: one.name }) : one.name })),
    ...Object.values(queues).map((one) => ({ id: `q:${one.id}`, text: one.name, hint: t("a_queue") })),
  ];
  const run = async () => {
    onClose();
    const target = to.slice(2);
    const { done } = await act(ids, { actions: [to.startsWith("p:") ? { assign_person_id: target } : { transfer_queue_id: target }] });
    if (!done.length) return;
    toast(t("assigned", { count: done.length }));
    onDone();
  };
  return (
    <Dialog title={title(t, "assign", ids)} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isDisabled={!to} onPress={() => void run()}>{t("assign")}</Button></>}>
      <ComboBox label={t("assign_to")} options={options} value={to} onChange={setTo} />
    </Dialog>
  );
}

function MacroDialog({ ids, onClose, onDone }: Props) {
  const t = useT();
  const say = useProblemText();
  const { data, problem, reload } = useMacros();
  const [pending, setPending] = useState("");
  const run = async (macro: T.Macro) => {
    setPending(macro.id);
    await runMacro(macro, ids, onDone);
    onClose();
  };
  return (
    <Dialog title={title(t, "macros", ids)} isOpen onClose={onClose} actions={<Button onPress={onClose}>{t("cancel")}</Button>}>
      {problem && !data ? <p className="err" role="alert">{say(problem)} <Button size="sm" onPress={reload}>{t("again")}</Button></p>
        : !data ? <Skeleton rows={3} />
          : data.length === 0 ? <Empty icon="bolt" title={t("no_macros")}>{t("no_macros_text")}</Empty>
            : <div className="col gap choices">{data.map((macro, index) => <Button key={macro.id} autoFocus={index === 0} isPending={pending === macro.id} onPress={() => void run(macro)}><span className="grow cut">{macro.name}</span><span className="dim sm">{t("steps", { count: macro.actions.length })}</span></Button>)}</div>}
    </Dialog>
  );
}

/** A message for later, new or planned already. */
function PlanDialog({ layer, onClose }: { layer: Extract<Layer, { is: "plan" }>; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const id = layer.ids[0] ?? "";
  const known = useDesk((state) => state.conversations[id]?.scheduled.find((one) => one.id === layer.edit));
  const [text, setText] = useState(known?.text ?? layer.text ?? "");
  const [at, setAt] = useState(() => fieldOf(known?.at && Date.parse(known.at) > serverNow() ? Date.parse(known.at) : (snoozeTimes(serverNow()).find((one) => one.id === "tomorrow")?.at ?? serverNow())));
  const [files, setFiles] = useState<readonly { id: string; name: string }[]>(() => known?.attachment_ids.map((file, place) => ({ id: file, name: known.attachment_names[place] ?? "" })) ?? layer.files ?? []);
  const [unless, setUnless] = useState(known?.unless_reply ?? true);
  const [tried, setTried] = useState(false);
  const [key] = useState(() => layer.edit ?? crypto.randomUUID());
  const save = useAction(bench.schedule);
  const empty = !text.trim() && files.length === 0;
  const early = Number.isNaN(Date.parse(at)) || Date.parse(at) <= serverNow();
  const run = async () => {
    setTried(true);
    if (early || empty) return;
    const answer = await save.run(id, { id: key, text, attachment_ids: files.map((file) => file.id), at: new Date(at).toISOString(), unless_reply: unless });
    if (!answer) return;
    if (answer.conversation) learn.conversations([answer.conversation]);
    toast(t("planned", { at: moment(at) }));
    layer.done?.();
    onClose();
  };
  return (
    <Dialog title={t(layer.edit ? "plan_change" : "plan")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={save.pending} onPress={() => void run()}>{t("plan_verb")}</Button></>}>
      <TextArea label={t("text")} rows={4} value={text} onChange={setText} autoFocus={!text} error={tried && empty ? t("text_needed") : undefined} />
      {files.length > 0 && <ul className="ups" aria-label={t("plan_files")}>{files.map((file) => <li key={file.id} className="up"><Icon name="file" size="s" /><span className="cut grow" title={file.name}>{file.name}</span><IconButton icon="x" size="sm" label={t("plan_drop_file", { name: file.name })} onPress={() => setFiles((old) => old.filter((one) => one.id !== file.id))} /></li>)}</ul>}
      <TextField label={t("when")} type="datetime-local" value={at} onChange={setAt} autoFocus={Boolean(text)} error={tried && early ? t("time_passed") : undefined} />
      <div className="flex wrap">{snoozeTimes(serverNow()).map((one) => <Button key={one.id} size="sm" onPress={() => setAt(fieldOf(one.at))}>{t(`snooze_${one.id}`)}</Button>)}</div>
      <Checkbox isSelected={unless} onChange={setUnless}>{t("unless_reply")}</Checkbox>
      {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
    </Dialog>
  );
}

/** What was just written, kept as an answer of one's own (or everybody's, with the right). */
function KeepDialog({ text: given, onClose }: { text: string; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const mayShare = useDesk(can("queues.write"));
  const [name, setName] = useState("");
  const [shortcut, setShortcut] = useState("");
  const [text, setText] = useState(given);
  const [shared, setShared] = useState(false);
  const [tried, setTried] = useState(false);
  const save = useAction(bench.saveCanned);
  const run = async () => {
    setTried(true);
    if (!name.trim() || !text.trim()) return;
    const answer = await save.run({ name: name.trim(), shortcut: shortcut.replace(/^\//, "").trim(), text, sharing: shared ? "SHARING_EVERYBODY" : "SHARING_PERSONAL" });
    if (!answer) return;
    toast(t("kept", { name }));
    onClose();
  };
  return (
    <Dialog title={t("keep_title")} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={save.pending} onPress={() => void run()}>{t("keep_verb")}</Button></>}>
      <TextField label={t("name")} value={name} onChange={setName} autoFocus error={tried && !name.trim() ? t("name_needed") : undefined} />
      <TextField label={t("shortcut")} hint={t("shortcut_hint")} value={shortcut} onChange={setShortcut} />
      <TextArea label={t("text")} hint={t("variables_hint", { names: "{customer.first_name}, {agent.name}" })} rows={4} value={text} onChange={setText} error={tried && !text.trim() ? t("text_needed") : undefined} />
      {mayShare && <Checkbox isSelected={shared} onChange={setShared}>{t("for_everybody")}</Checkbox>}
      {save.problem && <p className="err" role="alert">{save.problem.reason === "TAKEN" ? t("name_taken") : say(save.problem)}</p>}
    </Dialog>
  );
}

/** `onMoved`: the open conversation left its place. */
export default function BenchDialogs({ open, onMoved }: { open: string; onMoved: () => void }) {
  const layer = useLayer();
  if (!layer) return null;
  const close = () => openLayer(undefined);
  const before = opened();
  const done = () => {
    stopChoosing();
    // The answer may come when the customer wrote again, and the conversation was offered and accepted again.
    if (layer.ids.includes(open) && layer.is !== "tags" && opened() === before) onMoved();
  };
  const props = { ids: layer.ids, onClose: close, onDone: done };
  switch (layer.is) {
    case "snooze": return <SnoozeDialog {...props} />;
    case "tags": return <TagsDialog {...props} />;
    case "spam": return <SpamDialog {...props} />;
    case "assign": return <AssignDialog {...props} />;
    case "macro": return <MacroDialog {...props} />;
    case "plan": return <PlanDialog key={`${layer.ids[0]}${layer.edit ?? ""}`} layer={layer} onClose={close} />;
    case "keep": return <KeepDialog text={layer.text} onClose={close} />;
  }
}

