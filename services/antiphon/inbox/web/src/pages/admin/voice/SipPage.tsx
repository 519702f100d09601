import { useState } from "react";
import { telephony } from "../../../api/api";
import type { SipAccount } from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { day } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { language } from "../../../i18n/texts";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { Confirm, Dialog } from "../../../ui/Dialog";
import { Disclosure } from "../../../ui/Disclosure";
import { Skeleton } from "../../../ui/Skeleton";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useEditor } from "../editor";
import { navigateTo } from "../go";
import type { SectionPageProps } from "../page";
import { Copied, lines, Maybe } from "../pickers";
import { addressOf, Form, NEW, Part, Section } from "../Section";
import { useT as useAdmin } from "../texts";
import { isNetwork } from "./rules";
import { useT } from "./texts";

const BLANK: SipAccount = { id: "", rev: 0, username: "", title: "", person_id: "", allowed_networks: [], encrypted_only: true, blocked: false, password_expired: false, warnings: [], line: "LINE_STATE_UNSPECIFIED" };
type Ask = "block" | "password" | undefined;

function Guide({ id }: { id: string }) {
  const t = useT();
  const { data, problem } = useLoad(() => telephony.provisioning(id, language()), [id]);
  if (problem) return <p className="hint">{t("setup_none")}</p>;
  if (!data) return <Skeleton rows={2} />;
  return (
    <div className="col gap">
      <dl className="kv"><dt>{t("sip_username")}</dt><dd className="mono">{data.username}</dd><dt>{t("setup_domain")}</dt><dd className="mono">{data.domain}</dd><dt>{t("setup_proxy")}</dt><dd className="mono">{data.proxy}</dd><dt>{t("setup_transports")}</dt><dd>{data.transports.join(", ")}</dd></dl>
      {Object.keys(data.profile).length > 0 && <Copied label={t("setup_profile")} many text={Object.entries(data.profile).map(([name, value]) => `${name} = ${value}`).join("\n")} />}
      {data.guides.map((guide) => <Disclosure key={guide.system} title={guide.title}><ol className="voice-steps">{guide.steps.map((one) => <li key={one}>{one}</li>)}</ol></Disclosure>)}
    </div>
  );
}

function BlockDialog({ title, loss, ids, onClose, onDone }: { title: string; loss: string; ids: string[]; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [reason, setReason] = useState("");
  const [error, setError] = useState("");
  const run = async () => {
    if (!reason.trim()) return setError(t("block_why_needed"));
    try {
      await telephony.blockAccounts(ids, reason.trim());
      toast(t("blocked_done"));
      onDone();
      return onClose();
    } catch (problem) {
      return setError(say(problem as never));
    }
  };
  return (
    <Dialog role="alertdialog" title={title} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("keep_open")}</Button><Button kind="stop" onPress={() => void run()}>{t("block")}</Button></>}>
      <p className="mid">{loss}</p>
      <TextField label={t("block_why")} hint={t("block_why_hint")} value={reason} onChange={setReason} autoFocus error={error || undefined} />
    </Dialog>
  );
}

/** Whether it is its owner's personal line, which is charged while it is active. */
function Line({ account, onChanged }: { account: SipAccount; onChanged: () => void }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("people.write"));
  const owner = useDesk((state) => state.people[account.person_id]);
  const [closing, setClosing] = useState(false);
  const [pending, setPending] = useState(false);
  const [failed, setFailed] = useState("");
  const activate = async () => {
    setPending(true);
    setFailed("");
    try {
      await telephony.activateLine(account.id);
      toast(t("line_activated"));
      onChanged();
    } catch (problem) {
      setFailed(say(problem as never));
    } finally {
      setPending(false);
    }
  };
  const active = account.line === "LINE_STATE_ACTIVE";
  const hint = !account.person_id ? t("line_none") : active ? t("line_on", { number: owner?.extension || "–" }) : account.line === "LINE_STATE_INACTIVE" ? t("line_off") : t("line_old");
  return (
    <Part title={t("line")} hint={hint}>
      {failed && <p className="err" role="alert">{failed}</p>}
      {may && account.person_id && <div className="flex wrap">{active ? <Button icon="phone" onPress={() => setClosing(true)}>{t("line_close")}</Button> : <Button icon="phone" isPending={pending} onPress={() => void activate()}>{t("line_activate")}</Button>}</div>}
      <Confirm isOpen={closing} title={t("line_close_title", { name: account.title || account.username })} loss={<>{t("line_close_loss")}{failed && <span className="err" role="alert">{failed}</span>}</>} verb={t("line_close")} keep={t("line_keep")} onClose={() => { setClosing(false); setFailed(""); }}
        onConfirm={async () => {
          try {
            await telephony.closeLine(account.id);
          } catch (problem) {
            setFailed(say(problem as never));
            throw problem;
          }
          toast(t("line_closed"));
          onChanged();
        }} />
    </Part>
  );
}

