import { useState } from "react";
import { routing } from "../../../api/api";
import type { Finding, SimulatedStep, Verb } from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { duration, moment } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { Button } from "../../../ui/Button";
import { useChannelName } from "../../../ui/ChannelIcon";
import { Chip } from "../../../ui/Chip";
import { Popover } from "../../../ui/Popover";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import { toSeconds } from "../queue";
import { isLanguage, LANGUAGES } from "../../../i18n/languages";
import { wayOf, type Fix } from "./fixes";
import { nodeOf, type Graph, type Node } from "./graph";
import { useT, type SchemeText } from "./texts";
import { nameOf, wayText, type Names, type Say } from "./words";

const CODES = [
  "missing_start", "too_many_nodes", "duplicate_id", "unreachable", "unknown_target", "missing_exit", "no_options", "duplicate_key", "bad_key", "endless_loop", "forwarding_loop", "silent_loop", "no_text",
  "missing_language", "bad_template", "bad_expression", "unknown_name", "bad_variable", "unknown_queue", "unknown_calendar", "unknown_list", "bad_url", "host_not_allowed", "not_encrypted", "out_of_range",
];

/** `field` names the exit or the field of the step; an older server leaves it out. */
export type Found = Finding & { field?: string };

/** The exit or the language a finding is about. */
function detailOf(finding: Found, node: Node | undefined, t: Say): string {
  if (finding.code === "missing_language") {
    const code = / in ([a-z-]+)$/.exec(finding.message)?.[1] ?? "";
    return isLanguage(code) ? LANGUAGES[code] : code;
  }
  const way = node && wayOf(node, finding.field);
  return way && (finding.code === "missing_exit" || finding.code === "unknown_target") ? wayText(way, t) : "";
}

/** A finding in the language of the page; an unknown code says what the server said. */
export function useFindingText(graph: Graph): (finding: Found) => { text: string; remedy: string } {
  const t = useT();
  return (finding) => {
    if (!CODES.includes(finding.code)) return { text: finding.message, remedy: finding.remedy };
    const detail = detailOf(finding, nodeOf(graph, finding.node_id), t);
    return { text: detail ? t(`f_${finding.code}_at` as SchemeText, { detail }) : t(`f_${finding.code}` as SchemeText), remedy: t(`r_${finding.code}` as SchemeText, { detail: finding.message }) };
  };
}

export function Findings({ findings, graph, fixOf, onStep, onFix, fresh }: { findings: readonly Finding[]; graph: Graph; fixOf: (finding: Finding) => Fix | undefined; onStep: (node: string) => void; onFix: ((fix: Fix) => void) | undefined; fresh: boolean }) {
  const t = useT();
  const say = useFindingText(graph);
  const errors = findings.filter((one) => one.severity === "error").length;
  const hints = findings.length - errors;
  return (
    <section aria-label={t("findings")}>
      <header><h2>{t("findings")}</h2>{errors > 0 && <Chip kind="crit">{t("errors", { count: errors })}</Chip>}{hints > 0 && <Chip kind="warn">{t("hints", { count: hints })}</Chip>}{!fresh && <span className="sm dim end">{t("checking")}</span>}</header>
      <div className="scroll grow" role="region" aria-label={t("findings_list")} tabIndex={0}>
        {findings.length === 0 && <div className="vl"><Icon name="ok" size="s" /><p>{t("no_findings")}</p></div>}
        {findings.map((finding, index) => {
          const { text, remedy } = say(finding);
          const node = nodeOf(graph, finding.node_id);
          const fix = onFix && fixOf(finding);
          return (
            <div key={index} className={`vl ${finding.severity}`}>
              <Icon name={finding.severity === "error" ? "stop" : "alert"} size="s" />
              <p>{node ? <b className="m">{nameOf(node, t)}: </b> : ""}{text} <span className="hint">{remedy}</span>
                {fix && <><br /><Button size="sm" icon="bolt" onPress={() => onFix(fix)}>{t(`fix_${fix.kind}`, { name: fix.name })}</Button></>}</p>
              {node && <Button kind="link" size="sm" aria-label={t("to_step_named", { name: nameOf(node, t) })} onPress={() => onStep(node.id)}>{t("to_step")}</Button>}
            </div>
          );
        })}
      </div>
    </section>
  );
}

const WHY = ["awaits_input", "awaits_http", "awaits_queue", "accepted", "closed", "abandoned", "blocked_caller", "unlisted_caller", "no_way_on", "unknown_node", "step_limit", "lifetime_limit", "not_awaited", "already_ended"];

