import { useEffect } from "react";
import { media, telephony } from "../../../api/api";
import type { Transport, Trunk, TrunkDirection, TrunkHealth } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { moment } from "../../../i18n/format";
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
import { REFUSED, TRUNK, TRUNK_ICONS } from "./health";
import { isHost, isNetwork, isPrefix } from "./rules";
import { useT } from "./texts";

interface TrunkForm extends Trunk { password: string }
const BLANK: Trunk = { id: "", rev: 0, name: "", host: "", port: 0, source_port: 0, transport: "TRANSPORT_UDP", username: "", register: false, networks: [], max_channels: 0, codecs: [], prefixes: [], priority: 10, disabled: false, has_password: false, direction: "TRUNK_DIRECTION_UNSPECIFIED" };
const DIRECTIONS = { TRUNK_DIRECTION_UNSPECIFIED: "dir_both", TRUNK_DIRECTION_INBOUND: "dir_in", TRUNK_DIRECTION_OUTBOUND: "dir_out" } as const;
const TRANSPORTS: readonly Transport[] = ["TRANSPORT_UDP", "TRANSPORT_TCP", "TRANSPORT_TLS"];
const whole = (value: number) => (Number.isNaN(value) ? 0 : Math.round(value));

function Many({ label, hint, value, onChange, error }: { label: string; hint: string; value: readonly string[]; onChange: (value: string[]) => void; error: string | undefined }) {
  return <TextArea label={label} hint={hint} rows={2} value={value.join("\n")} onChange={(text) => onChange(text === "" ? [] : text.split("\n"))} onBlur={() => onChange(lines(value.join("\n")))} error={error} />;
}

const AGAIN_MS = 10_000;

/** State, since when, and why: as media sees it now. */
function TrunkState({ trunk, health, whole }: { trunk: Trunk; health: TrunkHealth | undefined; whole?: boolean }) {
  const t = useT();
  if (trunk.disabled) return <Chip>{t("trunk_off")}</Chip>;
  const [mark, word] = TRUNK[health?.state ?? ""] ?? ["off", "t_idle"];
  const reason = health?.state === "refused" ? REFUSED[health.code] : undefined;
  const why = mark !== "crit" ? "" : [reason ? t(reason) : health?.state === "refused" ? health.why : "", health?.code ? t("h_code", { code: health.code }) : ""].filter(Boolean).join(", ");
  const dot = <span className={`status-dot ${mark}`} title={[health?.since ? t("t_since", { time: moment(health.since) }) : "", why].filter(Boolean).join(", ")}><Icon name={TRUNK_ICONS[mark]} size="s" /><span>{t(word)}</span></span>;
  if (!whole) return dot;
  return (
    <div className="trunk-now" role="status" aria-label={t("t_state")}>
      <div className="flex">{dot}{health && <span className="sm mid end nw">{t("t_calls", { count: health.calls })}</span>}</div>
      {(health?.since || why) ? <p className="sm mid">{[health?.since ? t("t_since", { time: moment(health.since) }) : "", why].filter(Boolean).join(" · ")}</p> : !health && <p className="sm mid">{t("t_idle_hint")}</p>}
      {mark === "crit" && <p className="sm">{t("todo_trunk")}</p>}
    </div>
  );
}

function useTrunkHealth(): (trunk: string) => TrunkHealth | undefined {
  const may = useDesk(can("work.watch"));
  const { data, reload } = useLoad(async () => (may ? media.health().catch(() => undefined) : undefined), [may]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return (trunk) => data?.trunks.find((one) => one.trunk_id === trunk);
}

function TrunkPanel({ stored, loaded, health }: { stored: Trunk | undefined; loaded: Loaded<readonly Trunk[]>; health: TrunkHealth | undefined }) {
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
      top={stored && <TrunkState trunk={stored} health={health} whole />}
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
        <Select label={t("trunk_direction")} options={(Object.keys(DIRECTIONS) as TrunkDirection[]).map((id) => ({ id, text: t(DIRECTIONS[id]) }))} value={value.direction} onChange={(direction) => patch({ direction })} />
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
  const healthOf = useTrunkHealth();
  const loaded = useLoad(async () => (may ? (await telephony.trunks()).trunks : []), [may]);
  return (
    <Section<Trunk> section="trunks" title={admin("trunks")} icon="external" right="directory.write" loaded={loaded} rowId={(row) => row.id} add={t("trunk_add")} open={open} words={(row) => `${row.name} ${row.host} ${row.username}`}
      empty={{ title: t("trunk_empty"), text: t("trunk_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("trunk_name"), cell: (row) => <span className="cut" title={row.name}>{row.name}</span> },
        { id: "state", title: t("t_state"), cell: (row) => <TrunkState trunk={row} health={healthOf(row.id)} /> },
        { id: "host", title: t("trunk_host"), cell: (row) => <span className="cut mono" title={row.host}>{row.host}</span> },
        ...(narrow ? [] : [{ id: "transport", title: t("trunk_transport"), cell: (row: Trunk) => row.transport.slice(10) }, { id: "prefixes", title: t("trunk_prefixes"), cell: (row: Trunk) => <span className="cut">{row.prefixes.join(", ") || "–"}</span> }, { id: "channels", title: t("trunk_channels"), num: true, cell: (row: Trunk) => row.max_channels || "–" }]),
      ]}
      form={(id, row) => <TrunkPanel key={id} stored={row} loaded={loaded} health={row && healthOf(row.id)} />} />
  );
}