function AccountPanel({ stored, loaded, onPassword }: { stored: SipAccount | undefined; loaded: Loaded<readonly SipAccount[]>; onPassword: (password: string) => void }) {
  const t = useT();
  const may = useDesk(can("people.write"));
  const people = useDesk((state) => state.people);
  const [ask, setAsk] = useState<Ask>();
  const editor = useEditor<SipAccount>({
    key: `sip/${stored?.id ?? NEW}`, stored: stored ?? BLANK,
    validate: (value) => ({ username: !value.username || /^[a-z0-9._-]{3,40}$/.test(value.username) ? "" : "bad_username", allowed_networks: value.allowed_networks.every(isNetwork) ? "" : "bad_networks" }),
    fresh: async () => (await telephony.accounts()).accounts.find((one) => one.id === stored?.id),
    save: async ({ password_changed_at: _changed, password_expires_at: _expires, password_expired: _old, warnings: _warnings, line: _line, ...value }) => {
      const answer = await telephony.saveAccount(value);
      if (answer.password) onPassword(answer.password);
      return answer.account ?? { ...BLANK, ...value };
    },
    onSaved: (saved) => {
      loaded.reload();
      if (!stored) navigateTo(addressOf("sip", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const name = value.title || value.username;
  const options = Object.values(people).filter((one) => !one.disabled || one.id === value.person_id).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  return (
    <Form section="sip" icon="phone" right="people.write" editor={editor} isNew={!stored} title={stored ? name : t("sip_new")} labels={{ title: t("sip_title"), username: t("sip_username"), person_id: t("sip_owner"), allowed_networks: t("sip_networks"), encrypted_only: t("sip_encrypted"), blocked: t("s_blocked") }}
      top={stored && (stored.password_expired || stored.warnings.length > 0) ? <div className="problem"><Icon name="alert" size="s" /><span>{[stored.password_expired ? t("password_expired") : "", ...stored.warnings.map((one) => (one.startsWith("port_5060") ? t("w_port_5060") : one))].filter(Boolean).join(" ")}</span></div> : undefined}
      remove={{ question: t("sip_delete", { name }), verb: t("delete"), loss: t("sip_delete_loss"), run: async () => { await telephony.deleteAccount(stored?.id ?? ""); loaded.reload(); }, done: t("deleted") }}
      below={stored && <div className="narrow-below">
        <Part title={t("password")} hint={stored.password_changed_at ? t("password_since", { day: day(stored.password_changed_at) }) + (stored.password_expires_at && !stored.password_expired ? t("password_due", { day: day(stored.password_expires_at) }) : "") : undefined}>
          {may && <div className="flex wrap"><Button icon="key" onPress={() => setAsk("password")}>{t("password_change")}</Button>{!stored.blocked && <Button icon="lock" onPress={() => setAsk("block")}>{t("block")}</Button>}{stored.blocked && <Button icon="undo" onPress={() => { patch({ blocked: false }); }}>{t("unblock")}</Button>}</div>}
        </Part>
        <Line account={stored} onChanged={loaded.reload} />
        <Part title={t("setup")}><Guide id={stored.id} /></Part>
        {ask === "block" && <BlockDialog title={t("block_title", { name })} loss={t("block_loss")} ids={[stored.id]} onClose={() => setAsk(undefined)} onDone={loaded.reload} />}
        <Confirm isOpen={ask === "password"} title={t("password_change")} loss={t("password_old")} verb={t("password_change")} keep={t("keep_password")} onClose={() => setAsk(undefined)}
          onConfirm={async () => { const answer = await telephony.changePassword(stored.id); onPassword(answer.password); loaded.reload(); }} />
      </div>}>
      <TextField label={t("sip_title")} hint={t("sip_title_hint")} value={value.title} onChange={(title) => patch({ title })} error={err("title")} />
      <Maybe label={t("sip_owner")} none={t("sip_nobody")} options={options} value={value.person_id} onChange={(person_id) => patch({ person_id })} error={err("person_id")} />
      <TextField label={t("sip_username")} hint={t("sip_username_hint")} value={value.username} onChange={(username) => patch({ username: username.trim() })} error={err("username")} isReadOnly={Boolean(stored)} />
      <TextArea label={t("sip_networks")} hint={t("sip_networks_hint")} rows={2} value={value.allowed_networks.join("\n")} onChange={(text) => patch({ allowed_networks: text === "" ? [] : text.split("\n") })} onBlur={() => patch({ allowed_networks: lines(value.allowed_networks.join("\n")) })} error={err("allowed_networks")} />
      <Checkbox isSelected={value.encrypted_only} onChange={(encrypted_only) => patch({ encrypted_only })}>{t("sip_encrypted")}</Checkbox>
    </Form>
  );
}

export default function SipPage({ open }: SectionPageProps) {
  const t = useT();
  const admin = useAdmin();
  const loaded = useLoad(async () => (await telephony.accounts()).accounts);
  const { people, may } = useDesk((state) => ({ people: state.people, may: can("people.write")(state) }));
  const [password, setPassword] = useState("");
  const [all, setAll] = useState(false);
  const state = (row: SipAccount) => (row.blocked ? <Chip kind="crit">{t("s_blocked")}</Chip> : row.line === "LINE_STATE_INACTIVE" ? <Chip kind="warn">{t("s_line_off")}</Chip> : row.password_expired ? <Chip kind="warn">{t("s_old")}</Chip> : row.warnings.length ? <Chip kind="warn">{t("s_warn")}</Chip> : <Chip kind="ok">{t("s_ok")}</Chip>);
  return (
    <>
      <Section<SipAccount> section="sip" title={admin("sip")} icon="phone" right="people.write" loaded={loaded} rowId={(row) => row.id} add={t("sip_add")} open={open} words={(row) => `${row.username} ${row.title} ${people[row.person_id]?.name ?? ""}`}
        filters={may && (loaded.data?.length ?? 0) > 0 && <Button kind="plain" icon="lock" onPress={() => setAll(true)}>{t("block_all")}</Button>}
        empty={{ title: t("sip_empty"), text: t("sip_empty_text") }}
        columns={(narrow) => [
          { id: "title", title: t("sip_title"), cell: (row) => <span className="cut" title={row.title}>{row.title || row.username}</span> },
          { id: "owner", title: t("sip_owner"), cell: (row) => <span className="cut">{people[row.person_id]?.name || "–"}</span> },
          { id: "state", title: t("sip_state"), cell: state },
          ...(narrow ? [] : [{ id: "user", title: t("sip_username"), cell: (row: SipAccount) => <span className="mono">{row.username}</span> }]),
        ]}
        form={(id, row) => <AccountPanel key={id} stored={row} loaded={loaded} onPassword={setPassword} />} />
      {all && <BlockDialog title={t("block_all_title")} loss={t("block_all_loss")} ids={[]} onClose={() => setAll(false)} onDone={loaded.reload} />}
      <Dialog title={t("password_title")} role="alertdialog" isOpen={password !== ""} onClose={() => undefined} actions={<Button kind="primary" onPress={() => setPassword("")}>{t("password_kept")}</Button>}>
        <p className="mid">{t("password_text")}</p>
        <Copied label={t("password")} text={password} />
      </Dialog>
    </>
  );
}
