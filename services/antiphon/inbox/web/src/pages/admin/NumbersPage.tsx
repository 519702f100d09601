import { directory } from "../../api/api";
import type { Number as OwnNumber } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { phone } from "../../i18n/format";
import { useDesk } from "../../rt/store";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { normalPhone } from "./phones";
import { Maybe, ProjectSelect } from "./pickers";
import { useReceivers, type Receivers } from "./receivers";
import { addressOf, Form, NEW, Section } from "./Section";
import { useT } from "./texts";

interface NumberForm extends OwnNumber { scheme_id: string }
const BLANK: OwnNumber = { id: "", rev: 0, e164: "", title: "", project_id: "", trunk_id: "", max_channels: 0, inbound_only: false };

function NumberPanel({ stored, loaded, receivers }: { stored: OwnNumber | undefined; loaded: Loaded<readonly OwnNumber[]>; receivers: Receivers }) {
  const t = useT();
  const form = (number: OwnNumber): NumberForm => ({ ...number, scheme_id: receivers.schemeOf(number.e164) });
  const editor = useEditor<NumberForm>({
    key: `numbers/${stored?.id ?? NEW}`, stored: form(stored ?? BLANK),
    validate: (value) => ({ e164: /^\+[1-9]\d{6,14}$/.test(normalPhone(value.e164)) ? "" : "bad_e164" }),
    fresh: async () => {
      const found = (await directory.numbers()).numbers.find((one) => one.id === stored?.id);
      return found && form(found);
    },
    save: async ({ scheme_id, ...number }, base) => {
      const saved = (await directory.saveNumber({ ...number, e164: normalPhone(number.e164) })).number ?? number;
      if (scheme_id !== base.scheme_id) await receivers.bind(saved.e164, scheme_id);
      return { ...saved, scheme_id };
    },
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("numbers", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="numbers" icon="phone" right="directory.write" editor={editor} isNew={!stored} title={stored ? phone(stored.e164) : t("number_new")} labels={{ e164: t("number"), title: t("title_of_number"), project_id: t("project") }}
      remove={{ question: t("give_up_title", { number: phone(stored?.e164 ?? "") }), verb: t("give_up"), loss: t("give_up_loss"), run: async () => { await directory.deleteNumber(stored?.id ?? ""); loaded.reload(); }, done: t("given_up") }}>
      <TextField label={t("number")} hint={t("number_hint")} inputMode="tel" value={value.e164} onChange={(e164) => patch({ e164 })} error={err("e164")} isReadOnly={Boolean(stored)} />
      <TextField label={t("title_of_number")} hint={t("title_of_number_hint")} value={value.title} onChange={(title) => patch({ title })} error={err("title")} />
      <ProjectSelect value={value.project_id} onChange={(project_id) => patch({ project_id })} error={err("project_id")} />
      {receivers.mayWrite
        ? <Maybe label={t("received_by")} none={t("received_by_none")} hint={receivers.schemes.length === 0 ? t("no_schemes_yet") : t("received_hint")} options={receivers.schemes.map((one) => ({ id: one.id, text: one.name, hint: one.live_version ? "" : t("not_live") }))} value={value.scheme_id} onChange={(scheme_id) => patch({ scheme_id })} />
        : <div className="field"><span className="label">{t("received_by")}</span><span>{receivers.nameOf(value.scheme_id) || "–"}</span></div>}
    </Form>
  );
}

export default function NumbersPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await directory.numbers()).numbers);
  const receivers = useReceivers();
  const projects = useDesk((state) => state.projects);
  const ready = { ...loaded, data: receivers.loaded.data || receivers.loaded.problem ? loaded.data : undefined };
  return (
    <Section<OwnNumber> section="numbers" title={t("numbers")} icon="phone" right="directory.write" loaded={ready} rowId={(row) => row.id} add={t("number_add")} open={open}
      words={(row) => `${row.e164} ${phone(row.e164)} ${row.title}`} empty={{ title: t("numbers_empty"), text: t("numbers_empty_text") }}
      columns={(narrow) => [
        { id: "number", title: t("number"), cell: (row) => <span className="nw">{phone(row.e164)}</span> },
        { id: "title", title: t("title_of_number"), cell: (row) => <span className="cut" title={row.title}>{row.title || "–"}</span> },
        { id: "scheme", title: t("received_by"), cell: (row) => <span className="cut">{receivers.nameOf(receivers.schemeOf(row.e164)) || <span className="t warn">{t("nobody")}</span>}</span> },
        ...(narrow ? [] : [{ id: "project", title: t("project"), cell: (row: OwnNumber) => projects[row.project_id]?.name ?? "–" }]),
      ]}
      form={(id, row) => <NumberPanel key={id} stored={row} loaded={loaded} receivers={receivers} />} />
  );
}
