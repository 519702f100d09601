/** The lead catcher of a site: its words, where leads go, and with PRO its design and the chats that get them. */
import { useState } from "react";
import { Link } from "wouter";
import { leads as api } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { moment } from "../../../i18n/format";
import { LANGUAGES, LANGUAGE_CODES } from "../../../i18n/languages";
import { useProblemText } from "../../../i18n/problems";
import { useDesk } from "../../../rt/store";
import { Banner } from "../../../ui/Banner";
import { Button } from "../../../ui/Button";
import { ChannelIcon } from "../../../ui/ChannelIcon";
import { Checkbox, Switch } from "../../../ui/Checkbox";
import { Chip } from "../../../ui/Chip";
import { IconButton } from "../../../ui/IconButton";
import { NumberField } from "../../../ui/NumberField";
import { Segmented } from "../../../ui/Segmented";
import { Select } from "../../../ui/Select";
import { Skeleton } from "../../../ui/Skeleton";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { Copied, Maybe } from "../pickers";
import { Part } from "../Section";
import { contrast, isColour, MESSENGERS, READABLE, STARTING_THEME } from "./lead";
import { useT } from "./texts";

type Set = (change: Partial<T.LeadCatcher>) => void;
interface PieceProps { value: T.LeadCatcher; set: Set }

function Words({ value, set }: PieceProps) {
  const t = useT();
  const [language, setLanguage] = useState<(typeof LANGUAGE_CODES)[number]>("uk");
  const one = (name: "title" | "intro" | "consent") => ({ value: value[name][language] ?? "", onChange: (text: string) => set({ [name]: { ...value[name], [language]: text } }), hint: t("lead_own_words") });
  return (
    <>
      <Segmented label={t("lead_words")} options={LANGUAGE_CODES.map((id) => ({ id, text: LANGUAGES[id] }))} value={language} onChange={setLanguage} />
      <TextField label={t("lead_head")} maxLength={80} {...one("title")} />
      <TextField label={t("lead_intro")} maxLength={300} {...one("intro")} />
      <TextArea label={t("lead_consent")} rows={2} maxLength={600} {...one("consent")} />
    </>
  );
}

function Theme({ value, set, pro }: PieceProps & { pro: boolean }) {
  const t = useT();
  const theme = value.theme;
  const change = (part: Partial<T.LeadTheme>) => set({ theme: { ...STARTING_THEME, ...theme, ...part } });
  const colour = (name: "background" | "text" | "accent") => {
    const now = theme?.[name] ?? "";
    const error = !isColour(now) ? "#1a6cff" : name === "text" && theme && isColour(theme.background) && contrast(theme.background, now) < READABLE ? t("lead_unreadable") : undefined;
    return <TextField label={t(`lead_${name}`)} value={now} onChange={(next) => change({ [name]: next })} {...(error ? { error } : {})}
      after={<input type="color" className="swatch" aria-label={t("lead_pick", { what: t(`lead_${name}`) })} value={isColour(now) ? now : "#1a6cff"} onChange={(event) => change({ [name]: event.target.value })} />} />;
  };
  return (
    <>
      <Checkbox isSelected={Boolean(theme)} isDisabled={!pro && !theme} onChange={(on) => set({ theme: on ? { ...STARTING_THEME } : undefined } as Partial<T.LeadCatcher>)}>{t("lead_theme")} <Chip kind="acc">PRO</Chip></Checkbox>
      {theme && <>
        {colour("background")}{colour("text")}{colour("accent")}
        <NumberField label={t("lead_radius")} unit={t("lead_px")} minValue={0} maxValue={32} value={theme.radius} onChange={(radius) => change({ radius: Number.isNaN(radius) ? 0 : radius })} />
        <Select label={t("lead_font")} options={(["system", "serif", "mono"] as const).map((id) => ({ id, text: t(`lead_font_${id}`) }))} value={(theme.font || "system") as "system"} onChange={(font) => change({ font })} />
      </>}
    </>
  );
}

function Messengers({ value, set, pro }: PieceProps & { pro: boolean }) {
  const t = useT();
  const say = useProblemText();
  const bots = useDesk((state) => Object.values(state.channels).filter((one) => (MESSENGERS as readonly string[]).includes(one.kind)));
  const chats = useLoad(async () => (await api.chats()).chats);
  const code = useAction(api.code);
  const drop = useAction(api.dropChat);
  const [made, setMade] = useState<T.MakeLeadCodeResponse>();
  const chosen = value.messenger_ids;
  const problem = code.problem ?? drop.problem ?? chats.problem;
  return (
    <div className="col gap" role="group" aria-label={t("lead_messengers")}>
      <div><b className="m">{t("lead_messengers")}</b> <Chip kind="acc">PRO</Chip><p className="hint">{t(bots.length ? "lead_messengers_hint" : "lead_no_bots")}</p></div>
      {bots.map((bot) => <Checkbox key={bot.id} isSelected={chosen.includes(bot.id)} isDisabled={!pro && !chosen.includes(bot.id)} onChange={(on) => set({ messenger_ids: on ? [...chosen, bot.id] : chosen.filter((one) => one !== bot.id) })}><span className="flex"><ChannelIcon kind={bot.kind} look="xs" />{bot.name}</span></Checkbox>)}
      <div><b className="m">{t("lead_chats")}</b>{chats.data?.length === 0 && <p className="hint">{t("lead_no_chats")}</p>}</div>
      <ul className="col">{(chats.data ?? []).map((chat) => (
        <li key={chat.id} className="flex"><ChannelIcon kind={chat.channel} look="xs" /><span className="cut grow" dir="auto">{chat.name || t("lead_nameless")}</span>
          <IconButton icon="x" size="sm" label={t("lead_drop", { name: chat.name || t("lead_nameless") })} onPress={() => void drop.run(chat.id).then(chats.reload)} /></li>
      ))}</ul>
      {pro && bots.length > 0 && <div><Button icon="plus" isPending={code.pending} onPress={() => void code.run().then((answer) => answer && setMade(answer))}>{t("lead_code")}</Button> <IconButton icon="refresh" label={t("lead_load_again")} onPress={chats.reload} /></div>}
      {made && <div aria-live="polite"><Copied label={t("lead_code_label")} text={made.code} /><p className="hint">{t("lead_code_hint", { until: moment(made.until ?? "") })}</p></div>}
      {problem && <Banner kind="crit">{say(problem)}</Banner>}
    </div>
  );
}

