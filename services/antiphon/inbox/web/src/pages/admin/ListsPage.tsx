import { directory, routing } from "../../api/api";
import type { CallerList, CallerListKind } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { phone } from "../../i18n/format";
import { useDesk } from "../../rt/store";
import { Chip } from "../../ui/Chip";
import { RadioGroup } from "../../ui/RadioGroup";
import { TextArea, TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { lines, Maybe } from "./pickers";
import { normalPhone } from "./phones";
import { addressOf, Form, NEW, Section } from "./Section";
import { useT, type AdminText } from "./texts";

const KINDS: readonly CallerListKind[] = ["CALLER_LIST_KIND_BLOCK", "CALLER_LIST_KIND_ALLOW_ONLY", "CALLER_LIST_KIND_TAG"];
const kindText = (kind: CallerListKind): AdminText => kind.toLowerCase() as AdminText;

interface ListForm extends CallerList { text: string }
const form = (list: CallerList): ListForm => ({ ...list, text: list.patterns.join("\n") });
const BLANK: CallerList = { id: "", rev: 0, name: "", kind: "CALLER_LIST_KIND_BLOCK", patterns: [], address: "" };
/** Numbers as people write them become E.164; identities and prefixes stay. */
const patternsOf = (text: string): string[] => [...new Set(lines(text).map((one) => (one.endsWith("*") ? `${normalPhone(one.slice(0, -1))}*` : normalPhone(one))))];

function ListPanel({ stored, loaded }: { stored: CallerList | undefined; loaded: Loaded<readonly CallerList[]> }) {
  const t = useT();
  const channels = useDesk((state) => state.channels);
  const numbers = useLoad(directory.numbers);
  const editor = useEditor<ListForm>({
    key: `lists/${stored?.id ?? NEW}`, stored: form(stored ?? BLANK),
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", text: value.kind === "CALLER_LIST_KIND_ALLOW_ONLY" && lines(value.text).length === 0 ? "bad_allow_empty" : "" }),
    fresh: async () => {
      const found = (await routing.callerLists()).lists.find((one) => one.id === stored?.id);
      return found && form(found);
    },
    save: async ({ text, ...list }) => {
      const patterns = patternsOf(text);
      return form((await routing.saveCallerList({ ...list, patterns })).list ?? { ...list, patterns });
    },
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("lists", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const addresses = [...(numbers.data?.numbers ?? []).map((one) => ({ id: one.e164, text: phone(one.e164), hint: one.title })), ...Object.values(channels).map((one) => ({ id: one.id, text: one.name }))];
  return (
    <Form section="lists" icon="filter" right="schemes.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("list_new")} labels={{ name: t("name"), kind: t("list_kind"), text: t("patterns"), address: t("list_where") }}
      show={(field, what) => (field === "kind" ? t(kindText(what as CallerListKind)) : undefined)}
      remove={{ question: t("delete_title", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("list_loss", { count: stored?.patterns.length ?? 0 }), run: async () => { await routing.deleteCallerList(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("name")} placeholder={t("list_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <RadioGroup label={t("list_kind")} value={value.kind} onChange={(kind) => patch({ kind })} options={KINDS.map((id) => ({ id, text: t(kindText(id)), hint: t(`${kindText(id)}_hint` as AdminText) }))} />
      <TextArea label={t("patterns")} hint={t("patterns_hint")} rows={8} placeholder={"+380671234567\n+7*\ntelegram:8123"} value={value.text} onChange={(text) => patch({ text })} error={err("text", "patterns")} />
      <Maybe label={t("list_where")} none={t("list_everywhere")} options={addresses} value={value.address} onChange={(address) => patch({ address })} />
    </Form>
  );
}

export default function ListsPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await routing.callerLists()).lists);
  const channels = useDesk((state) => state.channels);
  return (
    <Section<CallerList> section="lists" title={t("lists")} icon="filter" right="schemes.write" loaded={loaded} rowId={(row) => row.id} add={t("list_add")} open={open} words={(row) => `${row.name} ${row.patterns.join(" ")}`}
      empty={{ title: t("lists_empty"), text: t("lists_empty_text") }}
      columns={() => [
        { id: "name", title: t("name"), cell: (row) => <span className="cut" title={row.name}>{row.name}</span> },
        { id: "kind", title: t("list_kind"), cell: (row) => <Chip kind={row.kind === "CALLER_LIST_KIND_BLOCK" ? "crit" : row.kind === "CALLER_LIST_KIND_ALLOW_ONLY" ? "ok" : "line"}>{t(kindText(row.kind))}</Chip> },
        { id: "count", title: t("patterns"), num: true, cell: (row) => row.patterns.length },
        { id: "where", title: t("list_where"), cell: (row) => (row.address ? channels[row.address]?.name ?? phone(row.address) : t("list_everywhere")) },
      ]}
      form={(id, row) => <ListPanel key={id} stored={row} loaded={loaded} />} />
  );
}
