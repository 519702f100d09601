import { bench } from "../../../api/api";
import type { CannedAnswer } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { Button } from "../../../ui/Button";
import { TextArea, TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { Sharing, useRight, useWhose } from "./Sharing";
import { useT } from "./texts";
import { unknownVariable, VARIABLES } from "./variables";

const BLANK: CannedAnswer = { id: "", rev: 0, name: "", shortcut: "", text: "", sharing: "SHARING_EVERYBODY", group_id: "", owner_id: "" };

function AnswerPanel({ stored, loaded }: { stored: CannedAnswer | undefined; loaded: Loaded<readonly CannedAnswer[]> }) {
  const t = useT();
  const right = useRight(stored);
  const editor = useEditor<CannedAnswer>({
    key: `canned/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", text: value.text.trim() && !unknownVariable(value.text) ? "" : "bad_text", group_id: value.sharing === "SHARING_GROUP" && !value.group_id ? "bad_choice" : "" }),
    fresh: async () => (await bench.canned()).answers.find((one) => one.id === stored?.id),
    save: async (value) => (await bench.saveCanned({ ...value, name: value.name.trim(), shortcut: value.shortcut.replace(/^\//, "").trim() })).answer ?? value,
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("canned", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const wrong = unknownVariable(value.text);
  return (
    <Form section="canned" icon="bolt" right={right} editor={editor} isNew={!stored} title={stored?.name ?? t("canned_new")} labels={{ name: t("name"), shortcut: t("shortcut"), text: t("text") }}
      remove={{ question: t("canned_delete", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("canned_loss"), run: async () => { await bench.deleteCanned(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <TextField label={t("shortcut")} hint={t("shortcut_hint")} value={value.shortcut} onChange={(shortcut) => patch({ shortcut })} error={err("shortcut")} />
      <TextArea label={t("text")} rows={6} value={value.text} onChange={(text) => patch({ text })} error={wrong ? t("no_variable", { name: `{${wrong}}` }) : err("text")} />
      <Part title={t("variables")} hint={t("variables_hint")}><div className="flex wrap">{VARIABLES.map((name) => <Button key={name} size="sm" onPress={() => patch({ text: `${value.text}{${name}}` })}>{`{${name}}`}</Button>)}</div></Part>
      <Sharing value={value} onChange={patch} error={err("group_id")} />
    </Form>
  );
}

export default function CannedPage({ open }: SectionPageProps) {
  const t = useT();
  const whose = useWhose();
  const loaded = useLoad(async () => (await bench.canned()).answers);
  return (
    <Section<CannedAnswer> section="canned" title={t("canned")} icon="bolt" right="conversations.write" loaded={loaded} rowId={(row) => row.id} add={t("canned_add")} open={open} words={(row) => `${row.name} ${row.shortcut} ${row.text}`}
      empty={{ title: t("canned_empty"), text: t("canned_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("name"), cell: (row) => <span className="flex"><span className="cut" title={row.name}>{row.name}</span></span> },
        { id: "shortcut", title: t("shortcut"), cell: (row) => (row.shortcut ? <span className="mono">/{row.shortcut}</span> : "–") },
        ...(narrow ? [] : [{ id: "text", title: t("text"), cell: (row: CannedAnswer) => <span className="flex"><span className="cut" title={row.text} dir="auto">{row.text}</span></span> }]),
        { id: "whose", title: t("whose"), cell: (row) => whose(row) },
      ]}
      form={(id, row) => <AnswerPanel key={id} stored={row} loaded={loaded} />} />
  );
}
