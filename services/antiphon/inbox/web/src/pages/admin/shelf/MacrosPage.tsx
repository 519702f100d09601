import { bench } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { useDesk } from "../../../rt/store";
import { IconButton } from "../../../ui/IconButton";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { TextArea, TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { FieldError } from "../pickers";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { Sharing, useRight, useWhose } from "./Sharing";
import { useT, type ShelfText } from "./texts";
import { unknownVariable } from "./variables";

type Kind = keyof T.Action;
const KINDS = ["send_text", "write_note", "add_tag_id", "remove_tag_id", "set_priority", "assign_person_id", "transfer_queue_id", "snooze", "close", "spam"] as const satisfies readonly Kind[];
const MOST = 10;
const PRIORITIES = ["PRIORITY_URGENT", "PRIORITY_HIGH", "PRIORITY_NORMAL", "PRIORITY_LOW"] as const;
const ME = "me";
const BLANK: T.Macro = { id: "", rev: 0, name: "", actions: [{ send_text: "" }], sharing: "SHARING_EVERYBODY", group_id: "", owner_id: "" };

export const kindOf = (action: T.Action): (typeof KINDS)[number] => KINDS.find((kind) => action[kind] !== undefined) ?? "send_text";
const hoursOf = (action: T.Action): number => Number.parseFloat(action.snooze?.for ?? "0") / 3600;

function fresh(kind: Kind): T.Action {
  switch (kind) {
    case "set_priority": return { set_priority: "PRIORITY_HIGH" };
    case "assign_person_id": return { assign_person_id: ME };
    case "snooze": return { snooze: {} };
    case "close": return { close: { disposition: "" } };
    case "spam": return { spam: { block: "BLOCKING_UNSPECIFIED" } };
    default: return { [kind]: "" };
  }
}

/** Which step is not whole. */
const broken = (actions: readonly T.Action[]) => actions.findIndex((action) => {
  const value = action[kindOf(action)];
  return typeof value === "string" && (value.trim() === "" || unknownVariable(value) !== "");
});

function Step({ action, onChange }: { action: T.Action; onChange: (next: T.Action) => void }) {
  const t = useT();
  const { tags, people, queues } = useDesk((state) => ({ tags: state.tags, people: state.people, queues: state.queues }));
  const kind = kindOf(action);
  switch (kind) {
    case "send_text":
    case "write_note": {
      const wrong = unknownVariable(action[kind] ?? "");
      return <TextArea label="" aria-label={t(`do_${kind}`)} rows={3} value={action[kind] ?? ""} onChange={(text) => onChange({ [kind]: text })} error={wrong ? t("no_variable", { name: `{${wrong}}` }) : undefined} />;
    }
    case "add_tag_id":
    case "remove_tag_id":
      return <Select label="" aria-label={t("tags")} options={Object.values(tags).map((one) => ({ id: one.id, text: one.name, before: <i className={`dot ${one.colour}`} aria-hidden="true" /> }))} value={action[kind] ?? ""} onChange={(id) => onChange({ [kind]: id })} />;
    case "set_priority":
      return <Select label="" aria-label={t("priority")} options={PRIORITIES.map((id) => ({ id, text: t(id.toLowerCase() as ShelfText) }))} value={action.set_priority as (typeof PRIORITIES)[number]} onChange={(set_priority) => onChange({ set_priority })} />;
    case "assign_person_id":
      return <Select label="" aria-label={t("person")} options={[{ id: ME, text: t("whoever_runs") }, ...Object.values(people).filter((one) => !one.disabled).map((one) => ({ id: one.id, text: one.name }))]} value={action.assign_person_id ?? ""} onChange={(assign_person_id) => onChange({ assign_person_id })} />;
    case "transfer_queue_id":
      return <Select label="" aria-label={t("queue")} options={Object.values(queues).map((one) => ({ id: one.id, text: one.name }))} value={action.transfer_queue_id ?? ""} onChange={(transfer_queue_id) => onChange({ transfer_queue_id })} />;
    case "snooze":
      return <NumberField label="" aria-label={t("for_hours")} unit={t("hours")} hint={t("snooze_hint")} minValue={0} maxValue={8760} value={hoursOf(action)} onChange={(hours) => onChange({ snooze: hours > 0 ? { for: `${Math.round(hours * 3600)}s` } : {} })} />;
    case "close":
      return <TextField label="" aria-label={t("disposition")} placeholder={t("disposition_hint")} value={action.close?.disposition ?? ""} onChange={(disposition) => onChange({ close: { disposition } })} />;
    case "spam":
      return <p className="hint">{t("spam_hint")}</p>;
  }
}

function MacroPanel({ stored, loaded }: { stored: T.Macro | undefined; loaded: Loaded<readonly T.Macro[]> }) {
  const t = useT();
  const right = useRight(stored);
  const editor = useEditor<T.Macro>({
    key: `macros/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", actions: value.actions.length && broken(value.actions) < 0 ? "" : "bad_steps", group_id: value.sharing === "SHARING_GROUP" && !value.group_id ? "bad_choice" : "" }),
    fresh: async () => (await bench.macros()).macros.find((one) => one.id === stored?.id),
    save: async (value) => (await bench.saveMacro({ ...value, name: value.name.trim() })).macro ?? value,
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("macros", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const put = (index: number, next: T.Action) => patch({ actions: value.actions.map((one, place) => (place === index ? next : one)) });
  const shift = (index: number, by: number) => {
    const actions = [...value.actions];
    actions.splice(index + by, 0, ...actions.splice(index, 1));
    patch({ actions });
  };
  return (
    <Form section="macros" icon="bolt" right={right} editor={editor} isNew={!stored} title={stored?.name ?? t("macro_new")} labels={{ name: t("name"), actions: t("steps") }}
      remove={{ question: t("macro_delete", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("macro_loss"), run: async () => { await bench.deleteMacro(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <Part title={t("steps")} hint={t("steps_hint")}>
        <ol className="macro-steps">
          {value.actions.map((action, index) => (
            <li key={index}>
              <div className="flex">
                <span className="dim t">{index + 1}</span>
                <span className="grow"><Select label="" aria-label={t("step_no", { no: index + 1 })} options={KINDS.map((id) => ({ id, text: t(`do_${id}`) }))} value={kindOf(action)} onChange={(kind) => put(index, fresh(kind))} /></span>
                <IconButton icon="up" size="sm" label={t("step_up", { no: index + 1 })} isDisabled={index === 0} onPress={() => shift(index, -1)} />
                <IconButton icon="down" size="sm" label={t("step_down", { no: index + 1 })} isDisabled={index === value.actions.length - 1} onPress={() => shift(index, 1)} />
                <IconButton icon="x" size="sm" label={t("step_remove", { no: index + 1 })} onPress={() => patch({ actions: value.actions.filter((_, place) => place !== index) })} />
              </div>
              <Step action={action} onChange={(next) => put(index, next)} />
            </li>
          ))}
        </ol>
        {err("actions") && <FieldError text={err("actions") ?? ""} />}
        <Select key={value.actions.length} label={t("step_add")} isDisabled={value.actions.length >= MOST} options={KINDS.map((id) => ({ id, text: t(`do_${id}`) }))} value="" onChange={(kind) => patch({ actions: [...value.actions, fresh(kind)] })} />
      </Part>
      <Sharing value={value} onChange={patch} error={err("group_id")} />
    </Form>
  );
}

export default function MacrosPage({ open }: SectionPageProps) {
  const t = useT();
  const whose = useWhose();
  const loaded = useLoad(async () => (await bench.macros()).macros);
  return (
    <Section<T.Macro> section="macros" title={t("macros")} icon="bolt" right="conversations.write" loaded={loaded} rowId={(row) => row.id} add={t("macro_add")} open={open} words={(row) => row.name}
      empty={{ title: t("macros_empty"), text: t("macros_empty_text") }}
      columns={() => [
        { id: "name", title: t("name"), cell: (row) => <span className="flex"><span className="cut" title={row.name}>{row.name}</span></span> },
        { id: "steps", title: t("steps"), cell: (row) => <span className="flex"><span className="cut" title={row.actions.map((one) => t(`do_${kindOf(one)}`)).join(", ")}>{row.actions.map((one) => t(`do_${kindOf(one)}`)).join(", ")}</span></span> },
        { id: "whose", title: t("whose"), cell: (row) => whose(row) },
      ]}
      form={(id, row) => <MacroPanel key={id} stored={row} loaded={loaded} />} />
  );
}