const STATE = { LEAD_DELIVERY_STATE_WAITING: ["lead_waiting", "info"], LEAD_DELIVERY_STATE_SENT: ["lead_sent", "ok"], LEAD_DELIVERY_STATE_FAILED: ["lead_failed", "crit"], LEAD_DELIVERY_STATE_UNSPECIFIED: ["lead_waiting", "info"] } as const;

function Newest({ channel }: { channel: string }) {
  const t = useT();
  const say = useProblemText();
  const found = useLoad(async () => (await api.newest(channel)).leads, [channel]);
  if (found.problem && !found.data) return <Banner kind="crit">{say(found.problem)}</Banner>;
  if (!found.data) return <Skeleton rows={2} />;
  if (found.data.length === 0) return <p className="hint">{t("lead_none")}</p>;
  return (
    <ul className="col gap">{found.data.map((lead) => (
      <li key={lead.id} className="col">
        <span className="flex"><Link href={`/inbox/${encodeURIComponent(lead.conversation_id)}`} title={t("lead_open")}>{moment(lead.at ?? "")}</Link>{lead.utm["utm_source"] && <Chip>{lead.utm["utm_source"]}</Chip>}</span>
        {lead.page && <span className="sm dim cut" title={lead.page}>{lead.page}</span>}
        {lead.deliveries.length === 0 ? <span className="sm dim">{t("lead_nowhere")}</span> : <span className="flex wrap">{lead.deliveries.map((way) => <Chip key={way.chat_id} kind={STATE[way.state][1]} title={way.chat_name}><ChannelIcon kind={way.channel} look="xs" /> {t(STATE[way.state][0])}</Chip>)}</span>}
        {lead.deliveries.filter((way) => way.failure).map((way) => <span key={way.chat_id} className="hint">{way.chat_name || t("lead_nameless")}: {way.failure}</span>)}
      </li>
    ))}</ul>
  );
}

function Editor({ stored, pro, onSaved }: { stored: T.LeadCatcher; pro: boolean; onSaved: () => void }) {
  const t = useT();
  const say = useProblemText();
  const queues = useDesk((state) => state.queues);
  const [value, setValue] = useState(stored);
  const save = useAction(api.save);
  const set: Set = (change) => setValue((old) => ({ ...old, ...change }));
  const run = async () => {
    if (!(await save.run(value))) return;
    toast(t("lead_saved"));
    onSaved();
  };
  return (
    <>
      <Switch isSelected={value.enabled} onChange={(enabled) => set({ enabled })}>{t("lead_enabled")}</Switch>
      <Words value={value} set={set} />
      <TextField label={t("lead_privacy")} type="url" placeholder="https://shop.example/privacy" maxLength={300} value={value.privacy_url} onChange={(privacy_url) => set({ privacy_url })} />
      <TextField label={t("lead_region")} hint={t("lead_region_hint")} maxLength={2} placeholder="UA" value={value.region} onChange={(region) => set({ region: region.toUpperCase() })} />
      <Maybe label={t("lead_queue")} none={t("lead_queue_none")} options={Object.values(queues).map((one) => ({ id: one.id, text: one.name }))} value={value.queue_id} onChange={(queue_id) => set({ queue_id })} />
      {!pro && <Banner kind="info" action={<Link className="btn sm" href="/billing/services">{t("lead_order")}</Link>}>{t("lead_pro_needed")}</Banner>}
      <Theme value={value} set={set} pro={pro} />
      <Messengers value={value} set={set} pro={pro} />
      {save.problem && <Banner kind="crit">{say(save.problem)}</Banner>}
      <div><Button kind="primary" isPending={save.pending} onPress={() => void run()}>{t("lead_save")}</Button></div>
    </>
  );
}

export default function LeadCatcher({ channel }: { channel: string }) {
  const t = useT();
  const say = useProblemText();
  const loaded = useLoad(() => api.catcher(channel), [channel]);
  const catcher = loaded.data?.catcher;
  return (
    <>
      <Part title={t("lead_title")} hint={t("lead_hint")}>
        {loaded.problem ? <Banner kind="crit" action={<Button size="sm" onPress={loaded.reload}>{t("lead_load_again")}</Button>}>{say(loaded.problem)}</Banner>
          : !catcher ? <Skeleton rows={3} /> : <Editor key={catcher.rev} stored={catcher} pro={loaded.data?.pro ?? false} onSaved={loaded.reload} />}
      </Part>
      {catcher?.enabled && <Part title={t("lead_newest")}><Newest channel={channel} /></Part>}
    </>
  );
}
