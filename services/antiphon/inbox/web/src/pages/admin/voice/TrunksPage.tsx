import { media, telephony } from "../../../api/api";
import type { Transport, Trunk } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { useDesk } from "../../../rt/store";
import { can } from "../../../rt/selectors";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { TextArea, TextField } from "../../../ui/TextField";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { lines } from "../pickers";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { useT as useAdmin } from "../texts";
import { isHost, isNetwork, isPrefix } from "./rules";
import { useT } from "./texts";

interface TrunkForm extends Trunk { password: string }
const BLANK: Trunk = { id: "", rev: 0, name: "", host: "", port: 0, source_port: 0, transport: "TRANSPORT_UDP", username: "", register: false, networks: [], max_channels: 0, codecs: [], prefixes: [], priority: 10, disabled: false, has_password: false };
const TRANSPORTS: readonly Transport[] = ["TRANSPORT_UDP", "TRANSPORT_TCP", "TRANSPORT_TLS"];
const whole = (value: number) => (Number.isNaN(value) ? 0 : Math.round(value));

function Many({ label, hint, value, onChange, error }: { label: string; hint: string; value: readonly string[]; onChange: (value: string[]) => void; error: string | undefined }) {
  return <TextArea label={label} hint={hint} rows={2} value={value.join("\n")} onChange={(text) => onChange(text === "" ? [] : text.split("\n"))} onBlur={() => onChange(lines(value.join("\n")))} error={error} />;
}

function TrunkPanel({ stored, loaded }: { stored: Trunk | undefined; loaded: Loaded<readonly Trunk[]> }) {
  const t = useT();
  const editor = useEditor<TrunkForm>({
    key: `trunks/${stored?.id ?? NEW}`, stored: { ...(stored ?? BLANK), password: "" },
    validate: (value) => ({ name: value.name.trim() ? "" : "bad_name", host: isHost(value.host.trim()) ? "" : "bad_host", networks: value.networks.every(isNetwork) ? "" : "bad_networks", prefixes: value.prefixes.every(isPrefix) ? "" : "bad_prefixes" }),
    fresh: async () => {
      const found = (await telephony.trunks()).trunks.find((one) => one.id === stored?.id);
      return found && { ...found, password: "" };
    },
    save: async ({ password, has_password: _kept, ...value }) => ({ ...((await telephony.saveTrunk({ ...value, name: value.name.trim(), host: value.host.trim() }, password)).trunk ?? { ...BLANK, ...value }), password: "" }),
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("trunks", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="trunks" icon="external" right="directory.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("trunk_new")} labels={{ name: t("trunk_name"), host: t("trunk_host"), port: t("trunk_port"), source_port: t("trunk_source_port"), username: t("trunk_user"), max_channels: t("trunk_channels"), priority: t("trunk_priority") }}
      remove={{ question: t("trunk_delete", { name: stored?.name ?? "" }), verb: t("delete"), loss: t("trunk_delete_loss"), run: async () => { await telephony.deleteTrunk(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}>
      <TextField label={t("trunk_name")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      <TextField label={t("trunk_host")} value={value.host} onChange={(host) => patch({ host })} error={err("host")} />
      <div className="pair">
        <Select label={t("trunk_transport")} options={TRANSPORTS.map((id) => ({ id, text: id.slice(10) }))} value={value.transport} onChange={(transport) => patch({ transport })} />
        <NumberField label={t("trunk_port")} hint={t("trunk_port_hint")} minValue={0} maxValue={65535} formatOptions={{ useGrouping: false }} value={value.port} onChange={(port) => patch({ port: whole(port) })} error={err("port")} />
      </div>
      <div className="pair">
        <TextField label={t("trunk_user")} hint={t("trunk_user_hint")} autoComplete="off" value={value.username} onChange={(username) => patch({ username })} error={err("username")} />
        <TextField label={t("password")} hint={stored?.has_password ? t("trunk_password_kept") : undefined} type="password" autoComplete="new-password" value={value.password} onChange={(password) => patch({ password })} error={err("password")} />
      </div>
      <Checkbox isSelected={value.register} onChange={(register) => patch({ register })}>{t("trunk_register")}</Checkbox>
      <Part title={t("plan_part_dial")}>
        <Many label={t("trunk_prefixes")} hint={t("trunk_prefixes_hint")} value={value.prefixes} onChange={(prefixes) => patch({ prefixes })} error={err("prefixes")} />
        <Many label={t("trunk_networks")} hint={t("trunk_networks_hint")} value={value.networks} onChange={(networks) => patch({ networks })} error={err("networks")} />
        <NumberField label={t("trunk_source_port")} hint={t("trunk_source_port_hint")} minValue={0} maxValue={65535} formatOptions={{ useGrouping: false }} value={value.source_port} onChange={(source_port) => patch({ source_port: whole(source_port) })} error={err("source_port")} />
        <Many label={t("trunk_codecs")} hint={t("trunk_codecs_hint")} value={value.codecs} onChange={(codecs) => patch({ codecs })} error={err("codecs")} />
        <div className="pair">
          <NumberField label={t("trunk_channels")} hint={t("trunk_channels_hint")} minValue={0} value={value.max_channels} onChange={(max_channels) => patch({ max_channels: whole(max_channels) })} error={err("max_channels")} />
          <NumberField label={t("trunk_priority")} hint={t("trunk_priority_hint")} minValue={0} value={value.priority} onChange={(priority) => patch({ priority: whole(priority) })} error={err("priority")} />
        </div>
      </Part>
      <Checkbox isSelected={value.disabled} onChange={(disabled) => patch({ disabled })}>{t("trunk_disabled")}</Checkbox>
    </Form>
  );
}

export default function TrunksPage({ open }: SectionPageProps) {
  const t = useT();
  const admin = useAdmin();
  const may = useDesk(can("directory.write"));
  const loaded = useLoad(async () => (may ? (await telephony.trunks()).trunks : []), [may]);
  const health = useLoad(() => media.health().then((answer) => answer.trunks, () => []));
  const down = new Set((health.data ?? []).filter((one) => one.state === "refused" || one.state === "unreachable").map((one) => one.trunk_id));
  return (
    <Section<Trunk> section="trunks" title={admin("trunks")} icon="external" right="directory.write" loaded={loaded} rowId={(row) => row.id} add={t("trunk_add")} open={open} words={(row) => `${row.name} ${row.host} ${row.username}`}
      empty={{ title: t("trunk_empty"), text: t("trunk_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("trunk_name"), cell: (row) => <span className="flex"><span className="cut" title={row.name}>{row.name}</span>{row.disabled ? <Chip>{t("trunk_off")}</Chip> : down.has(row.id) && <Chip kind="crit">{t("trunk_down")}</Chip>}</span> },
        { id: "host", title: t("trunk_host"), cell: (row) => <span className="cut mono" title={row.host}>{row.host}</span> },
        { id: "transport", title: t("trunk_transport"), cell: (row) => row.transport.slice(10) },
        ...(narrow ? [] : [{ id: "prefixes", title: t("trunk_prefixes"), cell: (row: Trunk) => <span className="cut">{row.prefixes.join(", ") || "–"}</span> }, { id: "channels", title: t("trunk_channels"), num: true, cell: (row: Trunk) => row.max_channels || "–" }]),
      ]}
      form={(id, row) => <TrunkPanel key={id} stored={row} loaded={loaded} />} />
  );
}
