import { useEffect, useRef, useState, type ReactNode } from "react";
import type { Calendar, CallerList, Finding, Queue } from "../../../api/types.gen";
import { Icon } from "../../../design/Icon";
import { LANGUAGES, LANGUAGE_CODES, isLanguage } from "../../../i18n/languages";
import { Button } from "../../../ui/Button";
import { Checkbox, Switch } from "../../../ui/Checkbox";
import { IconButton } from "../../../ui/IconButton";
import { KeyCap } from "../../../ui/KeyCap";
import { NumberField } from "../../../ui/NumberField";
import { Segmented } from "../../../ui/Segmented";
import { Select } from "../../../ui/Select";
import { TextArea, TextField } from "../../../ui/TextField";
import { OpenNow } from "../HoursPage";
import { CallForm } from "./CallForm";
import { NONE } from "../pickers";
import { exits, KINDS, readSkills, withExit, writeSkills, type Exit, type Goto, type Graph, type Kind, type Node, type Row, type Text } from "./graph";
import { useT, type SchemeText } from "./texts";
import { ICONS, kindText, nameOf, wayText } from "./words";

export interface World { queues: readonly Queue[]; calendars: readonly Calendar[]; lists: readonly CallerList[] }
const languageName = (code: string) => (isLanguage(code) ? LANGUAGES[code] : code);
const OUTCOMES = ["closed", "after_hours", "no_answer", "solved", "blocked"] as const;

/** One text in every language of the scheme. */
function Texts({ label, hint, value, languages, onChange, rows, short }: { label: string; hint?: ReactNode; value: Text; languages: readonly string[]; onChange: (text: Text) => void; rows?: number; short?: boolean }) {
  const t = useT();
  const [chosen, setChosen] = useState(languages[0] ?? "en");
  const code = languages.includes(chosen) ? chosen : (languages[0] ?? "en");
  const missing = languages.filter((one) => !value[one]?.trim());
  const change = (text: string) => onChange({ ...value, [code]: text });
  return (
    <div className="col gap">
      {languages.length > 1 && <div className="lang-tabs"><Segmented label={t("text_language", { label })} value={code} onChange={setChosen} options={languages.map((one) => ({ id: one, text: missing.includes(one) ? `${one} ·` : one }))} />
        {missing.length > 0 && missing.length < languages.length && <span className="end sm">{t("missing_in", { languages: missing.map(languageName).join(", ") })}</span>}</div>}
      {short ? <TextField key={code} label={label} hint={hint} value={value[code] ?? ""} onChange={change} lang={code} /> : <TextArea key={code} label={label} hint={hint} rows={rows ?? 3} value={value[code] ?? ""} onChange={change} />}
    </div>
  );
}

/** Name → text pairs: variables, headers, fields of an answer. */
function Pairs({ label, value, onChange, nameHint, textHint }: { label: string; value: Readonly<Record<string, string>>; onChange: (value: Record<string, string>) => void; nameHint: string; textHint: string }) {
  const t = useT();
  const [name, setName] = useState("");
  const add = () => {
    const key = name.trim();
    if (key && !(key in value)) onChange({ ...value, [key]: "" });
    setName("");
  };
  return (
    <div className="part bare" role="group" aria-label={label}><h3>{label}</h3>
      {Object.entries(value).map(([key, text]) => (
        <div key={key} className="flex"><TextField label={key} placeholder={textHint} value={text} onChange={(next) => onChange({ ...value, [key]: next })} /><IconButton icon="x" size="sm" label={t("remove_named", { name: key })} onPress={() => onChange(Object.fromEntries(Object.entries(value).filter(([one]) => one !== key)))} /></div>
      ))}
      <div className="flex"><TextField aria-label={nameHint} label="" placeholder={nameHint} value={name} onChange={setName} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} /><Button icon="plus" size="sm" isDisabled={!name.trim()} onPress={add}>{t("add")}</Button></div>
    </div>
  );
}

