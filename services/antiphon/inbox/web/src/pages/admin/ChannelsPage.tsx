import { lazy, Suspense, useState } from "react";
import { channels as api } from "../../api/api";
import { Problem } from "../../api/problem";
import type { Channel } from "../../api/types.gen";
import { useLoad, type Loaded } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { LANGUAGES, LANGUAGE_CODES } from "../../i18n/languages";
import { useProblemText } from "../../i18n/problems";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Checkbox } from "../../ui/Checkbox";
import { RadioGroup } from "../../ui/RadioGroup";
import { Select } from "../../ui/Select";
import { TextArea, TextField } from "../../ui/TextField";
import type { SectionPageProps } from "./page";
import { AtProvider, Fields } from "./channels/Fields";
import { KINDS, wrongFields, type Kind } from "./channels/kinds";
import { useEditor } from "./editor";
import { navigateTo } from "./go";
import { Copied, lines, Maybe, ProjectSelect } from "./pickers";
import { useReceivers, type Receivers } from "./receivers";
import { addressOf, Form, NEW, Part, Section } from "./Section";
import { useT } from "./texts";

const LeadCatcher = lazy(() => import("./channels/LeadCatcher"));

interface ChannelForm extends Channel { given: Readonly<Record<string, string>>; scheme_id: string; origins: string }

const BLANK: Channel = { id: "", rev: 0, kind: "webchat", name: "", project_id: "", enabled: true, settings: {}, secrets_set: [], health: "", public_key: "", verify_word: "", webhook_url: "", writes_first_to: "" };
const text = (channel: Pick<Channel, "settings">, name: string): string => String(channel.settings?.[name] ?? "");
const isToken = (token: string, kept: readonly string[]) => /^\d{3,20}:[\w-]{6,100}$/.test(token.trim()) || (!token && kept.includes("token"));
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/i;

/** What the shop pastes into its pages. */
export const snippet = (channel: Pick<Channel, "public_key" | "webhook_url">): string => `<script src="${channel.webhook_url}" data-channel="${channel.public_key}" async></script>`;

export type Health = "ok" | "off" | "bad";
export const healthOf = (channel: Pick<Channel, "enabled" | "health">): Health => (!channel.enabled ? "off" : channel.health === "" || channel.health === "ok" ? "ok" : "bad");

function HealthMark({ channel, long }: { channel: Channel; long?: boolean }) {
  const t = useT();
  const health = healthOf(channel);
  const icon = health === "ok" ? "ok" : health === "bad" ? "stop" : "st-offline";
  const kind = health === "ok" ? "ok" : health === "bad" ? "crit" : "off";
  return <span className={`status-dot ${kind}`}><Icon name={icon} size="s" /><span className={long ? "" : "cut"} title={channel.health}>{health === "bad" ? channel.health : t(`health_${health}`)}</span></span>;
}

function Test({ channel }: { channel: Channel }) {
  const t = useT();
  const say = useProblemText();
  const [pending, setPending] = useState(false);
  const [answer, setAnswer] = useState<{ ok: boolean; says: string }>();
  const run = async () => {
    setPending(true);
    try {
      setAnswer(await api.test(channel.id));
    } catch (error) {
      setAnswer({ ok: false, says: error instanceof Problem ? say(error) : String(error) });
    } finally {
      setPending(false);
    }
  };
  return (
    <div className="col gap" aria-live="polite">
      <div className="flex wrap"><Button icon="pulse" isPending={pending} onPress={() => void run()}>{t("test_channel")}</Button><span className="hint">{t("test_hint")}</span></div>
      {answer && <div className={answer.ok ? "answer" : "answer bad"}><Icon name={answer.ok ? "ok" : "stop"} size="s" /><span><b className="m">{t(answer.ok ? "test_ok" : "test_bad")}</b> {answer.says}</span></div>}
    </div>
  );
}

