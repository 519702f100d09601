import { routing } from "../../../api/api";
import type { Scheme } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { moment, phone } from "../../../i18n/format";
import { isLanguage, type Language } from "../../../i18n/languages";
import { useDesk } from "../../../rt/store";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { RadioGroup } from "../../../ui/RadioGroup";
import { TextField } from "../../../ui/TextField";
import type { SectionPageProps } from "../page";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import { Maybe } from "../pickers";
import { useReceivers } from "../receivers";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { starter, toWire, type Graph, type Text } from "./graph";
import { SchemeEditor } from "./SchemeEditor";
import { useT, type SchemeText } from "./texts";

interface NewScheme { name: string; template: "starter" | "empty"; calendar_id: string; queue_ids: string[] }

/** What customers hear belongs to the scheme's languages, whatever the author reads. */
const PACKS: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = { en: () => import("./texts.en.json"), ru: () => import("./texts.ru.json"), uk: () => import("./texts.uk.json") };

async function spoken(key: SchemeText, languages: readonly Language[]): Promise<Text> {
  const pairs = await Promise.all(languages.map(async (code) => {
    const words = (await PACKS[code]()).default[key];
    return [code, (Array.isArray(words) ? words.join("") : String(words))] as const;
  }));
  return Object.fromEntries(pairs);
}

function NewPanel({ loaded }: { loaded: Loaded<readonly Scheme[]> }) {
  const t = useT();
  const queues = useDesk((state) => state.queues);
  const language = useDesk((state) => state.me?.tenant?.language ?? "en");
  const calendars = useLoad(async () => (await routing.calendars()).calendars);
  const editor = useEditor<NewScheme & { id: string }>({
    key: `schemes/${NEW}`, stored: { id: "", name: "", template: "starter", calendar_id: "", queue_ids: Object.keys(queues).slice(0, 2) },
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name" }),
    fresh: async () => undefined,
    save: async (value) => {
      const languages: Language[] = isLanguage(language) ? [language] : ["en"];
      const empty: Graph = { start: null, languages, nodes: [] };
      const graph = value.template === "empty" ? empty : starter({
        languages, calendar: value.calendar_id, queues: value.queue_ids.flatMap((id) => (queues[id] ? [queues[id]] : [])),
        names: { greeting: t("st_greeting"), hours: t("k_hours"), menu: t("k_menu"), closed: t("st_closed"), late: t("st_late") },
        texts: { greeting: await spoken("say_greeting", languages), menu: await spoken("say_menu", languages), closed: await spoken("say_closed", languages), late: await spoken("say_late", languages) },
      });
      const made = (await routing.saveScheme({ name: value.name.trim(), graph: toWire(graph) })).scheme;
      return { ...value, id: made?.id ?? "" };
    },
    onSaved: (saved) => {
      loaded.reload();
      navigateTo(addressOf("schemes", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="schemes" icon="flow" right="schemes.write" editor={editor} isNew title={t("scheme_new")} labels={{}}>
      <TextField label={t("scheme_name")} placeholder={t("scheme_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <RadioGroup label={t("start_from")} value={value.template} onChange={(template) => patch({ template })} options={[{ id: "starter", text: t("from_starter"), hint: t("from_starter_hint") }, { id: "empty", text: t("from_empty"), hint: t("from_empty_hint") }]} />
      {value.template === "starter" && <>
        <Part title={t("starter_queues")} hint={Object.keys(queues).length ? t("starter_queues_hint") : t("no_queues")}>
          <div className="checks">{Object.values(queues).map((one) => <Checkbox key={one.id} isSelected={value.queue_ids.includes(one.id)} isDisabled={value.queue_ids.length >= 3 && !value.queue_ids.includes(one.id)} onChange={(on) => patch({ queue_ids: on ? [...value.queue_ids, one.id] : value.queue_ids.filter((id) => id !== one.id) })}>{one.name}</Checkbox>)}</div>
        </Part>
        <Maybe label={t("starter_hours")} none={t("starter_always")} hint={calendars.data?.length === 0 ? t("no_calendars") : undefined} options={(calendars.data ?? []).map((one) => ({ id: one.id, text: one.name }))} value={value.calendar_id} onChange={(calendar_id) => patch({ calendar_id })} />
      </>}
    </Form>
  );
}

function List({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await routing.schemes()).schemes);
  const receivers = useReceivers();
  const channels = useDesk((state) => state.channels);
  const boundTo = (id: string) => (receivers.loaded.data?.bindings ?? []).filter((one) => one.scheme_id === id).map((one) => channels[one.address]?.name ?? phone(one.address)).join(", ");
  return (
    <Section<Scheme> section="schemes" title={t("schemes")} icon="flow" right="schemes.write" loaded={loaded} rowId={(row) => row.id} add={t("scheme_add")} open={open} words={(row) => `${row.name} ${boundTo(row.id)}`}
      empty={{ title: t("schemes_empty"), text: t("schemes_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("scheme_name"), cell: (row) => <span className="cut" title={row.name}>{row.name}</span> },
        { id: "live", title: t("on_line"), cell: (row) => (row.live_version ? <Chip kind="ok">{t("version", { version: row.live_version })}</Chip> : <Chip kind="line">{t("draft_only")}</Chip>) },
        { id: "bound", title: t("comes_here"), cell: (row) => <span className="cut" title={boundTo(row.id)}>{boundTo(row.id) || <span className="t warn">{t("bound_nowhere")}</span>}</span> },
        ...(narrow ? [] : [{ id: "changed", title: t("changed"), num: true, cell: (row: Scheme) => (row.changed_at ? moment(row.changed_at) : "–") }]),
      ]}
      form={() => <NewPanel loaded={loaded} />} />
  );
}

export default function SchemesPage({ open }: SectionPageProps) {
  return open !== undefined && open !== NEW ? <SchemeEditor id={open} /> : <List open={open} />;
}