/** Skills as one line of text; read when the field is left. */
function Skills({ value, onChange }: { value: Readonly<Record<string, number>>; onChange: (skills: Record<string, number>) => void }) {
  const t = useT();
  const [text, setText] = useState(writeSkills(value));
  const leave = () => { const skills = readSkills(text); setText(writeSkills(skills)); onChange(skills); };
  return <TextField label={t("skills")} hint={t("skills_hint")} value={text} onChange={setText} onBlur={leave} />;
}

function Target({ graph, way, value, onChange, self }: { graph: Graph; way: Exit | undefined; value: Goto; onChange: (to: Goto) => void; self?: string }) {
  const t = useT();
  const label = way ? wayText(way, t) : t("first_step");
  const required = way === undefined || way.need === "required";
  return (
    <Select aria-label={t("leads_to", { way: label })} label="" error={value === null && required ? t("choose_step") : undefined} placeholder={t("choose_step")} value={value ?? NONE} onChange={(id) => onChange(id === NONE ? null : id)}
      options={[{ id: NONE, text: t(way?.need === "optional" ? `default_${way.way}` as SchemeText : "not_chosen") }, ...graph.nodes.map((node) => ({ id: node.id, text: nameOf(node, t), before: <Icon name={ICONS[node.kind]} size="s" />, ...(node.id === self ? { hint: t("itself") } : {}) }))]} />
  );
}

function Ways({ graph, node, only, onChange }: { graph: Graph; node: Node; only?: (way: Exit) => boolean; onChange: (node: Node) => void }) {
  const t = useT();
  const ways = exits(node).filter(only ?? (() => true));
  if (ways.length === 0) return null;
  return (
    <div className="part bare" role="group" aria-label={t("ways")}><h3>{t("ways")}</h3>
      <div className="ways">{ways.map((way) => <div key={way.at} className="br"><span className="on sm">{wayText(way, t)}</span><Target graph={graph} way={way} value={way.to} self={node.id} onChange={(to) => onChange(withExit(node, way.at, to))} /><span /></div>)}</div>
    </div>
  );
}

