import { useState } from "react";
import { acd, directory } from "../../api/api";
import { Problem } from "../../api/problem";
import type { Person, Reach, Role } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { phone } from "../../i18n/format";
import { LANGUAGES, LANGUAGE_CODES } from "../../i18n/languages";
import { can } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox, Switch } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import type { SectionPageProps } from "./page";
import { equal } from "./diff";
import { useEditor, type Errors } from "./editor";
import { navigateTo } from "./go";
import { generate, good, met, RULES } from "./password";
import { normalPhone } from "./phones";
import { copy, FieldError, Levels, Maybe, Projects } from "./pickers";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { useT, type AdminText } from "./texts";

export const ROLES: readonly Role[] = ["ROLE_AGENT", "ROLE_SUPERVISOR", "ROLE_ADMIN", "ROLE_OWNER", "ROLE_ACCOUNTANT", "ROLE_CLIENT_VIEWER", "ROLE_INTEGRATOR", "ROLE_SUPPORT", "ROLE_CLERK", "ROLE_OPERATOR"];
/** Roles that reach beyond the company: shown where they can be given, at the operator of the installation. */
const BEYOND: readonly Role[] = ["ROLE_SUPPORT", "ROLE_CLERK", "ROLE_OPERATOR"];
/** What a person may do, without owners.write, decides which roles he may give. */
export const roleText = (role: Role): AdminText => role.toLowerCase() as AdminText;
export const CLASSES = ["voice", "chat", "email", "task"] as const;
/** What the ACD takes where nothing is set. */
const USUAL = { voice: 1, chat: 3, email: 5, task: 5 };

interface PersonForm extends Person { password: string; reset_totp: boolean; skills: Record<string, number>; capacity: Record<string, number> }

const BLANK: Person = { id: "", rev: 0, name: "", email: "", roles: ["ROLE_AGENT"], extension: "", caller_id: "", reaches: [], project_ids: [], language: "", disabled: false, totp: false, forward_to: "" };

async function patiently<R>(run: () => Promise<R>, tries = 6): Promise<R> {
  try {
    return await run();
  } catch (error) {
    if (tries <= 1 || !(error instanceof Problem) || error.reason !== "UNKNOWN_AGENT") throw error;
    await new Promise((done) => setTimeout(done, 500));
    return patiently(run, tries - 1);
  }
}

function validate(value: PersonForm): Errors<PersonForm> {
  return {
    name: value.name.trim() ? "" : "bad_person_name",
    email: /^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/.test(value.email.trim()) ? "" : "bad_email",
    extension: /^(\d{2,6})?$/.test(value.extension) ? "" : "bad_extension",
    roles: value.roles.length ? "" : "bad_roles",
    project_ids: value.roles.includes("ROLE_CLIENT_VIEWER") && value.project_ids.length === 0 ? "bad_projects" : "",
    password: value.password ? (good(value.password, [value.name, value.email, value.extension]) ? "" : "bad_password") : value.id ? "" : "password_needed",
    forward_to: !value.forward_to.trim() || /^\+[1-9]\d{6,14}$/.test(normalPhone(value.forward_to)) ? "" : "bad_forward",
    reaches: value.reaches.some((one) => !one.value.trim()) ? "bad_reach" : "",
  };
}

