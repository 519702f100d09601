import { useState, type ReactNode } from "react";
import { Icon } from "../../design/Icon";
import { useDesk } from "../../rt/store";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { ComboBox } from "../../ui/ComboBox";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Select, type Option } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";

/** React Aria takes no empty key. */
export const NONE = "-";

/** One of a list or none of it. */
export function Maybe({ label, none, options, value, onChange, hint, error }: { label: string; none: string; options: readonly Option[]; value: string; onChange: (value: string) => void; hint?: ReactNode; error?: string | undefined }) {
  const known = value === "" || options.some((one) => one.id === value) ? options : [...options, { id: value, text: value }];
  return <Select label={label} hint={hint} error={error} options={[{ id: NONE, text: none }, ...known]} value={value || NONE} onChange={(id) => onChange(id === NONE ? "" : id)} />;
}

export function ProjectSelect({ value, onChange, error }: { value: string; onChange: (value: string) => void; error?: string | undefined }) {
  const t = useT();
  const projects = useDesk((state) => state.projects);
  const options = Object.values(projects).filter((one) => !one.archived || one.id === value).map((one) => ({ id: one.id, text: one.name }));
  return <Maybe label={t("project")} none={t("no_project")} options={options} value={value} onChange={onChange} error={error} />;
}

export function Projects({ value, onChange, error }: { value: readonly string[]; onChange: (value: string[]) => void; error?: string | undefined }) {
  const t = useT();
  const projects = Object.values(useDesk((state) => state.projects)).filter((one) => !one.archived || value.includes(one.id));
  return (
    <div className="checks">
      {projects.length === 0 && <span className="hint">{t("projects_none_yet")}</span>}
      {projects.map((one) => <Checkbox key={one.id} isSelected={value.includes(one.id)} onChange={(on) => onChange(on ? [...value, one.id] : value.filter((id) => id !== one.id))}>{one.name}</Checkbox>)}
      {error ? <FieldError text={error} /> : <span className="hint">{value.length ? t("projects_only_these") : t("projects_all")}</span>}
    </div>
  );
}

export function FieldError({ text }: { text: string }) {
  return <span className="err" role="alert"><Icon name="stop" size="s" /><span>{text}</span></span>;
}

/** Chosen people as a list, others found by typing. */
export function PeoplePicker({ value, onChange }: { value: readonly string[]; onChange: (value: string[]) => void }) {
  const t = useT();
  const people = useDesk((state) => state.people);
  const free = Object.values(people).filter((one) => !one.disabled && !value.includes(one.id)).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <div className="adder"><ComboBox key={value.length} label={t("add_person")} placeholder={t("type_name")} options={free.map((one) => ({ id: one.id, text: one.name, hint: one.extension }))} value="" onChange={(id) => onChange([...value, id])} /></div>
      <ul className="rows" aria-label={t("members")}>
        {value.map((id) => (
          <li key={id}><Avatar name={people[id]?.name ?? id} size="s" /><span className="grow cut">{people[id]?.name ?? id}</span>
            <IconButton icon="x" size="sm" label={t("remove_named", { name: people[id]?.name ?? id })} onPress={() => onChange(value.filter((one) => one !== id))} /></li>
        ))}
        {value.length === 0 && <li className="hint">{t("nobody_yet")}</li>}
      </ul>
    </>
  );
}

/** Skill → level 1…10. Known skills are offered by name. */
export function Levels({ value, onChange, label, error }: { value: Readonly<Record<string, number>>; onChange: (value: Record<string, number>) => void; label: string; error?: string | undefined }) {
  const t = useT();
  const known = useDesk((state) => Object.values(state.agents).flatMap((one) => Object.keys(one.skills)).concat(Object.values(state.queues).flatMap((one) => Object.keys(one.skills))).join("\n"));
  const [name, setName] = useState("");
  const fresh = [...new Set(known.split("\n"))].filter((one) => one && !(one in value)).sort();
  const add = (skill: string) => {
    if (skill && !(skill in value)) onChange({ ...value, [skill]: 5 });
    setName("");
  };
  return (
    <div className="col gap">
      <ul className="rows" aria-label={label}>
        {Object.entries(value).map(([skill, level]) => (
          <li key={skill}><span className="grow cut m">{skill}</span>
            <NumberField aria-label={t("level_of", { name: skill })} label="" minValue={1} maxValue={10} value={level} onChange={(next) => onChange({ ...value, [skill]: Number.isNaN(next) ? level : next })} />
            <IconButton icon="x" size="sm" label={t("remove_named", { name: skill })} onPress={() => onChange(Object.fromEntries(Object.entries(value).filter(([one]) => one !== skill)))} /></li>
        ))}
      </ul>
      <div className="flex adder">
        <TextField aria-label={t("skill_name")} label="" placeholder={t("skill_hint")} value={name} onChange={setName} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(name.trim()); } }} />
        <Button icon="plus" isDisabled={!name.trim()} onPress={() => add(name.trim())}>{t("add")}</Button>
      </div>
      {fresh.length > 0 && <div className="flex wrap">{fresh.slice(0, 8).map((one) => <Button key={one} size="sm" icon="plus" onPress={() => add(one)}>{one}</Button>)}</div>}
      {error && <FieldError text={error} />}
    </div>
  );
}

export async function copy(text: string, done: string): Promise<void> {
  await navigator.clipboard.writeText(text).then(() => toast(done), () => undefined);
}

/** What is read and copied, never typed. */
export function Copied({ label, text, many }: { label: string; text: string; many?: boolean }) {
  const t = useT();
  return (
    <div className="field"><span className="label">{label}</span>
      <div className={many ? "copied many" : "copied"}><code className="mono grow" tabIndex={0}>{text}</code><Button size="sm" icon="copy" onPress={() => void copy(text, t("copied"))}>{t("copy")}</Button></div>
    </div>
  );
}

/** A list of short texts, one a line. */
export const lines = (text: string): string[] => text.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);
