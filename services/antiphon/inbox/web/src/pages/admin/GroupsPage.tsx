import { directory } from "../../api/api";
import type { Group } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { useDesk } from "../../rt/store";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { PeoplePicker, ProjectSelect } from "./pickers";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { useT } from "./texts";

const BLANK: Group = { id: "", rev: 0, name: "", project_id: "", person_ids: [] };

function GroupPanel({ stored, loaded }: { stored: Group | undefined; loaded: Loaded<readonly Group[]> }) {
  const t = useT();
  const people = useDesk((state) => state.people);
  const queues = useDesk((state) => Object.values(state.queues).filter((queue) => queue.members.some((member) => member.group_id === stored?.id)).map((queue) => queue.name).join(", "));
  const editor = useEditor<Group>({
    key: `groups/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name" }),
    fresh: async () => (await directory.groups()).groups.find((one) => one.id === stored?.id),
    save: async (value) => (await directory.saveGroup(value)).group ?? value,
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("groups", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="groups" icon="users" right="directory.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("group_new")}
      labels={{ name: t("name"), project_id: t("project"), person_ids: t("members") }} show={(field, what) => (field === "person_ids" ? (what as string[]).map((id) => people[id]?.name ?? id).join(", ") || "–" : undefined)}
      remove={{ question: t("delete_title", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("group_loss", { count: stored?.person_ids.length ?? 0, queues: queues || "–", used: queues ? "yes" : "no" }), run: async () => { await directory.deleteGroup(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} placeholder={t("group_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <ProjectSelect value={value.project_id} onChange={(project_id) => patch({ project_id })} error={err("project_id")} />
      <Part title={t("members")}><PeoplePicker value={value.person_ids} onChange={(person_ids) => patch({ person_ids })} /></Part>
    </Form>
  );
}

export default function GroupsPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await directory.groups()).groups);
  const { people, projects } = useDesk((state) => ({ people: state.people, projects: state.projects }));
  return (
    <Section<Group> section="groups" title={t("groups")} icon="users" right="directory.write" loaded={loaded} rowId={(row) => row.id} add={t("group_add")} open={open}
      words={(row) => [row.name, ...row.person_ids.map((id) => people[id]?.name ?? "")].join(" ")} empty={{ title: t("groups_empty"), text: t("groups_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("name"), cell: (row) => row.name },
        { id: "people", title: t("members"), cell: (row) => <span className="cut" title={row.person_ids.map((id) => people[id]?.name ?? id).join(", ")}>{t("people_count", { count: row.person_ids.length })}</span> },
        ...(narrow ? [] : [{ id: "who", title: t("who"), cell: (row: Group) => <span className="cut">{row.person_ids.slice(0, 3).map((id) => people[id]?.name ?? id).join(", ")}{row.person_ids.length > 3 ? "…" : ""}</span> },
          { id: "project", title: t("project"), cell: (row: Group) => projects[row.project_id]?.name ?? "–" }]),
      ]}
      form={(id, row) => <GroupPanel key={id} stored={row} loaded={loaded} />} />
  );
}
