/** The operator's GSM gateways: which customer's SIM card sits in which slot, and what is free. */
import { useState, type FormEvent } from "react";
import { slots, telephony } from "../../../api/api";
import type { Problem } from "../../../api/problem";
import type { Company, Gateway, Sim, Slot, SlotUsage, Trunk } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { phone } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { Button } from "../../../ui/Button";
import { ComboBox } from "../../../ui/ComboBox";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { Table, type TableColumn } from "../../../ui/Table";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { useT as useAdmin } from "../texts";
import { isCard } from "./rules";
import { useT } from "./texts";

const BLANK: Gateway = { id: "", rev: 0, name: "", capacity: 8, prefix: "9", slots: [], free: 0, used: 0 };
const USAGES: readonly SlotUsage[] = ["SLOT_USAGE_PBX", "SLOT_USAGE_LINE"];
const USAGE = { SLOT_USAGE_UNSPECIFIED: "usage_pbx", SLOT_USAGE_PBX: "usage_pbx", SLOT_USAGE_LINE: "usage_line" } as const;

function PlaceDialog({ slot, companies, onClose, onDone }: { slot: Slot; companies: readonly Company[]; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [iccid, setIccid] = useState("");
  const [e164, setNumber] = useState("");
  const [company_id, setCompany] = useState("");
  const [usage, setUsage] = useState<SlotUsage>("SLOT_USAGE_PBX");
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState("");
  const bad = { iccid: isCard(iccid) ? "" : t("bad_iccid"), e164: /^\+[1-9][\d\s().-]{6,20}$/.test(e164.trim()) ? "" : t("place_number_hint"), company: company_id ? "" : t("place_company_needed") };
  const place = async (event?: FormEvent) => {
    event?.preventDefault();
    setTried(true);
    if (bad.iccid || bad.e164 || bad.company) return;
    setPending(true);
    setFailed("");
    try {
      await slots.place({ gateway_id: slot.gateway_id, slot: slot.slot, iccid, e164: e164.trim(), company_id, usage });
      toast(t("place_done", { slot: slot.slot }));
      onDone();
      onClose();
    } catch (problem) {
      setFailed((problem as Problem).reason === "TAKEN" ? t("place_taken") : say(problem as Problem));
    } finally {
      setPending(false);
    }
  };
  return (
    <Dialog title={t("place_title", { slot: slot.slot })} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("place_keep")}</Button><Button kind="primary" isPending={pending} onPress={() => void place()}>{t("slot_place")}</Button></>}>
      <form className="fields bare" noValidate onSubmit={(event) => void place(event)}><fieldset><legend className="sr">{t("slot_place")}</legend>
        <TextField label={t("slot_iccid")} hint={t("slot_iccid_hint")} inputMode="numeric" autoComplete="off" autoFocus value={iccid} onChange={setIccid} error={tried && bad.iccid ? bad.iccid : undefined} />
        <TextField label={t("slot_number")} hint={t("place_number_hint")} type="tel" inputMode="tel" autoComplete="off" value={e164} onChange={setNumber} error={tried && bad.e164 ? bad.e164 : undefined} />
        <ComboBox label={t("slot_company")} options={companies.map((one) => ({ id: one.id, text: one.name }))} value={company_id} onChange={setCompany} error={tried && bad.company ? bad.company : undefined} />
        <Select label={t("slot_usage")} options={USAGES.map((id) => ({ id, text: t(USAGE[id]) }))} value={usage} onChange={setUsage} />
        {failed && <p className="err" role="alert">{failed}</p>}
        <button type="submit" hidden />
      </fieldset></form>
    </Dialog>
  );
}