function PersonPanel({ stored, loaded }: { stored: Person | undefined; loaded: Loaded<readonly Person[]> }) {
  const t = useT();
  const agent = useDesk((state) => (stored ? state.agents[stored.id] : undefined));
  const mayQueues = useDesk(can("queues.write"));
  const mayOwners = useDesk(can("owners.write"));
  const mayBeyond = useDesk(can("bans.lift"));
  const numbers = useLoad(directory.numbers);
  const [shown, setShown] = useState(!stored);
  const form = (person: Person, skills = agent?.skills ?? {}, capacity = agent?.capacity ?? {}): PersonForm => ({ ...person, password: "", reset_totp: false, skills: { ...skills }, capacity: { ...capacity } });
  const editor = useEditor<PersonForm>({
    key: `people/${stored?.id ?? NEW}`, stored: form(stored ?? BLANK), validate,
    fresh: async () => {
      const { person } = await directory.person(stored?.id ?? "");
      return person && form(person);
    },
    save: async ({ password, reset_totp, skills, capacity, ...person }, base) => {
      const profiled = !equal(skills, base.skills) || !equal(capacity, base.capacity);
      const profile = async (agent_id: string) => learn.agent((await acd.putAgent({ agent_id, skills, capacity })).agent);
      // The profile has no revision: first, so that a refused person changes nothing half.
      if (profiled && person.id) await profile(person.id);
      const changed = !equal(person, Object.fromEntries(Object.keys(person).map((key) => [key, (base as unknown as Record<string, unknown>)[key]])));
      const saved = changed || password || reset_totp || !person.id ? ((await directory.savePerson({ ...person, name: person.name.trim(), email: person.email.trim(), forward_to: normalPhone(person.forward_to) }, password, reset_totp)).person ?? person) : person;
      learn.person(saved);
      // The ACD hears of a new person a moment later; the person exists by now, so a failure here is only told.
      if (profiled && !person.id) await patiently(() => profile(saved.id)).catch(() => toast(t("skills_later"), { bad: true }));
      return form(saved, skills, capacity);
    },
    onSaved: (saved) => {
      loaded.reload();
      setShown(false);
      if (!stored) navigateTo(addressOf("people", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const own = [value.name, value.email, value.extension];
  const rules = met(value.password, own);
  const setReach = (index: number, change: Partial<Reach>) => patch({ reaches: value.reaches.map((one, at) => (at === index ? { ...one, ...change } : one)) });
  return (
    <Form section="people" icon="user" right="people.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("person_new")}
      labels={{ name: t("person_name"), email: t("email"), roles: t("roles"), extension: t("extension"), caller_id: t("caller_id"), forward_to: t("forward_to"), reaches: t("reaches"), project_ids: t("projects"), language: t("language"), disabled: t("disabled"), skills: t("skills"), capacity: t("capacity") }}
      show={(field, what) => (field === "roles" ? (what as Role[]).map((role) => t(roleText(role))).join(", ") : undefined)}>
      <TextField label={t("person_name")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} autoComplete="off" />
      <TextField label={t("email")} hint={t("email_hint")} type="email" value={value.email} onChange={(email) => patch({ email })} error={err("email")} autoComplete="off" />
      <div className="pair">
        <TextField label={t("extension")} hint={t("extension_hint")} inputMode="numeric" value={value.extension} onChange={(extension) => patch({ extension })} error={err("extension")} />
        <Maybe label={t("caller_id")} none={t("caller_id_none")} options={(numbers.data?.numbers ?? []).map((one) => ({ id: one.e164, text: phone(one.e164), hint: one.title }))} value={value.caller_id} onChange={(caller_id) => patch({ caller_id })} error={err("caller_id")} />
      </div>
      <TextField label={t("forward_to")} hint={t("forward_hint")} type="tel" inputMode="tel" autoComplete="off" value={value.forward_to} onChange={(forward_to) => patch({ forward_to })} error={err("forward_to")} />
      <Part title={t("roles")} hint={t("roles_hint")}>
        <div className="checks">
          {ROLES.filter((role) => !BEYOND.includes(role) || mayBeyond || value.roles.includes(role)).map((role) => (
            <Checkbox key={role} isSelected={value.roles.includes(role)} isDisabled={role === "ROLE_OWNER" && !mayOwners} onChange={(on) => patch({ roles: ROLES.filter((one) => (one === role ? on : value.roles.includes(one))) })}>
              {t(roleText(role))}<br /><span className="hint">{t(`${roleText(role)}_may` as AdminText)}{role === "ROLE_OWNER" && !mayOwners && <> {t("owner_only")}</>}</span>
            </Checkbox>
          ))}
          {err("roles") && <FieldError text={err("roles") ?? ""} />}
        </div>
      </Part>
      <Part title={t("projects")}><Projects value={value.project_ids} onChange={(project_ids) => patch({ project_ids })} error={err("project_ids")} /></Part>
      <Part title={t("agent_part")} hint={mayQueues ? t("agent_hint") : t("agent_denied")}>
        <fieldset className="plain-set" disabled={!mayQueues}>
          <div className="pair">
            {CLASSES.map((cls) => <NumberField key={cls} label={t(`class_${cls}`)} minValue={0} maxValue={50} value={value.capacity[cls] ?? USUAL[cls]} onChange={(most) => patch({ capacity: { ...value.capacity, [cls]: Number.isNaN(most) ? 0 : most } })} />)}
          </div>
          {err("capacity") && <FieldError text={err("capacity") ?? ""} />}
          <Levels label={t("skills")} value={value.skills} onChange={(skills) => patch({ skills })} error={err("skills")} />
        </fieldset>
      </Part>
      <Part title={t("reaches")} hint={t("reaches_hint")}>
        <ul className="rows">
          {value.reaches.map((reach, index) => (
            <li key={index}>
              <Select aria-label={t("reach_kind")} label="" options={[...new Set(["phone", "email", "telegram", reach.kind])].map((id) => ({ id, text: id in REACH ? t(REACH[id] as AdminText) : id }))} value={reach.kind} onChange={(kind) => setReach(index, { kind })} />
              <div className="grow"><TextField aria-label={t("reach_value")} label="" value={reach.value} onChange={(text) => setReach(index, { value: text })} /></div>
              <IconButton icon="x" size="sm" label={t("remove_named", { name: reach.value || reach.kind })} onPress={() => patch({ reaches: value.reaches.toSpliced(index, 1) })} />
            </li>
          ))}
        </ul>
        {err("reaches") && <FieldError text={err("reaches") ?? ""} />}
        <div><Button size="sm" icon="plus" onPress={() => patch({ reaches: [...value.reaches, { kind: "phone", value: "" }] })}>{t("reach_add")}</Button></div>
      </Part>
      <Part title={t("sign_in_part")}>
        <Maybe label={t("language")} none={t("language_company")} options={LANGUAGE_CODES.map((id) => ({ id, text: LANGUAGES[id] }))} value={value.language} onChange={(language) => patch({ language })} />
        {!shown ? <div className="flex wrap"><Button icon="key" onPress={() => setShown(true)}>{t("password_new")}</Button><span className="hint">{t("password_hint")}</span></div> : <>
          <TextField label={t(stored ? "password_new" : "password")} type="password" autoComplete="new-password" value={value.password} onChange={(password) => patch({ password })} error={err("password")} />
          <ul className="rules">{RULES.map((rule) => <li key={rule} className={rules[rule] ? "met" : ""}><Icon name={rules[rule] ? "ok" : "st-offline"} size="s" />{t(`rule_${rule}`)}</li>)}</ul>
          <div><Button icon="copy" onPress={() => { const password = generate(); patch({ password }); void copy(password, t("password_copied")); }}>{t("password_generate")}</Button></div>
        </>}
        {stored?.totp && <Checkbox isSelected={value.reset_totp} onChange={(reset_totp) => patch({ reset_totp })}>{t("totp_reset")}<br /><span className="hint">{t("totp_reset_hint")}</span></Checkbox>}
        {stored && <Checkbox isSelected={value.disabled} onChange={(disabled) => patch({ disabled })}>{t("disabled")}<br /><span className="hint">{t("disabled_hint")}</span></Checkbox>}
      </Part>
    </Form>
  );
}

const REACH: Record<string, AdminText> = { phone: "reach_phone", email: "email", telegram: "reach_telegram" };

export default function PeoplePage({ open }: SectionPageProps) {
  const t = useT();
  const [all, setAll] = useState(false);
  const loaded = useLoad(async () => (await directory.people(all)).people, [all]);
  const projects = useDesk((state) => state.projects);
  return (
    <Section<Person> section="people" title={t("people")} icon="user" right="people.write" loaded={loaded} rowId={(row) => row.id} add={t("person_add")} open={open}
      words={(row) => [row.name, row.email, row.extension, ...row.roles.map((role) => t(roleText(role)))].join(" ")}
      empty={{ title: t("people_empty"), text: t("people_empty_text") }}
      filters={<Switch isSelected={all} onChange={setAll}>{t("people_left")}</Switch>}
      columns={(narrow) => [
        { id: "name", title: t("person_name"), cell: (row) => <span className="flex"><span className="cut" title={row.name}>{row.name}</span>{row.disabled && <Chip>{t("off")}</Chip>}</span> },
        { id: "roles", title: t("roles"), cell: (row) => <span className="cut" title={row.roles.map((role) => t(roleText(role))).join(", ")}>{row.roles.map((role) => t(roleText(role))).join(", ") || "–"}</span> },
        { id: "extension", title: t("extension_short"), num: true, cell: (row) => row.extension || "–" },
        ...(narrow ? [] : [
          { id: "email", title: t("email"), cell: (row: Person) => <span className="cut" title={row.email}>{row.email || "–"}</span> },
          { id: "projects", title: t("projects"), cell: (row: Person) => <span className="cut">{row.project_ids.length ? row.project_ids.map((id) => projects[id]?.name ?? id).join(", ") : t("all")}</span> },
          { id: "totp", title: t("totp_short"), cell: (row: Person) => <Chip kind={row.totp ? "ok" : "line"}>{t(row.totp ? "on" : "off_word")}</Chip> },
        ]),
      ]}
      form={(id, row) => <PersonPanel key={`${id} ${loaded.data ? "" : "-"}`} stored={row} loaded={loaded} />} />
  );
}
