/** Judging: on the left what was said, on the right the scorecard. */
import { useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { conversations, insight, media } from "../../api/api";
import { quality } from "../../api/quality";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { clock, duration, moment, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { RecordingPlayer } from "../../player/Recording";
import { myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { NumberField } from "../../ui/NumberField";
import { RadioGroup } from "../../ui/RadioGroup";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextArea } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { addressOf, scoreOf, type Points } from "./model";
import { EvaluationCard, Failed, scoreText, useName } from "./parts";
import { useT } from "./texts";

const WORDS: readonly T.MessageKind[] = ["MESSAGE_KIND_TEXT", "MESSAGE_KIND_MENU", "MESSAGE_KIND_NOTE"];
const LAST = 100;
/** Up to here a scale is a row of answers; above it is a number. */
const SHORT = 5;

function Heard({ call, name }: { call: string; name: string }) {
  const t = useT();
  const say = useProblemText();
  const found = useLoad(async () => (await media.recordings({ call_id: call, limit: 1 })).recordings[0] ?? null, [call]);
  if (found.problem) return <p className="sm mid">{say(found.problem)}</p>;
  if (found.data === undefined) return <Skeleton rows={2} />;
  return found.data ? <RecordingPlayer recording={found.data} name={name} /> : <p className="sm mid">{t("no_recording")}</p>;
}

function Transcript({ conversation, customer }: { conversation: string; customer: string }) {
  const t = useT();
  const say = useProblemText();
  const name = useName();
  const found = useLoad(() => conversations.messages(conversation, { limit: LAST }), [conversation]);
  if (found.problem && !found.data) return <p className="sm mid">{say(found.problem)}</p>;
  if (!found.data) return <Skeleton rows={5} />;
  const who = (one: T.Message) => (one.direction === "DIRECTION_IN" ? customer || t("customer") : one.author.startsWith("person:") ? name(one.author.slice(7)) : one.author_name || t("scheme"));
  return <>
    {found.data.more && <p className="sm mid">{t("only_last", { count: LAST })}</p>}
    <ol className="qu-said">{found.data.messages.filter((one) => WORDS.includes(one.kind)).map((one) => (
      <li key={one.seq} className={one.direction === "DIRECTION_IN" ? "in" : ""}><p className="sm mid flex"><span className="m cut" dir="auto">{who(one)}</span><span className="nw">{one.at ? clock(one.at) : ""}</span></p><p className="qu-words" dir="auto">{one.deleted ? t("deleted") : one.text || one.attachments.map((file) => file.name).join(", ")}</p></li>))}</ol>
  </>;
}

function Answer({ one, value, bad, onChange }: { one: T.Criterion; value: number | undefined; bad: boolean; onChange: (points: number) => void }) {
  const t = useT();
  const label = `${one.name}${one.fatal ? ` (${t("fatal")})` : ""}`;
  const error = bad ? t("answer_needed") : undefined;
  const hint = t("weighs", { weight: one.weight });
  if (one.scale > SHORT) return <NumberField label={label} hint={hint} error={error} minValue={0} maxValue={one.scale} unit={t("of", { scale: one.scale })} value={value ?? NaN} onChange={(points) => !Number.isNaN(points) && onChange(points)} />;
  const options = one.scale === 1 ? [{ id: "1", text: t("yes") }, { id: "0", text: t("no") }] : Array.from({ length: one.scale + 1 }, (_, points) => ({ id: String(points), text: String(points) }));
  return <RadioGroup inline label={label} hint={hint} error={error} options={options} value={value === undefined ? "" : String(value)} onChange={(id) => onChange(Number(id))} />;
}

interface Judging { interaction: T.InsightInteraction; cards: readonly T.Scorecard[]; made: readonly T.Evaluation[]; onSaved: () => void }

function Form({ interaction, cards, made, onSaved }: Judging) {
  const t = useT();
  const say = useProblemText();
  const name = useName();
  const me = useDesk(myId);
  const agents = useMemo(() => [...new Set(interaction.spells.map((one) => one.agent_id))].filter((one) => one !== me), [interaction, me]);
  const [agent, setAgent] = useState(agents.at(-1) ?? "");
  const [cardId, setCard] = useState(cards[0]?.id ?? "");
  const before = made.find((one) => one.evaluator_id === me && one.agent_id === agent && one.scorecard?.id === cardId);
  // An evaluation stays with the version it was begun with.
  const card = before?.scorecard ?? cards.find((one) => one.id === cardId);
  const [points, setPoints] = useState<Points>({});
  const [comment, setComment] = useState("");
  const [tried, setTried] = useState(false);
  const save = useAction(quality.evaluate);
  useEffect(() => {
    setPoints(before?.judgement?.points ?? {});
    setComment(before?.judgement?.comment ?? "");
    setTried(false);
  }, [agent, cardId, before?.id]); // eslint-disable-line react-hooks/exhaustive-deps
  if (agents.length === 0) return <Empty icon="user" title={t("own_work")}>{t("own_work_text")}</Empty>;
  if (!card) return <Empty icon="edit" title={t("no_cards")} actions={<Link className="btn" href="/quality/scorecards/new">{t("new_card")}</Link>}>{t("no_cards_text")}</Empty>;
  const score = scoreOf(card.criteria, points);
  const run = async () => {
    setTried(true);
    if (score === undefined) return;
    if (!(await save.run({ interaction_id: interaction.id, agent_id: agent, scorecard_id: card.id, version: card.version, points: { ...points }, comment }))) return;
    toast(t("evaluated"));
    onSaved();
  };
  const closed = before?.acknowledged_at !== undefined;
  return (
    <form className="form qu-form" aria-label={t("evaluation")} onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <div className="row">
        <Select label={t("agent")} options={agents.map((id) => ({ id, text: name(id) }))} value={agent} onChange={setAgent} />
        <Select label={t("scorecard")} options={cards.map((one) => ({ id: one.id, text: one.name }))} value={cardId} onChange={setCard} />
      </div>
      {closed ? <EvaluationCard it={before} /> : <>
        {card.criteria.map((one) => <Answer key={`${card.id}${one.id}`} one={one} value={points[one.id]} bad={tried && points[one.id] === undefined} onChange={(value) => setPoints((old) => ({ ...old, [one.id]: value }))} />)}
        <TextArea label={t("comment")} hint={t("comment_hint")} value={comment} onChange={setComment} maxLength={4000} rows={4} />
        {save.problem && <Banner kind="crit">{save.problem.reason === "STALE" ? t("stale") : say(save.problem)}</Banner>}
        <div className="actions"><span className="qu-score" role="status">{t("score_now", { score: scoreText(score) })}</span><Button kind="primary" type="submit" isPending={save.pending}>{t(before ? "save_change" : "save_evaluation")}</Button></div>
      </>}
    </form>
  );
}

export function EvaluateView({ interaction }: { interaction: string }) {
  const t = useT();
  const name = useName();
  const found = useLoad(async () => (await insight.interaction(interaction)).interaction, [interaction]);
  const cards = useLoad(async () => (await quality.scorecards()).scorecards);
  const made = useLoad(async () => (await quality.evaluations({ interaction_id: interaction, limit: 200 })).evaluations, [interaction]);
  const me = useDesk(myId);
  const problem = found.problem ?? cards.problem ?? made.problem;
  const it = found.data;
  if (problem && (!it || !cards.data || !made.data)) return <Failed problem={problem} onRetry={() => { found.reload(); cards.reload(); made.reload(); }} />;
  if (!it || !cards.data || !made.data) return <Skeleton rows={6} />;
  const [kind, id] = [interaction.slice(0, interaction.indexOf(":")), interaction.slice(interaction.indexOf(":") + 1)];
  const others = made.data.filter((one) => one.evaluator_id !== me);
  const customer = phone(it.party);
  return (
    <div className="qu-judge">
      <section className="scroll" tabIndex={0} role="region" aria-label={t("what_was_said")}><div className="page">
        <header className="flex"><h2 className="cut grow" dir="auto">{customer || t("hidden")}</h2>{addressOf(interaction) && <Link className="btn sm" href={addressOf(interaction)}>{t(kind === "call" ? "open_call" : "open_conversation")}</Link>}</header>
        <p className="sm mid">{[it.started_at && moment(it.started_at), it.talk_seconds > 0 && t("talked", { time: duration(it.talk_seconds) }), [...new Set(it.spells.map((one) => name(one.agent_id)))].join(", ")].filter(Boolean).join(" · ")}</p>
        {kind === "call" ? <Heard call={id} name={customer || t("customer")} /> : <Transcript conversation={id} customer={it.party} />}
        {others.length > 0 && <><h3>{t("others_said")}</h3>{others.map((one) => <EvaluationCard key={one.id} it={one} />)}</>}
      </div></section>
      <section className="scroll" tabIndex={0} role="region" aria-label={t("scorecard")}><div className="page"><Form interaction={it} cards={cards.data} made={made.data} onSaved={made.reload} /></div></section>
    </div>
  );
}