export function NodeForm({ node, graph, world, onChange }: { node: Node; graph: Graph; world: World; onChange: (node: Node) => void }) {
  const t = useT();
  const { languages } = graph;
  const set = (change: object) => onChange({ ...node, ...change } as Node);
  const int = (next: number, old: number) => (Number.isNaN(next) ? old : Math.round(next));
  const name = <TextField label={t("name")} value={node.name} placeholder={t(kindText(node.kind))} onChange={(next) => set({ name: next })} />;
  switch (node.kind) {
    case "say":
      return <>{name}<Texts label={t("what_to_say")} hint={t("names_hint")} value={node.text} languages={languages} onChange={(text) => set({ text })} /><Ways graph={graph} node={node} onChange={onChange} /></>;
    case "close":
      return <>{name}<Texts label={t("last_words")} hint={t("last_words_hint")} value={node.text} languages={languages} onChange={(text) => set({ text })} />
        <Select label={t("outcome")} hint={t("outcome_hint")} value={node.outcome} onChange={(outcome) => set({ outcome })} options={[...new Set([...OUTCOMES, node.outcome])].map((id) => ({ id, text: (OUTCOMES as readonly string[]).includes(id) ? t(`out_${id}` as SchemeText) : id }))} /></>;
    case "menu":
      return <>{name}<Texts label={t("what_to_ask")} hint={t("menu_hint")} value={node.text} languages={languages} onChange={(text) => set({ text })} />
        <div className="part bare" role="group" aria-label={t("options")}><h3>{t("options")}</h3>
          {node.options.map((option, index) => {
            const change = (part: object) => set({ options: node.options.map((one, at) => (at === index ? { ...one, ...part } : one)) });
            const swap = (step: number) => { const [one, other] = [node.options[index], node.options[index + step]]; if (one && other) set({ options: node.options.with(index, other).with(index + step, one) }); };
            const twice = node.options.some((one, at) => at < index && one.key === option.key);
            return (
              <div key={index} className="opt-card" role="group" aria-label={t("option_no", { key: option.key })}>
                <div className="flex top"><div className="field key"><TextField label={t("key")} value={option.key} maxLength={3} onChange={(key) => change({ key })} error={!option.key ? t("key_needed") : twice ? t("key_twice") : undefined} /></div>
                  <span className="end flex"><IconButton icon="up" size="sm" label={t("move_up", { name: option.key })} isDisabled={index === 0} onPress={() => swap(-1)} /><IconButton icon="down" size="sm" label={t("move_down", { name: option.key })} isDisabled={index === node.options.length - 1} onPress={() => swap(1)} />
                    <IconButton icon="x" size="sm" label={t("remove_named", { name: option.key })} onPress={() => set({ options: node.options.toSpliced(index, 1) })} /></span></div>
                <Texts label={t("button_text")} short value={option.label} languages={languages} onChange={(label) => change({ label })} />
                <Target graph={graph} way={exits(node)[index]} value={option.next} self={node.id} onChange={(next) => change({ next })} />
              </div>
            );
          })}
          <div><Button size="sm" icon="plus" onPress={() => set({ options: [...node.options, { key: String(node.options.length + 1), label: {}, next: null }] })}>{t("option_add")}</Button></div>
        </div>
        <div className="pair"><NumberField label={t("wait_input")} unit={t("s")} minValue={1} maxValue={600} value={node.timeout_s} onChange={(next) => set({ timeout_s: int(next, node.timeout_s) })} /><NumberField label={t("repeats")} minValue={0} maxValue={10} value={node.repeats} onChange={(next) => set({ repeats: int(next, node.repeats) })} /></div>
        <Ways graph={graph} node={node} only={(way) => way.way !== "option"} onChange={onChange} /></>;
    case "hours": {
      const calendar = world.calendars.find((one) => one.id === node.calendar_id);
      return <>{name}<Select label={t("calendar")} hint={world.calendars.length === 0 ? t("no_calendars") : t("hours_vars")} error={node.calendar_id && !calendar && world.calendars.length ? t("gone") : undefined} value={node.calendar_id} onChange={(calendar_id) => set({ calendar_id })} options={world.calendars.map((one) => ({ id: one.id, text: one.name }))} />
        {calendar && <OpenNow calendar={calendar} />}<Ways graph={graph} node={node} onChange={onChange} /></>;
    }
    case "caller_list":
      return <>{name}<Select label={t("list")} hint={world.lists.length === 0 ? t("no_lists") : t("list_hint")} value={node.list_id} onChange={(list_id) => set({ list_id })} options={world.lists.map((one) => ({ id: one.id, text: one.name, hint: String(one.patterns.length) }))} /><Ways graph={graph} node={node} onChange={onChange} /></>;
    case "enqueue":
      return <>{name}<Select label={t("queue")} hint={world.queues.length === 0 ? t("no_queues") : undefined} value={node.queue_id} onChange={(queue_id) => set({ queue_id, ...(node.name ? {} : { name: world.queues.find((one) => one.id === queue_id)?.name ?? "" }) })} options={world.queues.map((one) => ({ id: one.id, text: one.name }))} />
        <Texts label={t("queue_greeting")} hint={t("queue_greeting_hint")} rows={2} value={node.greeting} languages={languages} onChange={(greeting) => set({ greeting })} />
        <div className="pair"><NumberField label={t("max_wait")} unit={t("s")} minValue={1} maxValue={86400} step={10} value={node.max_wait_s} onChange={(next) => set({ max_wait_s: int(next, node.max_wait_s) })} /><NumberField label={t("priority")} hint={t("priority_hint")} value={node.priority} onChange={(next) => set({ priority: int(next, node.priority) })} /></div>
        <Skills key={node.id} value={node.skills} onChange={(skills) => set({ skills })} />
        <Ways graph={graph} node={node} onChange={onChange} /></>;
    case "condition":
      return <>{name}<div className="part bare" role="group" aria-label={t("branches")}><h3>{t("branches")}</h3><p className="hint">{t("expression_hint")}</p>
        {node.branches.map((branch, index) => {
          const change = (part: object) => set({ branches: node.branches.map((one, at) => (at === index ? { ...one, ...part } : one)) });
          return <div key={index} className="opt-card"><div className="flex top"><TextField label={t("when_no", { number: index + 1 })} placeholder={'contact.language == "uk"'} value={branch.when} onChange={(when) => change({ when })} error={branch.when.trim() ? undefined : t("when_needed")} /><IconButton icon="x" size="sm" label={t("remove_named", { name: branch.when })} onPress={() => set({ branches: node.branches.toSpliced(index, 1) })} /></div>
            <Target graph={graph} way={exits(node)[index]} value={branch.next} self={node.id} onChange={(next) => change({ next })} /></div>;
        })}
        <div><Button size="sm" icon="plus" onPress={() => set({ branches: [...node.branches, { when: "", next: null }] })}>{t("branch_add")}</Button></div></div>
        <Ways graph={graph} node={node} only={(way) => way.way === "otherwise"} onChange={onChange} /></>;
    case "set_variables":
      return <>{name}<p className="hint">{t("set_hint")}</p><Pairs label={t("variables")} value={node.values} onChange={(values) => set({ values })} nameHint={t("variable_name")} textHint="{{contact.name}}" /><Ways graph={graph} node={node} onChange={onChange} /></>;
    case "http":
      return <>{name}<p className="hint">{t("http_hint")}</p>
        <Select label={t("method")} value={node.method} onChange={(method) => set({ method })} options={["GET", "POST", "PUT", "PATCH", "DELETE"].map((id) => ({ id, text: id }))} />
        <TextField label={t("url")} placeholder="https://crm.example/api/clients/{{caller}}" value={node.url} onChange={(url) => set({ url })} error={!node.url || /^https?:\/\/[A-Za-z0-9.-]+/.test(node.url) ? undefined : t("bad_url_local")} />
        <Pairs label={t("headers")} value={node.headers} onChange={(headers) => set({ headers })} nameHint={t("header_name")} textHint="" />
        {node.method !== "GET" && <TextArea label={t("body")} rows={3} value={node.body} onChange={(body) => set({ body })} />}
        <NumberField label={t("http_timeout")} unit={t("s")} minValue={1} maxValue={5} value={node.timeout_s} onChange={(next) => set({ timeout_s: int(next, node.timeout_s) })} />
        <Pairs label={t("save_answer")} value={node.save} onChange={(save) => set({ save })} nameHint={t("variable_name")} textHint="customer.tier" />
        <Ways graph={graph} node={node} onChange={onChange} /></>;
    default:
      return <CallForm node={node} queues={world.queues} name={name} ways={<Ways graph={graph} node={node} onChange={onChange} />} onChange={set}
        texts={(label, value, hint) => <Texts label={label} hint={hint} value={value} languages={languages} onChange={(text) => set({ text })} />} />;
  }
}

