import { directory } from "../../api/api";
import type { Project } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { useDesk } from "../../rt/store";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { addressOf, Form, NEW, Section } from "./Section";
import { useT } from "./texts";

const BLANK: Project = { id: "", rev: 0, name: "", archived: false };

function ProjectPanel({ stored, loaded }: { stored: Project | undefined; loaded: Loaded<readonly Project[]> }) {
  const t = useT();
  const editor = useEditor<Project>({
    key: `projects/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name" }),
    fresh: async () => (await directory.projects()).projects.find((one) => one.id === stored?.id),
    save: async (value) => (await directory.saveProject(value)).project ?? value,
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("projects", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="projects" icon="deal" right="directory.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("project_new")} labels={{ name: t("name"), archived: t("archived") }}>
      <TextField label={t("name")} hint={t("project_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      {stored && <Checkbox isSelected={value.archived} onChange={(archived) => patch({ archived })}>{t("archived")}<br /><span className="hint">{t("archived_hint")}</span></Checkbox>}
    </Form>
  );
}

export default function ProjectsPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await directory.projects()).projects);
  const { queues, channels, groups } = useDesk((state) => ({ queues: state.queues, channels: state.channels, groups: state.groups }));
  const count = (list: object, id: string) => Object.values(list as Record<string, { project_id: string }>).filter((one) => one.project_id === id).length;
  return (
    <Section<Project> section="projects" title={t("projects")} icon="deal" right="directory.write" loaded={loaded} rowId={(row) => row.id} add={t("project_add")} open={open} words={(row) => row.name}
      empty={{ title: t("projects_empty"), text: t("projects_empty_text") }}
      columns={() => [
        { id: "name", title: t("name"), cell: (row) => <span className="flex"><span className="cut" title={row.name}>{row.name}</span>{row.archived && <Chip>{t("archived")}</Chip>}</span> },
        { id: "queues", title: t("queues"), num: true, cell: (row) => count(queues, row.id) },
        { id: "groups", title: t("groups"), num: true, cell: (row) => count(groups, row.id) },
        { id: "channels", title: t("channels"), num: true, cell: (row) => count(channels, row.id) },
      ]}
      form={(id, row) => <ProjectPanel key={id} stored={row} loaded={loaded} />} />
  );
}
