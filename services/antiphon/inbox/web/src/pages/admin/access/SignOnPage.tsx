/** The company's own sign-in: its OpenID Connect provider, who may come in by it, and which roles its claims give. */
import { signOn } from "../../../api/api";
import type { Joining, Role, RoleRule, SignOn } from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { useProblemText } from "../../../i18n/problems";
import { useTitle } from "../../../shell/Panes";
import { Banner } from "../../../ui/Banner";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Checkbox";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { RadioGroup } from "../../../ui/RadioGroup";
import { Select } from "../../../ui/Select";
import { Skeleton } from "../../../ui/Skeleton";
import { TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { useEditor } from "../editor";
import { Form, Part } from "../Section";
import { useT as useAdmin, type AdminText } from "../texts";
import { useT } from "./texts";

const ROLES: readonly Role[] = ["ROLE_AGENT", "ROLE_SUPERVISOR", "ROLE_ADMIN", "ROLE_ACCOUNTANT", "ROLE_INTEGRATOR", "ROLE_OWNER"];
const WORD = /^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/;
const roleText = (role: Role): AdminText => role.toLowerCase() as AdminText;
const JOINING: readonly Joining[] = ["JOINING_UNSPECIFIED", "JOINING_VERIFIED"];

/** The record as it is typed: domains as one line, the secret beside it. */
interface SignOnForm extends SignOn { typed: string; secret: string }
const form = (record: SignOn): SignOnForm => ({ ...record, typed: record.domains.join(", "), secret: "" });

function Rules({ rules, put }: { rules: readonly RoleRule[]; put: (rules: RoleRule[]) => void }) {
  const t = useT();
  const admin = useAdmin();
  const change = (index: number, to: Partial<RoleRule>) => put(rules.map((one, place) => (place === index ? { ...one, ...to } : one)));
  return (
    <>
      <Banner>{t("claim_loss")}</Banner>
      {rules.map((rule, index) => (
        <div key={index} className="flex">
          <TextField label={t("value")} value={rule.value} maxLength={200} onChange={(value) => change(index, { value })} />
          <Select label={t("role")} options={ROLES.map((id) => ({ id, text: admin(roleText(id)) }))} value={rule.role} onChange={(role) => change(index, { role })} />
          <IconButton icon="x" label={t("remove_rule", { value: rule.value })} onPress={() => put(rules.filter((_, place) => place !== index))} />
        </div>
      ))}
      <div><Button icon="plus" onPress={() => put([...rules, { value: "", role: "ROLE_AGENT" }])}>{t("add_rule")}</Button></div>
    </>
  );
}

function SignOnEditor({ stored }: { stored: SignOn }) {
  const t = useT();
  const admin = useAdmin();
  const editor = useEditor<SignOnForm>({
    key: "sign-on", stored: form(stored),
    fresh: async () => form((await signOn.get()).sign_on ?? stored),
    save: async ({ typed, secret, has_secret: _has, return_url: _url, logout_url: _out, ...record }) => {
      const domains = typed.split(",").map((one) => one.trim()).filter(Boolean);
      const role_rules = record.role_rules.filter((rule) => rule.value.trim());
      return form((await signOn.put({ ...record, domains, role_rules }, secret)).sign_on ?? stored);
    },
  });
  const { value, base, patch, err, problem } = editor;
  const wrong = (field: string, bad: boolean, text: string) => err(field) ?? (bad && value !== base ? text : undefined);
  const moved = value.has_secret && (value.issuer !== base.issuer || value.client_id !== base.client_id);
  const why = problem?.reason === "PROVIDER_UNUSABLE" ? problem.facts["why"] : undefined;
  return (
    <Form section="sign-on" icon="key" right="owners.write" editor={editor} isNew={false} wide fixed title={admin("sign_on")}
      labels={{ word: t("word"), issuer: t("issuer"), client_id: t("client_id"), enabled: t("enabled"), enforced: t("enforced"), joining: t("joining"), role_claim: t("role_claim"), role_rules: t("roles") }}
      top={why !== undefined && <Banner kind="crit">{t(why === "discovery" ? "unusable_discovery" : why === "issuer" ? "unusable_issuer" : "unusable_other")}</Banner>}>
      <div className="narrow-fields">
        <p className="hint">{t("intro")}</p>
        <Part title={t("provider")}>
          <TextField label={t("issuer")} hint={t("issuer_hint")} placeholder="https://login.company.example" value={value.issuer} onChange={(issuer) => patch({ issuer })} error={wrong("issuer", value.issuer !== "" && !/^https?:\/\/[^\s?#]+$/.test(value.issuer), t("bad_issuer"))} />
          <TextField label={t("client_id")} value={value.client_id} onChange={(client_id) => patch({ client_id })} error={err("client_id")} />
          <TextField label={t("client_secret")} type="password" autoComplete="off" hint={t(moved ? "secret_moves" : value.has_secret ? "secret_kept" : "secret_none")} value={value.secret} onChange={(secret) => patch({ secret })} error={err("client_secret")} />
          <div className="flex">
            <TextField label={t("return_url")} hint={t("return_hint")} isReadOnly value={value.return_url} />
            <IconButton icon="copy" label={t("copy")} onPress={() => void navigator.clipboard.writeText(value.return_url).then(() => toast(t("copied")))} />
          </div>
          <div className="flex">
            <TextField label={t("logout_url")} hint={t("logout_hint")} isReadOnly value={value.logout_url} />
            <IconButton icon="copy" label={t("copy")} onPress={() => void navigator.clipboard.writeText(value.logout_url).then(() => toast(t("copied")))} />
          </div>
          <TextField label={t("word")} hint={t("word_hint", { link: `${location.origin}/sign-in?company=${value.word || "…"}` })} value={value.word} onChange={(word) => patch({ word: word.toLowerCase() })} error={wrong("word", value.word !== "" && !WORD.test(value.word), t("bad_word"))} />
          <Checkbox isSelected={value.enabled} onChange={(enabled) => patch({ enabled, enforced: enabled && value.enforced })}>{t("enabled")}</Checkbox>
          <Checkbox isSelected={value.enforced} isDisabled={!value.enabled} onChange={(enforced) => patch({ enforced })}>{t("enforced")}<br /><span className="hint">{t("enforced_hint")}</span></Checkbox>
        </Part>
        <Part title={t("members")}>
          <RadioGroup label={t("joining")} value={value.joining} onChange={(joining) => patch({ joining })} options={JOINING.map((id) => ({ id, text: t(id === "JOINING_VERIFIED" ? "join_verified" : "join_none"), hint: t(id === "JOINING_VERIFIED" ? "join_verified_hint" : "join_none_hint") }))} />
          <TextField label={t("domains")} hint={t("domains_hint")} placeholder="company.example" value={value.typed} onChange={(typed) => patch({ typed })} error={err("typed", "domains")} />
        </Part>
        <Part title={t("roles")}>
          <div className="field" role="group" aria-label={t("default_roles")}><span className="label">{t("default_roles")}</span>
            {ROLES.filter((role) => role !== "ROLE_OWNER").map((role) => <Checkbox key={role} isSelected={value.roles.includes(role)} onChange={(on) => patch({ roles: ROLES.filter((one) => (one === role ? on : value.roles.includes(one))) })}>{admin(roleText(role))}</Checkbox>)}
            {err("roles") && <span className="err">{err("roles")}</span>}
          </div>
          <TextField label={t("role_claim")} hint={t("role_claim_hint")} placeholder="groups" value={value.role_claim} onChange={(role_claim) => patch({ role_claim })} error={err("role_claim")} />
          {value.role_claim !== "" && <Rules rules={value.role_rules} put={(role_rules) => patch({ role_rules })} />}
        </Part>
      </div>
    </Form>
  );
}

export default function SignOnPage() {
  const t = useT();
  const admin = useAdmin();
  const say = useProblemText();
  const loaded = useLoad(signOn.get);
  useTitle(admin("sign_on"));
  if (loaded.data?.sign_on) return <div className="work whole"><SignOnEditor stored={loaded.data.sign_on} /></div>;
  return loaded.problem ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={loaded.reload}>{t("again")}</Button>}>{say(loaded.problem)}</Empty> : <Skeleton />;
}