/** What to add: a list of kinds with a line on each; the first has the focus. */
export function AddStep({ where, onPick, onClose, queues }: { where: string; onPick: (kind: Kind) => void; onClose: () => void; queues: number }) {
  const t = useT();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => list.current?.querySelector("button")?.focus(), []);
  return (
    <>
      <header><Icon name="plus" /><h2 className="grow cut">{t("add_step")}</h2><IconButton icon="x" label={t("close_adding")} onPress={onClose} /></header>
      <div className="scroll grow form" ref={list} onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        event.preventDefault();
        const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
        buttons[(buttons.indexOf(document.activeElement as HTMLButtonElement) + (event.key === "ArrowDown" ? 1 : buttons.length - 1)) % buttons.length]?.focus();
      }}>
        <p className="hint">{where}</p>
        {KINDS.map((kind) => (
          <Button key={kind} block className="kind" onPress={() => onPick(kind)}><Icon name={ICONS[kind]} /><span className="col"><span>{t(kindText(kind))}</span><span className="hint">{t(`${kindText(kind)}_what` as SchemeText)}{kind === "enqueue" && queues === 0 ? ` ${t("no_queues")}` : ""}</span></span></Button>
        ))}
      </div>
    </>
  );
}

/** The scheme itself: name, languages, the first step, who comes here. */
export function SchemeForm({ name, graph, onName, onGraph, bindings }: { name: string; graph: Graph; onName: (name: string) => void; onGraph: (graph: Graph) => void; bindings: ReactNode }) {
  const t = useT();
  const toggle = (code: string, on: boolean) => onGraph({ ...graph, languages: on ? [...graph.languages, code] : graph.languages.filter((one) => one !== code) });
  return (
    <>
      <TextField label={t("scheme_name")} value={name} onChange={onName} error={name.trim() ? undefined : t("name_needed")} />
      <div className="part bare" role="group" aria-label={t("languages")}><h3>{t("languages")}</h3>
        {LANGUAGE_CODES.map((code) => (
          <div key={code} className="flex"><div className="grow"><Checkbox isSelected={graph.languages.includes(code)} isDisabled={graph.languages.length === 1 && graph.languages[0] === code} onChange={(on) => toggle(code, on)}>{LANGUAGES[code]}{graph.languages[0] === code && <span className="hint"> · {t("default_language")}</span>}</Checkbox></div>
            {graph.languages.includes(code) && graph.languages[0] !== code && <Button size="sm" kind="plain" onPress={() => onGraph({ ...graph, languages: [code, ...graph.languages.filter((one) => one !== code)] })}>{t("make_default_language")}</Button>}</div>
        ))}
        <p className="hint">{t("languages_hint")}</p>
      </div>
      <div className="part bare" role="group" aria-label={t("first_step")}><h3>{t("first_step")}</h3><Target graph={graph} way={undefined} value={graph.start} onChange={(start) => onGraph({ ...graph, start })} /></div>
      {bindings}
    </>
  );
}