function ChannelPanel({ stored, loaded, receivers }: { stored: Channel | undefined; loaded: Loaded<readonly Channel[]>; receivers: Receivers }) {
  const t = useT();
  const kindName = useChannelName();
  const queues = useDesk((state) => state.queues);
  const form = (channel: Channel): ChannelForm => ({ ...channel, given: {}, scheme_id: channel.id ? receivers.schemeOf(channel.id) : "", origins: Array.isArray(channel.settings?.["origins"]) ? (channel.settings["origins"] as string[]).join("\n") : "" });
  const editor = useEditor<ChannelForm>({
    key: `channels/${stored?.id ?? NEW}`, stored: form(stored ?? BLANK),
    validate: (value) => {
      const origins = lines(value.origins);
      return {
        name: value.name.trim() ? "" : "bad_name",
        ...(value.kind === "telegram" && !isToken(value.given["token"] ?? "", value.secrets_set) ? { token: "bad_token" as const } : {}),
        ...wrongFields(value.kind, value.settings ?? {}, value.given, value.secrets_set),
        origins: value.kind !== "webchat" || (origins.length > 0 && origins.every((one) => one === "*" || ORIGIN.test(one.replace(/\/$/, "")))) ? "" : "bad_origins",
        colour: text(value, "colour") && !/^#[0-9a-f]{6}$/i.test(text(value, "colour")) ? "bad_colour" : "",
      };
    },
    fresh: async () => {
      const found = (await api.list()).channels.find((one) => one.id === stored?.id);
      return found && form(found);
    },
    save: async ({ given, scheme_id, origins, ...channel }, base) => {
      const settings = Object.fromEntries(Object.entries<unknown>({ ...channel.settings, ...(channel.kind === "webchat" ? { origins: lines(origins).map((one) => one.replace(/\/$/, "").toLowerCase()) } : {}) }).filter(([, one]) => one !== ""));
      const saved = (await api.save({ ...channel, name: channel.name.trim(), settings }, Object.fromEntries(Object.entries(given).filter(([, one]) => one.trim()).map(([name, one]) => [name, one.trim()])))).channel ?? channel;
      if (scheme_id !== base.scheme_id) await receivers.bind(saved.id, scheme_id);
      return { ...form(saved), scheme_id };
    },
    onSaved: (saved) => {
      const { given: _given, scheme_id: _scheme, origins: _origins, ...channel } = saved;
      learn.channel(channel);
      loaded.reload();
      if (!stored) navigateTo(addressOf("channels", saved.id));
    },
  });
  const { value, patch, err } = editor;
  const web = value.kind === "webchat";
  const set = (name: string, next: unknown) => patch({ settings: { ...value.settings, [name]: next } });
  const colour = text(value, "colour");
  return (
    <Form section="channels" icon={web ? "chat" : "globe"} right="channels.write" editor={editor} isNew={!stored} title={stored ? stored.name : t("channel_new")}
      labels={{ name: t("name"), project_id: t("project"), enabled: t("channel_enabled"), settings: t("settings"), origins: t("origins") }}
      remove={{ question: t("disconnect_title", { name: stored?.name ?? "" }), verb: t("disconnect"), loss: t("disconnect_loss"), run: async () => { await api.delete(stored?.id ?? ""); loaded.reload(); }, done: t("disconnected") }}
      below={stored && (
        <div className="fields"><div className="narrow-below">
          <Part title={t("state")}>
            <HealthMark channel={stored} long />
            {!web && <Test channel={stored} />}
          </Part>
          {web && (
            <Part title={t("on_the_site")} hint={t("snippet_hint")}>
              <Copied label={t("snippet")} text={snippet(stored)} many />
              <div><a className="btn" href={`/demo?key=${encodeURIComponent(stored.public_key)}`} target="_blank" rel="noreferrer"><Icon name="external" size="s" />{t("test_page")}</a></div>
            </Part>
          )}
          {web && <Suspense fallback={null}><LeadCatcher key={stored.id} channel={stored.id} /></Suspense>}
          <AtProvider kind={stored.kind} address={stored.webhook_url} word={stored.verify_word} />
          {stored.kind === "telegram" && text(stored, "mode") === "webhook" && <Part title={t("webhook")}><Copied label={t("webhook_address")} text={stored.webhook_url} /></Part>}
        </div></div>
      )}>
      {!stored && <Select<Kind> label={t("channel_kind")} value={value.kind as Kind} onChange={(kind) => patch({ kind, settings: {}, given: {} })} options={KINDS.map((id) => ({ id, text: kindName(id), before: <ChannelIcon kind={id} look="xs" label={false} /> }))} />}
      <TextField label={t("name")} hint={t("channel_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
      {value.kind === "telegram" && <>
        <TextField label={t("token")} type="password" autoComplete="off" placeholder={value.secrets_set.includes("token") ? t("token_kept") : "123456789:AA…"} hint={value.secrets_set.includes("token") ? t("token_set_hint") : t("token_hint")} value={value.given["token"] ?? ""} onChange={(token) => patch({ given: { token } })} error={err("token", "secrets.token")} />
        <RadioGroup label={t("mode")} value={text(value, "mode") || "polling"} onChange={(mode) => set("mode", mode)} options={(["polling", "webhook"] as const).map((id) => ({ id, text: t(`mode_${id}`), hint: t(`mode_${id}_hint`) }))} />
      </>}
      <Fields kind={value.kind} settings={value.settings ?? {}} secrets={value.given} kept={value.secrets_set} err={err} onSetting={set} onSecret={(name, next) => patch({ given: { ...value.given, [name]: next } })} />
      {web && <>
        <TextArea label={t("origins")} hint={t("origins_hint")} rows={2} placeholder="https://shop.example" value={value.origins} onChange={(origins) => patch({ origins })} error={err("origins")} />
        <TextField label={t("widget_title")} placeholder={t("widget_title_hint")} value={text(value, "title")} onChange={(next) => set("title", next)} error={err("settings", "settings.title")} />
        <TextField label={t("widget_subtitle")} placeholder={t("widget_subtitle_hint")} value={text(value, "subtitle")} onChange={(next) => set("subtitle", next)} />
        <TextArea label={t("greeting")} rows={2} hint={t("greeting_hint")} value={text(value, "greeting")} onChange={(next) => set("greeting", next)} />
        <TextArea label={t("away_text")} rows={2} hint={t("away_hint")} value={text(value, "away_text")} onChange={(next) => set("away_text", next)} />
        <TextField label={t("colour")} hint={t("colour_hint")} placeholder="#1a6cff" value={colour} onChange={(next) => set("colour", next)} error={err("colour")}
          after={<input type="color" className="swatch" aria-label={t("colour_pick")} value={/^#[0-9a-f]{6}$/i.test(colour) ? colour : "#1a6cff"} onChange={(event) => set("colour", event.target.value)} />} />
      </>}
      <Maybe label={t("language")} none={t(web ? "language_visitor" : "language_company")} options={LANGUAGE_CODES.map((id) => ({ id, text: LANGUAGES[id] }))} value={text(value, "language")} onChange={(next) => set("language", next)} />
      <Part title={t("where_to")}>
        {receivers.mayWrite ? <Maybe label={t("received_by")} none={t("received_by_none")} hint={receivers.schemes.length === 0 ? t("no_schemes_yet") : t("received_hint")} options={receivers.schemes.map((one) => ({ id: one.id, text: one.name, hint: one.live_version ? "" : t("not_live") }))} value={value.scheme_id} onChange={(scheme_id) => patch({ scheme_id })} />
          : <div className="field"><span className="label">{t("received_by")}</span><span>{receivers.nameOf(value.scheme_id) || "–"}</span></div>}
        <Maybe label={t("fallback_queue")} none={t("fallback_none")} hint={t("fallback_hint")} options={Object.values(queues).map((one) => ({ id: one.id, text: one.name }))} value={text(value, "fallback_queue_id")} onChange={(next) => set("fallback_queue_id", next)} />
        <ProjectSelect value={value.project_id} onChange={(project_id) => patch({ project_id })} error={err("project_id")} />
        <Checkbox isSelected={value.enabled} onChange={(enabled) => patch({ enabled })}>{t("channel_enabled")}<br /><span className="hint">{t("channel_enabled_hint")}</span></Checkbox>
      </Part>
    </Form>
  );
}

export default function ChannelsPage({ open }: SectionPageProps) {
  const t = useT();
  const loaded = useLoad(async () => (await api.list()).channels);
  const receivers = useReceivers();
  const { queues, projects } = useDesk((state) => ({ queues: state.queues, projects: state.projects }));
  const kindName = useChannelName();
  const ready = { ...loaded, data: receivers.loaded.data || receivers.loaded.problem ? loaded.data : undefined };
  return (
    <Section<Channel> section="channels" title={t("channels")} icon="chat" right="channels.write" loaded={ready} rowId={(row) => row.id} add={t("channel_add")} open={open}
      words={(row) => `${row.name} ${kindName(row.kind)}`} empty={{ title: t("channels_empty"), text: t("channels_empty_text") }}
      columns={(narrow) => [
        { id: "name", title: t("name"), cell: (row) => <span className="flex"><ChannelIcon kind={row.kind} look="xs" /><span className="cut" title={row.name}>{row.name}</span></span> },
        { id: "state", title: t("state"), cell: (row) => <HealthMark channel={row} /> },
        { id: "scheme", title: t("received_by"), cell: (row) => <span className="cut">{receivers.nameOf(receivers.schemeOf(row.id)) || (text(row, "fallback_queue_id") ? t("queue_named", { name: queues[text(row, "fallback_queue_id")]?.name ?? "" }) : <span className="t warn">{t("nobody")}</span>)}</span> },
        ...(narrow ? [] : [{ id: "project", title: t("project"), cell: (row: Channel) => projects[row.project_id]?.name ?? "–" }]),
      ]}
      form={(id, row) => <ChannelPanel key={id} stored={row} loaded={loaded} receivers={receivers} />} />
  );
}
