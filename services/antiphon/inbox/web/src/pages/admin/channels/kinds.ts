/** What the form of each kind of channel asks for. The service checks it again (`channels/<kind>/kind.py`). */
import type { ChannelText } from "./texts";

export interface Field {
  name: string;
  label: ChannelText;
  hint?: ChannelText;
  placeholder?: string;
  /** Kept encrypted, never shown again. */
  secret?: boolean;
  required?: boolean;
  pattern?: RegExp;
  choices?: ReadonlyArray<readonly [id: string, text: ChannelText]>;
  port?: boolean;
  rows?: number;
}
interface Form { fields: readonly Field[]; guide?: ChannelText }

const SECURITY = [["tls", "s_tls"], ["starttls", "s_starttls"], ["none", "s_none"]] as const;
const HOST = /^[a-z0-9.-]{1,253}$/i;
const ID = /^\d{5,30}$/;
const APP_SECRET: Field = { name: "app_secret", label: "f_app_secret", hint: "f_app_secret_hint", secret: true, required: true, pattern: /^[0-9a-f]{16,64}$/ };
const META_TOKEN: Field = { name: "token", label: "f_meta_token", hint: "f_meta_token_hint", secret: true, required: true };

export const FORMS: Readonly<Record<string, Form>> = {
  email: {
    fields: [
      { name: "address", label: "f_address", placeholder: "help@shop.example", required: true, pattern: /^[^@\s<>]{1,64}@[a-z0-9.-]{1,253}$/i },
      { name: "password", label: "f_password", hint: "f_password_hint", secret: true, required: true },
      { name: "login", label: "f_login", hint: "f_login_hint" },
      { name: "imap_host", label: "f_imap_host", placeholder: "imap.shop.example", required: true, pattern: HOST },
      { name: "imap_port", label: "f_port", hint: "f_port_hint", port: true },
      { name: "imap_security", label: "f_imap_security", choices: [SECURITY[0], SECURITY[2]] },
      { name: "imap_folder", label: "f_imap_folder", hint: "f_imap_folder_hint", placeholder: "INBOX" },
      { name: "smtp_host", label: "f_smtp_host", placeholder: "smtp.shop.example", required: true, pattern: HOST },
      { name: "smtp_port", label: "f_port", hint: "f_port_hint", port: true },
      { name: "smtp_security", label: "f_smtp_security", choices: SECURITY },
      { name: "sender_name", label: "f_sender_name", hint: "f_sender_name_hint" },
      { name: "signature", label: "f_signature", rows: 3 },
    ],
  },
  whatsapp: {
    fields: [
      { name: "phone_number_id", label: "f_phone_number_id", hint: "f_phone_number_id_hint", required: true, pattern: ID, placeholder: "106540352242922" },
      { name: "business_id", label: "f_business_id", pattern: ID },
      META_TOKEN, APP_SECRET,
    ],
    guide: "guide_whatsapp",
  },
  messenger: {
    fields: [
      { name: "page_id", label: "f_page_id", hint: "f_page_id_hint", required: true, pattern: ID, placeholder: "1906385232743451" },
      META_TOKEN, APP_SECRET,
      { name: "human_agent", label: "f_human_agent", hint: "f_human_agent_hint", choices: [["no", "s_no"], ["yes", "s_yes"]] },
    ],
    guide: "guide_messenger",
  },
  viber: {
    fields: [
      { name: "token", label: "f_viber_token", hint: "f_viber_token_hint", secret: true, required: true, pattern: /^[0-9a-z]{8,32}(-[0-9a-z]{8,32}){1,3}$/i },
      { name: "sender_name", label: "f_sender_name", hint: "f_sender_name_hint" },
    ],
    guide: "guide_viber",
  },
  vk: {
    fields: [
      { name: "group_id", label: "f_group_id", required: true, pattern: /^\d{1,20}$/, placeholder: "123456789" },
      { name: "token", label: "f_vk_token", hint: "f_vk_token_hint", secret: true, required: true },
      { name: "secret", label: "f_vk_secret", hint: "f_vk_secret_hint", secret: true, required: true, pattern: /^\w{8,50}$/ },
      { name: "confirmation_code", label: "f_confirmation_code", hint: "f_confirmation_code_hint", pattern: /^[0-9a-z]{1,32}$/i },
    ],
    guide: "guide_vk",
  },
  sms: {
    fields: [
      { name: "transport", label: "f_transport", hint: "f_transport_hint", choices: [["smpp", "s_smpp"], ["http", "s_http"]] },
      { name: "source", label: "f_sms_source", hint: "f_sms_source_hint", required: true, pattern: /^\+?[0-9a-z ._&-]{1,20}$/i, placeholder: "+380441234567" },
      { name: "region", label: "f_region", hint: "f_region_hint", pattern: /^[a-z]{2}$/i, placeholder: "UA" },
      { name: "host", label: "f_smsc_host", hint: "f_only_smpp", placeholder: "smpp.operator.example", pattern: /^[a-z0-9.:-]{1,253}$/i },
      { name: "port", label: "f_port", hint: "f_smsc_port_hint", port: true },
      { name: "system_id", label: "f_system_id", hint: "f_only_smpp" },
      { name: "password", label: "f_password", hint: "f_only_smpp", secret: true },
      { name: "tls", label: "f_smsc_tls", choices: [["yes", "s_tls"], ["no", "s_none"]] },
      { name: "alphabet", label: "f_alphabet", hint: "f_alphabet_hint", choices: [["gsm7", "s_gsm7"], ["latin1", "s_latin1"]] },
      { name: "url", label: "f_gateway_url", hint: "f_only_http", placeholder: "https://gateway.example/send", pattern: /^https?:\/\/\S+$/ },
      { name: "secret", label: "f_gateway_secret", hint: "f_gateway_secret_hint", secret: true, pattern: /^[!-~]{16,200}$/ },
    ],
    guide: "guide_sms",
  },
};

/** In the order in which people look for them. */
export const KINDS = ["webchat", "email", "telegram", "whatsapp", "viber", "messenger", "vk", "sms"] as const;
export type Kind = (typeof KINDS)[number];

/** What is wrong with the fields of a kind, by name; nothing when all is well. */
export function wrongFields(kind: string, settings: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>>, kept: readonly string[]): Record<string, "bad_missing" | "bad_field"> {
  const wrong: Record<string, "bad_missing" | "bad_field"> = {};
  for (const { name, secret, required, pattern } of FORMS[kind]?.fields ?? []) {
    const value = String((secret ? secrets[name] : settings[name]) ?? "").trim();
    if (!value && required && !(secret && kept.includes(name))) wrong[name] = "bad_missing";
    else if (value && pattern && !pattern.test(value)) wrong[name] = "bad_field";
  }
  return wrong;
}