/** Numbers and channels of the company, each with a switch: it takes effect at once. */
export function Bound({ addresses, mine, taken, onBind, live }: { addresses: readonly { id: string; text: string }[]; mine: (address: string) => boolean; taken: (address: string) => string; onBind: (address: string, on: boolean) => void; live: boolean }) {
  const t = useT();
  return (
    <div className="part bare" role="group" aria-label={t("comes_here")}><h3>{t("comes_here")}</h3>
      <p className="hint">{t(addresses.length === 0 ? "no_addresses" : live ? "bound_hint" : "bound_not_live")}</p>
      <div className="checks">{addresses.map((one) => <Switch key={one.id} isSelected={mine(one.id)} onChange={(on) => onBind(one.id, on)}>{one.text}{!mine(one.id) && taken(one.id) && <span className="hint"> · {t("taken_by", { name: taken(one.id) })}</span>}</Switch>)}</div>
    </div>
  );
}

export function GapForm({ row, graph, onConnect, onAdd }: { row: Row; graph: Graph; onConnect: (to: Goto) => void; onAdd: () => void }) {
  const t = useT();
  const from = graph.nodes.find((one) => one.id === row.from);
  return (
    <>
      <p>{t("gap_text", { step: nameOf(from, t), way: row.way ? wayText(row.way, t) : "" })}</p>
      <div className="ways"><Target graph={graph} way={row.way} value={null} onChange={onConnect} /></div>
      <div><Button icon="plus" onPress={onAdd}>{t("add_step")} <KeyCap keys="Insert" /></Button></div>
    </>
  );
}

export function NodeFindings({ findings, children }: { findings: readonly Finding[]; children: (finding: Finding) => ReactNode }) {
  if (findings.length === 0) return null;
  return <div className="col gap">{findings.map((finding, index) => <div key={index} className={finding.severity === "error" ? "answer bad" : "answer warn-answer"}><Icon name={finding.severity === "error" ? "stop" : "alert"} size="s" />{children(finding)}</div>)}</div>;
}