function useVerbText(names: Names): (verb: Verb) => string {
  const t = useT();
  return (verb) => {
    if (verb.say) return t("v_say", { text: verb.say.text });
    if (verb.menu) return t("v_menu", { text: verb.menu.text, options: verb.menu.options.map((one) => `${one.key} ${one.label}`).join(" · ") });
    if (verb.enqueue) return t("v_enqueue", { queue: names.queue(verb.enqueue.queue_id) || verb.enqueue.queue_id });
    if (verb.close) return verb.close.text ? t("v_close_text", { text: verb.close.text }) : t("v_close");
    return t("v_wait");
  };
}

const local = (at: Date) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** What would happen: the same rules as for customers, with a counted clock. */
export function Simulator({ scheme, graph, names, save, onPath }: { scheme: string; graph: Graph; names: Names; save: () => Promise<boolean>; onPath: (nodes: ReadonlySet<string>) => void }) {
  const t = useT();
  const say = useProblemText();
  const kindName = useChannelName();
  const verbText = useVerbText(names);
  const [channel, setChannel] = useState("webchat");
  const [caller, setCaller] = useState("");
  const [at, setAt] = useState(() => local(new Date()));
  const [inputs, setInputs] = useState<string[]>(["1"]);
  const [typed, setTyped] = useState("");
  const [steps, setSteps] = useState<SimulatedStep[]>();
  const check = useAction(async () => {
    if (!(await save())) return;
    const moment = new Date(at);
    const answer = await routing.simulate(scheme, { version: 0, channel, caller, inputs, ...(Number.isNaN(moment.getTime()) ? {} : { at: moment.toISOString() }) });
    setSteps(answer.steps);
    onPath(new Set(answer.steps.flatMap((step) => step.decision?.path ?? [])));
  });
  const add = (text: string) => {
    setInputs([...inputs, text]);
    setTyped("");
  };
  const form = (
    <form className="fields sim-form" onSubmit={(event) => { event.preventDefault(); if (typed.trim()) add(typed.trim()); else void check.run(); }}>
      <div className="pair"><Select label={t("channel")} value={channel} onChange={setChannel} options={["webchat", "telegram", "voice"].map((id) => ({ id, text: kindName(id) }))} /><TextField label={t("caller")} placeholder="+380671234567" value={caller} onChange={setCaller} /></div>
      <TextField label={t("when")} type="datetime-local" value={at} onChange={setAt} />
      <TextField label={t("answers")} hint={t("answers_hint")} value={typed} onChange={setTyped} />
      <div className="flex"><Button type="submit" icon="plus" isDisabled={!typed.trim()}>{t("add")}</Button><Button onPress={() => add("")}>{t("silence")}</Button></div>
      <div className="chips" aria-label={t("answers")} role="group">
        {inputs.map((input, index) => <Button key={index} size="sm" iconEnd="x" aria-label={t("remove_named", { name: input || t("silence") })} onPress={() => setInputs(inputs.toSpliced(index, 1))}>{input || t("silence")}</Button>)}
        {inputs.length === 0 && <span className="hint">{t("answers_none")}</span>}
      </div>
    </form>
  );
  const asked = [moment(at), kindName(channel), inputs.map((input) => input || t("silence")).join(", ") || "–"].join(" · ");
  return (
    <section aria-label={t("check_path")}>
      <header><h2 className="nw">{t("check_path")}</h2><span className="end flex"><Popover label={t("what_to_check")} trigger={<Button size="sm" iconEnd="down" aria-label={t("what_to_check_is", { what: asked })}><span className="cut asked">{asked}</span></Button>}>{form}</Popover>
        <Button size="sm" icon="play" isPending={check.pending} onPress={() => void check.run()}>{t("check")}</Button></span></header>
      <div className="scroll grow" tabIndex={0} role="region" aria-label={t("what_happens")}>
        {check.problem && <div className="problem" role="alert"><Icon name="stop" size="s" /><span>{say(check.problem)}</span></div>}
        {!steps && !check.problem && <p className="hint more-row">{t("check_hint")}</p>}
        <ol className="trace" aria-live="polite">
          {steps?.map((step, index) => {
            const why = step.decision?.why.toLowerCase() ?? "";
            const path = step.decision?.path ?? [];
            const entered = index === 0 ? t("t_started") : inputs[index - 1] === "" ? t("t_silence") : t("t_input", { text: inputs[index - 1] ?? "" });
            return [
              <li key={`${index} e`}><span className="dim">{duration(toSeconds(step.after))}</span><span className="m">{entered}</span></li>,
              path.length > 0 && <li key={`${index} p`}><span /><span>{path.map((id) => nameOf(nodeOf(graph, id), t)).join(" → ")}</span></li>,
              ...step.verbs.map((verb, at) => <li key={`${index} ${at}`}><span /><span className="said">{verbText(verb)}</span></li>),
              step.verbs.length === 0 && <li key={`${index} w`}><span /><span className="said">{WHY.includes(why) ? t(`y_${why}` as SchemeText) : step.decision?.why}</span></li>,
            ];
          })}
        </ol>
      </div>
    </section>
  );
}
