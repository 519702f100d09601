import { useState } from "react";
import { directory } from "../../api/api";
import type { ApiKey, Role } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { moment } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { IconButton } from "../../ui/IconButton";
import { TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { goTo } from "./guard";
import { roleText } from "./PeoplePage";
import { Copied, FieldError } from "./pickers";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { useT, type AdminText } from "./texts";

/** For machines: no owner, no money. */
const KEY_ROLES: readonly Role[] = ["ROLE_INTEGRATOR", "ROLE_SCREEN", "ROLE_AGENT", "ROLE_SUPERVISOR", "ROLE_ADMIN"];

interface KeyForm { title: string; roles: Role[] }

function KeyPanel({ stored, loaded, onSecret }: { stored: ApiKey | undefined; loaded: Loaded<readonly ApiKey[]>; onSecret: (secret: string) => void }) {
  const t = useT();
  const mayPeople = useDesk(can("people.write"));
  const editor = useEditor<KeyForm>({
    key: `keys/${stored?.id ?? NEW}`, stored: stored ? { title: stored.title, roles: stored.roles } : { title: "", roles: ["ROLE_INTEGRATOR"] },
    validate: (value) => ({ title: value.title.trim() ? "" : "bad_name", roles: value.roles.length ? "" : "bad_roles" }),
    fresh: async () => undefined,
    save: async (value) => {
      const made = await directory.createApiKey({ title: value.title.trim(), roles: value.roles });
      onSecret(made.secret);
      return value;
    },
    onSaved: () => {
      loaded.reload();
      navigateTo(addressOf("keys"));
    },
  });
  const { value, patch, err } = editor;
  if (stored) {
    return (
      <aside className="fpanel" aria-label={stored.title}>
        <header><Icon name="key" /><h2 className="cut grow">{stored.title}</h2>{!stored.revoked && <Revoke row={stored} loaded={loaded} />}<IconButton icon="x" label={t("close_form")} onPress={() => goTo(addressOf("keys"))} /></header>
        <div className="scroll grow"><div className="narrow-form"><dl className="kv">
          <dt>{t("key_prefix")}</dt><dd className="mono">{stored.prefix}…</dd>
          <dt>{t("roles")}</dt><dd>{stored.roles.map((role) => t(roleText(role))).join(", ")}</dd>
          <dt>{t("created")}</dt><dd>{stored.created_at ? moment(stored.created_at) : "–"}</dd>
          <dt>{t("last_used")}</dt><dd>{stored.last_used_at ? moment(stored.last_used_at) : t("never")}</dd>
          <dt>{t("state")}</dt><dd>{t(stored.revoked ? "revoked" : "works")}</dd>
        </dl><p className="hint">{t("key_once")}</p></div></div>
      </aside>
    );
  }
  return (
    <Form section="keys" icon="key" right="keys.write" editor={editor} isNew title={t("key_new")} labels={{}}>
      <TextField label={t("key_title")} placeholder={t("key_title_hint")} value={value.title} onChange={(title) => patch({ title })} error={err("title")} />
      <Part title={t("key_may")} hint={t("key_may_hint")}>
        <div className="checks">
          {KEY_ROLES.filter((role) => mayPeople || role === "ROLE_INTEGRATOR").map((role) => (
            <Checkbox key={role} isSelected={value.roles.includes(role)} onChange={(on) => patch({ roles: KEY_ROLES.filter((one) => (one === role ? on : value.roles.includes(one))) })}>
              {t(roleText(role))}<br /><span className="hint">{t(`${roleText(role)}_may` as AdminText)}</span>
            </Checkbox>
          ))}
          {err("roles") && <FieldError text={err("roles") ?? ""} />}
        </div>
      </Part>
    </Form>
  );
}

function Revoke({ row, loaded }: { row: ApiKey; loaded: Loaded<readonly ApiKey[]> }) {
  const t = useT();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button size="sm" onPress={() => setAsking(true)}>{t("revoke")}</Button>
      <Dialog role="alertdialog" title={t("revoke_title", { name: row.title })} isOpen={asking} onClose={() => setAsking(false)}
        actions={<><Button autoFocus onPress={() => setAsking(false)}>{t("keep_key")}</Button><Button kind="stop" onPress={() => void directory.revokeApiKey(row.id).then(() => { setAsking(false); loaded.reload(); })}>{t("revoke")}</Button></>}>
        <p className="mid">{t("revoke_loss", { used: row.last_used_at ? moment(row.last_used_at) : t("never") })}</p>
      </Dialog>
    </>
  );
}

export default function KeysPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await directory.apiKeys()).keys);
  const [secret, setSecret] = useState("");
  return (
    <>
      <Section<ApiKey> section="keys" title={t("keys")} icon="key" right="keys.write" loaded={loaded} rowId={(row) => row.id} add={t("key_add")} open={open} words={(row) => `${row.title} ${row.prefix}`}
        empty={{ title: t("keys_empty"), text: t("keys_empty_text") }}
        columns={(narrow) => [
          { id: "title", title: t("key_title"), cell: (row) => <span className="flex"><span className="cut" title={row.title}>{row.title}</span>{row.revoked && <Chip>{t("revoked")}</Chip>}</span> },
          { id: "prefix", title: t("key_prefix"), cell: (row) => <span className="mono">{row.prefix}…</span> },
          { id: "used", title: t("last_used"), num: true, cell: (row) => (row.last_used_at ? moment(row.last_used_at) : t("never")) },
          ...(narrow ? [] : [{ id: "roles", title: t("roles"), cell: (row: ApiKey) => row.roles.map((role) => t(roleText(role))).join(", ") }, { id: "created", title: t("created"), num: true, cell: (row: ApiKey) => (row.created_at ? moment(row.created_at) : "–") }]),
        ]}
        form={(id, row) => <KeyPanel key={id} stored={row} loaded={loaded} onSecret={setSecret} />} />
      <Dialog title={t("secret_title")} role="alertdialog" isOpen={secret !== ""} onClose={() => undefined} actions={<Button kind="primary" onPress={() => setSecret("")}>{t("secret_kept")}</Button>}>
        <p className="mid">{t("secret_text")}</p>
        <Copied label={t("secret")} text={secret} />
        <p className="hint">{t("secret_how")}</p>
      </Dialog>
    </>
  );
}