function Slots({ gateway, onChanged }: { gateway: Gateway; onChanged: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [placing, setPlacing] = useState<Slot>();
  const [leaving, setLeaving] = useState<Sim>();
  const [failed, setFailed] = useState("");
  const companies = useLoad(async () => (await slots.companies()).companies);
  const columns: TableColumn<Slot>[] = [
    { id: "slot", title: t("slot_no"), num: true, width: "4rem", cell: (row) => row.slot },
    { id: "prefix", title: t("gw_prefix"), cell: (row) => <span className="mono">{row.prefix}</span> },
    { id: "number", title: t("slot_number"), cell: (row) => (row.sim ? <span className="nw">{phone(row.sim.e164)}</span> : <span className="dim">{t("slot_free")}</span>) },
    { id: "iccid", title: t("slot_iccid"), wide: true, cell: (row) => <span className="mono">{row.sim?.iccid ?? "–"}</span> },
    { id: "company", title: t("slot_company"), cell: (row) => <span className="cut">{row.sim?.company ?? "–"}</span> },
    { id: "usage", title: t("slot_usage"), cell: (row) => <span className="cut">{row.sim ? t(USAGE[row.sim.usage]) : "–"}</span> },
    { id: "act", title: t("slot_actions"), quiet: true, cell: (row) => (row.sim ? <Button size="sm" onPress={() => setLeaving(row.sim)}>{t("slot_release")}</Button> : <Button size="sm" onPress={() => setPlacing(row)}>{t("slot_place")}</Button>) },
  ];
  return (
    <Part title={t("gw_slots")} hint={t("gw_count", { used: gateway.used, free: gateway.free, capacity: gateway.capacity })}>
      <Table label={t("gw_slots")} tight columns={columns} rows={gateway.slots} rowId={(row) => String(row.slot)} empty={null} />
      {placing && <PlaceDialog slot={placing} companies={companies.data ?? []} onClose={() => setPlacing(undefined)} onDone={onChanged} />}
      <Confirm isOpen={leaving !== undefined} title={t("release_title", { number: phone(leaving?.e164 ?? "") })} verb={t("slot_release")} keep={t("release_keep")} onClose={() => { setLeaving(undefined); setFailed(""); }}
        loss={<>{t("release_loss", { company: leaving?.company ?? "" })}{failed && <span className="err" role="alert">{failed}</span>}</>}
        onConfirm={async () => {
          try {
            await slots.release(leaving?.id ?? "");
          } catch (problem) {
            setFailed(say(problem as Problem));
            throw problem;
          }
          toast(t("release_done"));
          onChanged();
        }} />
    </Part>
  );
}

const asked = ({ id, rev, capacity, prefix }: Gateway) => ({ id, rev, capacity, prefix });

function GatewayPanel({ stored, loaded, trunks }: { stored: Gateway | undefined; loaded: Loaded<readonly Gateway[]>; trunks: readonly Trunk[] }) {
  const t = useT();
  const others = trunks.filter((trunk) => !loaded.data?.some((one) => one.id === trunk.id));
  const editor = useEditor<ReturnType<typeof asked>>({
    key: `gateways/${stored?.id ?? NEW}`, stored: asked(stored ?? BLANK),
    validate: (value) => ({ id: value.id ? "" : "bad_choice", prefix: /^\d{1,4}$/.test(value.prefix) ? "" : "bad_digits" }),
    fresh: async () => {
      const found = (await slots.gateways()).gateways.find((one) => one.id === stored?.id);
      return found && asked(found);
    },
    save: async (value) => asked((await slots.saveGateway(value)).gateway ?? { ...BLANK, ...value }),
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("gateways", saved.id));
    },
  });
  const { value, patch, err } = editor;
  return (
    <Form section="gateways" icon="external" right="slots.write" wide editor={editor} isNew={!stored} title={stored ? stored.name : t("gw_new")} labels={{ capacity: t("gw_capacity"), prefix: t("gw_prefix") }}
      remove={{ question: t("gw_delete", { name: stored?.name ?? "" }), verb: t("gw_remove"), loss: t("gw_delete_loss"), run: async () => { await slots.deleteGateway(stored?.id ?? ""); loaded.reload(); }, done: t("gw_deleted") }}
      below={stored && <div className="narrow-below"><Slots gateway={stored} onChanged={loaded.reload} /></div>}>
      {!stored && <Select label={t("gw_trunk")} hint={t("gw_trunk_hint")} options={others.map((one) => ({ id: one.id, text: one.name }))} value={value.id} onChange={(id) => patch({ id })} error={err("id")} />}
      <div className="pair">
        <NumberField label={t("gw_capacity")} minValue={1} maxValue={512} value={value.capacity} onChange={(capacity) => patch({ capacity: Number.isNaN(capacity) ? 1 : Math.round(capacity) })} error={err("capacity")} />
        <TextField label={t("gw_prefix")} hint={t("gw_prefix_hint", { prefix: `${value.prefix || "9"}003` })} inputMode="numeric" value={value.prefix} onChange={(prefix) => patch({ prefix: prefix.trim() })} error={err("prefix")} />
      </div>
    </Form>
  );
}

export default function GatewaysPage({ open }: SectionPageProps) {
  const t = useT();
  const admin = useAdmin();
  const loaded = useLoad(async () => (await slots.gateways()).gateways);
  const trunks = useLoad(async () => (await telephony.trunks().catch(() => ({ trunks: [] as Trunk[] }))).trunks);
  return (
    <Section<Gateway> section="gateways" title={admin("gateways")} icon="external" right="slots.write" whole loaded={loaded} rowId={(row) => row.id} add={t("gw_add")} open={open}
      words={(row) => `${row.name} ${row.slots.map((one) => `${one.sim?.e164 ?? ""} ${one.sim?.iccid ?? ""} ${one.sim?.company ?? ""}`).join(" ")}`}
      empty={{ title: t("gw_empty"), text: t("gw_empty_text") }}
      columns={() => [
        { id: "name", title: t("trunk_name"), cell: (row) => <span className="cut" title={row.name}>{row.name}</span> },
        { id: "capacity", title: t("gw_capacity"), num: true, cell: (row) => row.capacity },
        { id: "used", title: t("gw_used"), num: true, cell: (row) => row.used },
        { id: "free", title: t("gw_free"), num: true, cell: (row) => row.free },
        { id: "prefix", title: t("gw_prefix"), cell: (row) => <span className="mono">{row.prefix}</span> },
      ]}
      form={(id, row) => <GatewayPanel key={id} stored={row} loaded={loaded} trunks={trunks.data ?? []} />} />
  );
}
