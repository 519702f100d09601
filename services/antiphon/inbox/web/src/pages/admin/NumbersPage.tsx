import { directory, telephony } from "../../api/api";
import type { Number as OwnNumber } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { phone } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { NumberField } from "../../ui/NumberField";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { normalPhone } from "./phones";
import { Maybe, ProjectSelect } from "./pickers";
import { useReceivers, type Receivers } from "./receivers";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { useT } from "./texts";
import { useT as useVoice } from "./voice/texts";

interface NumberForm extends OwnNumber { scheme_id: string }
const BLANK: OwnNumber = { id: "", rev: 0, e164: "", title: "", project_id: "", trunk_id: "", max_channels: 0, inbound_only: false, rented: false };

type Named = readonly { id: string; text: string }[];

function NumberPanel({ stored, loaded, receivers, trunks }: { stored: OwnNumber | undefined; loaded: Loaded<readonly OwnNumber[]>; receivers: Receivers; trunks: Named | undefined }) {
  const t = useT();
  const voice = useVoice();
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
    <Form section="numbers" icon="phone" right="directory.write" editor={editor} isNew={!stored} title={stored ? phone(stored.e164) : t("number_new")} labels={{ e164: t("number"), title: t("title_of_number"), project_id: t("project"), trunk_id: voice("n_trunk"), max_channels: voice("n_channels"), inbound_only: voice("n_inbound") }}
      {...(stored?.rented ? { top: <p className="why-note"><Icon name="card" size="s" /><span>{voice("n_rented_hint")}</span></p> } : { remove: { question: t("give_up_title", { number: phone(stored?.e164 ?? "") }), verb: t("give_up"), loss: t("give_up_loss"), run: async () => { await directory.deleteNumber(stored?.id ?? ""); loaded.reload(); }, done: t("given_up") } })}>
      <TextField label={t("number")} hint={t("number_hint")} inputMode="tel" value={value.e164} onChange={(e164) => patch({ e164 })} error={err("e164")} isReadOnly={Boolean(stored)} />
      <TextField label={t("title_of_number")} hint={t("title_of_number_hint")} value={value.title} onChange={(title) => patch({ title })} error={err("title")} />
      <ProjectSelect value={value.project_id} onChange={(project_id) => patch({ project_id })} error={err("project_id")} />
      {receivers.mayWrite
        ? <Maybe label={t("received_by")} none={t("received_by_none")} hint={receivers.schemes.length === 0 ? t("no_schemes_yet") : t("received_hint")} options={receivers.schemes.map((one) => ({ id: one.id, text: one.name, hint: one.live_version ? "" : t("not_live") }))} value={value.scheme_id} onChange={(scheme_id) => patch({ scheme_id })} />
        : <div className="field"><span className="label">{t("received_by")}</span><span>{receivers.nameOf(value.scheme_id) || "–"}</span></div>}
      <Part title={voice("n_use")}>
        {trunks && !stored?.rented && <Maybe label={voice("n_trunk")} none={voice("n_any")} hint={voice("n_trunk_hint")} options={trunks} value={value.trunk_id} onChange={(trunk_id) => patch({ trunk_id })} error={err("trunk_id")} />}
        <NumberField label={voice("n_channels")} hint={voice("n_channels_hint")} minValue={0} maxValue={10000} value={value.max_channels} onChange={(max_channels) => patch({ max_channels: Number.isNaN(max_channels) ? value.max_channels : max_channels })} error={err("max_channels")} />
        <Checkbox isSelected={value.inbound_only} onChange={(inbound_only) => patch({ inbound_only })}>{voice("n_inbound")}<br /><span className="hint">{voice("n_inbound_hint")}</span></Checkbox>
      </Part>
    </Form>
  );
}

export default function NumbersPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await directory.numbers()).numbers);
  const receivers = useReceivers();
  const voice = useVoice();
  const { projects, may } = useDesk((state) => ({ projects: state.projects, may: can("directory.write")(state) }));
  const trunks = useLoad(async () => (may ? (await telephony.trunks()).trunks.map((one) => ({ id: one.id, text: one.name })) : undefined), [may]).data;
  const ready = { ...loaded, data: receivers.loaded.data || receivers.loaded.problem ? loaded.data : undefined };
  return (
    <Section<OwnNumber> section="numbers" title={t("numbers")} icon="phone" right="directory.write" loaded={ready} rowId={(row) => row.id} add={t("number_add")} open={open}
      words={(row) => `${row.e164} ${phone(row.e164)} ${row.title}`} empty={{ title: t("numbers_empty"), text: t("numbers_empty_text") }}
      columns={(narrow) => [
        { id: "number", title: t("number"), cell: (row) => <span className="flex"><span className="nw">{phone(row.e164)}</span>{row.rented && !narrow && <Chip>{voice("n_rented_chip")}</Chip>}{row.inbound_only && !narrow && <Chip>{voice("n_inbound_chip")}</Chip>}</span> },
        { id: "title", title: t("title_of_number"), cell: (row) => <span className="cut" title={row.title}>{row.title || "–"}</span> },
        { id: "scheme", title: t("received_by"), cell: (row) => <span className="cut">{receivers.nameOf(receivers.schemeOf(row.e164)) || <span className="t warn">{t("nobody")}</span>}</span> },
        ...(narrow || !trunks ? [] : [{ id: "trunk", title: voice("n_trunk"), cell: (row: OwnNumber) => <span className="cut">{row.rented ? voice("n_operators") : row.trunk_id ? trunks.find((one) => one.id === row.trunk_id)?.text ?? "–" : voice("n_any")}</span> }]),
        ...(narrow ? [] : [{ id: "channels", title: voice("n_channels"), num: true, wide: true, cell: (row: OwnNumber) => row.max_channels || 100 }, { id: "project", title: t("project"), cell: (row: OwnNumber) => projects[row.project_id]?.name ?? "–" }]),
      ]}
      form={(id, row) => <NumberPanel key={id} stored={row} loaded={loaded} receivers={receivers} trunks={trunks} />} />
  );
}
