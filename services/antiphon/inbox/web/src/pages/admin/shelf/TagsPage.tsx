import { bench } from "../../../api/api";
import type { Tag } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { learn } from "../../../rt/store";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { addressOf, Form, NEW, Section } from "../Section";
import { useT } from "./texts";

const COLOURS = ["blue", "sky", "indigo", "violet", "rose", "amber", "green", "grey"] as const;
const BLANK: Tag = { id: "", rev: 0, name: "", colour: "blue" };

function TagPanel({ stored, loaded }: { stored: Tag | undefined; loaded: Loaded<readonly Tag[]> }) {
  const t = useT();
  const editor = useEditor<Tag>({
    key: `tags/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name" }),
    fresh: async () => (await bench.tags()).tags.find((one) => one.id === stored?.id),
    save: async (value) => (await bench.saveTag({ ...value, name: value.name.trim() })).tag ?? value,
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("tags", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="tags" icon="tag" right="queues.write" editor={editor} isNew={!stored} title={stored?.name ?? t("tag_new")} labels={{ name: t("name"), colour: t("colour") }}
      remove={{ question: t("tag_delete", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("tag_loss"), run: async () => { await bench.deleteTag(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} placeholder={t("tag_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <Select label={t("colour")} options={COLOURS.map((id) => ({ id, text: t(`colour_${id}`), before: <i className={`dot ${id}`} aria-hidden="true" /> }))} value={value.colour as (typeof COLOURS)[number]} onChange={(colour) => patch({ colour })} error={err("colour")} />
    </Form>
  );
}

export default function TagsPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => {
    const { tags } = await bench.tags();
    learn.tags(tags);
    return tags;
  });
  return (
    <Section<Tag> section="tags" title={t("tags")} icon="tag" right="queues.write" loaded={loaded} rowId={(row) => row.id} add={t("tag_add")} open={open} words={(row) => row.name}
      empty={{ title: t("tags_empty"), text: t("tags_empty_text") }}
      columns={() => [{ id: "name", title: t("name"), cell: (row) => <span className="flex"><i className={`dot ${row.colour}`} aria-hidden="true" /><span className="cut" title={row.name}>{row.name}</span></span> }, { id: "colour", title: t("colour"), cell: (row) => (COLOURS.includes(row.colour as never) ? t(`colour_${row.colour as (typeof COLOURS)[number]}`) : row.colour) }]}
      form={(id, row) => <TagPanel key={id} stored={row} loaded={loaded} />} />
  );
}
