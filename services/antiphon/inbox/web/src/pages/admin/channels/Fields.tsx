import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { TextArea, TextField } from "../../../ui/TextField";
import { Copied } from "../pickers";
import { Part } from "../Section";
import { FORMS, type Field } from "./kinds";
import { useT } from "./texts";

interface FieldsProps {
  kind: string;
  settings: Readonly<Record<string, unknown>>;
  secrets: Readonly<Record<string, string>>;
  kept: readonly string[];
  err: (field: string, ...aliases: string[]) => string | undefined;
  onSetting: (name: string, value: unknown) => void;
  onSecret: (name: string, value: string) => void;
}

/** The settings and secrets of a kind, one below the other. */
export function Fields({ kind, settings, secrets, kept, err, onSetting, onSecret }: FieldsProps) {
  const t = useT();
  return (FORMS[kind]?.fields ?? []).map((field) => <One key={field.name} {...{ field, settings, secrets, kept, onSetting, onSecret }} error={err(field.name, `settings.${field.name}`, `secrets.${field.name}`)} t={t} />);
}

function One({ field, settings, secrets, kept, error, onSetting, onSecret, t }: Omit<FieldsProps, "kind" | "err"> & { field: Field; error: string | undefined; t: ReturnType<typeof useT> }) {
  const { name, label, hint, placeholder = "" } = field;
  const text = String(settings[name] ?? "");
  const common = { label: t(label), error, ...(hint ? { hint: t(hint) } : {}) };
  if (field.secret) {
    const isKept = kept.includes(name);
    return <TextField {...common} {...(isKept ? { hint: t("kept_hint") } : {})} type="password" autoComplete="off" placeholder={isKept ? t("kept") : placeholder} value={secrets[name] ?? ""} onChange={(value) => onSecret(name, value)} />;
  }
  if (field.choices) return <Select {...common} options={field.choices.map(([id, word]) => ({ id, text: t(word) }))} value={text || field.choices[0]?.[0] || ""} onChange={(value) => onSetting(name, value)} />;
  if (field.port) return <NumberField {...common} minValue={1} maxValue={65535} formatOptions={{ useGrouping: false }} value={text ? Number(text) : Number.NaN} onChange={(value) => onSetting(name, Number.isNaN(value) ? "" : Math.round(value))} />;
  if (field.rows) return <TextArea {...common} rows={field.rows} value={text} onChange={(value) => onSetting(name, value)} />;
  return <TextField {...common} placeholder={placeholder} value={text} onChange={(value) => onSetting(name, value)} />;
}

/** What is left to do at the provider, and what to copy there. */
export function AtProvider({ kind, address, word }: { kind: string; address: string; word: string }) {
  const t = useT();
  const guide = FORMS[kind]?.guide;
  if (!guide) return null;
  return (
    <Part title={t("at_provider")} hint={t(guide)}>
      <Copied label={t("address_of")} text={address} />
      {word && <Copied label={t("verify_word")} text={word} />}
    </Part>
  );
}
