/** Scorecards and their editor. A version by which somebody was judged stays: saving makes the next one. */
import { useState } from "react";
import { useLocation } from "wouter";
import { quality } from "../../api/quality";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { NumberField } from "../../ui/NumberField";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { wrongIn } from "./model";
import { Failed } from "./parts";
import { useT } from "./texts";

const NEW = "new";
const MOST = 50;
const fresh = (): T.Criterion => ({ id: "", name: "", weight: 1, scale: 1, fatal: false });

function Line({ one, place, last, alone, bad, onChange, onMove, onRemove }: { one: T.Criterion; place: number; last: boolean; alone: boolean; bad: boolean; onChange: (to: Partial<T.Criterion>) => void; onMove: (by: 1 | -1) => void; onRemove: () => void }) {
  const t = useT();
  const name = one.name || t("criterion_no", { no: place + 1 });
  return (
    <li className="qu-criterion">
      <TextField label={t("criterion_name")} value={one.name} onChange={(value) => onChange({ name: value })} maxLength={200} error={bad && !one.name.trim() ? t("needed") : undefined} />
      <NumberField label={t("weight")} minValue={1} maxValue={100} value={one.weight} onChange={(weight) => onChange({ weight })} />
      <NumberField label={t("scale")} minValue={1} maxValue={100} value={one.scale} onChange={(scale) => onChange({ scale })} hint={one.scale === 1 ? t("scale_yes") : t("scale_to", { scale: number(one.scale) })} />
      <Checkbox isSelected={one.fatal} onChange={(fatal) => onChange({ fatal })}>{t("fatal")}</Checkbox>
      <span className="flex"><IconButton icon="up" label={t("up", { name })} isDisabled={place === 0} onPress={() => onMove(-1)} /><IconButton icon="down" label={t("down", { name })} isDisabled={last} onPress={() => onMove(1)} /><IconButton icon="x" label={t("remove", { name })} isDisabled={alone} onPress={onRemove} /></span>
    </li>
  );
}

function Editor({ card, onSaved, onClose }: { card: T.Scorecard | undefined; onSaved: (id: string) => void; onClose: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [name, setName] = useState(card?.name ?? "");
  const [criteria, setCriteria] = useState<readonly (T.Criterion & { key: number })[]>(() => (card?.criteria ?? [fresh()]).map((one, key) => ({ ...one, key })));
  const [tried, setTried] = useState(false);
  const save = useAction(quality.saveScorecard);
  const archive = useAction(quality.archive);
  const wrong = wrongIn(name, criteria);
  const put = (place: number, to: Partial<T.Criterion>) => setCriteria((old) => old.map((one, index) => (index === place ? { ...one, ...to } : one)));
  const move = (place: number, by: 1 | -1) => setCriteria((old) => { const next = [...old]; const [one] = next.splice(place, 1); if (one) next.splice(place + by, 0, one); return next; });
  const run = async () => {
    setTried(true);
    if (wrong !== undefined) return;
    const made = await save.run({ ...(card ? { id: card.id, rev: card.rev } : {}), name, criteria: criteria.map(({ key: _, ...one }) => one) });
    if (!made?.scorecard) return;
    toast(t("saved"));
    onSaved(made.scorecard.id);
  };
  const shelve = async () => { if (card && (await archive.run(card.id, !card.archived))) { toast(t(card.archived ? "restored" : "was_archived")); onSaved(card.id); } };
  const problem = save.problem ?? archive.problem;
  return (
    <div className="scroll grow" tabIndex={0} role="region" aria-label={t("scorecard")}><form className="page narrow-page form qu-form" onSubmit={(event) => { event.preventDefault(); void run(); }}>
      <TextField label={t("card_name")} value={name} onChange={setName} maxLength={200} autoFocus={!card} error={tried && !name.trim() ? t("needed") : undefined} />
      {card?.used && <Banner kind="info">{t("version_note", { version: card.version, next: card.version + 1 })}</Banner>}
      <ol className="qu-criteria">{criteria.map((one, place) => <Line key={one.key} one={one} place={place} last={place === criteria.length - 1} alone={criteria.length === 1} bad={tried && wrong === place} onChange={(to) => put(place, to)} onMove={(by) => move(place, by)} onRemove={() => setCriteria((old) => old.filter((_, index) => index !== place))} />)}</ol>
      <div className="actions"><Button icon="plus" isDisabled={criteria.length >= MOST} onPress={() => setCriteria((old) => [...old, { ...fresh(), key: 1 + Math.max(...old.map(({ key }) => key)) }])}>{t("add_criterion")}</Button></div>
      <p className="hint">{t("fatal_hint")}</p>
      {tried && wrong !== undefined && <Banner kind="warn">{t("not_whole")}</Banner>}
      {problem && <Banner kind="crit">{say(problem)}</Banner>}
      <div className="actions"><Button onPress={onClose}>{t("close")}</Button>{card && <Button isPending={archive.pending} onPress={() => void shelve()}>{t(card.archived ? "restore" : "archive")}</Button>}<Button kind="primary" type="submit" isPending={save.pending}>{t("save")}</Button></div>
    </form></div>
  );
}

export function ScorecardsTab({ open }: { open: string }) {
  const t = useT();
  const [, go] = useLocation();
  const [archived, setArchived] = useState(false);
  const list = useLoad(async () => (await quality.scorecards(archived)).scorecards, [archived]);
  const to = (id: string) => go(`/quality/scorecards${id ? `/${encodeURIComponent(id)}` : ""}`);
  const card = list.data?.find((one) => one.id === open);
  const columns: TableColumn<T.Scorecard>[] = [
    { id: "name", title: t("card_name"), cell: (one) => <span className="flex"><span className="m cut">{one.name}</span>{one.archived && <Chip>{t("archived")}</Chip>}</span> },
    { id: "criteria", title: t("criteria"), num: true, cell: (one) => number(one.criteria.length) },
    { id: "version", title: t("version_head"), num: true, cell: (one) => number(one.version) },
    { id: "used", title: t("used"), cell: (one) => t(one.used ? "yes" : "no") },
  ];
  if (list.problem && !list.data) return <Failed problem={list.problem} onRetry={list.reload} />;
  if (open === NEW || card) return <Editor key={`${open}${card?.rev ?? 0}`} card={card} onClose={() => to("")} onSaved={() => { list.reload(); to(""); }} />;
  return (
    <section className="qu-list" aria-label={t("scorecards")}>
      <div className="qu-find"><Checkbox isSelected={archived} onChange={setArchived}>{t("show_archived")}</Checkbox><span className="end"><Button kind="primary" icon="plus" onPress={() => to(NEW)}>{t("new_card")}</Button></span></div>
      <Table label={t("scorecards")} columns={columns} rows={list.data} rowId={(one) => one.id} onRow={(one) => to(one.id)}
        empty={<Empty icon="edit" title={t("no_cards")} actions={<Button icon="plus" onPress={() => to(NEW)}>{t("new_card")}</Button>}>{t("no_cards_text")}</Empty>} />
    </section>
  );
}
