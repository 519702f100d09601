/** The pipelines and their stages, for whoever sets the company up. */
import { useState } from "react";
import { deals as api } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { keyOf, STATES } from "../../deals/model";
import { useT } from "../../deals/texts";
import { useProblemText } from "../../i18n/problems";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";

interface Draft extends T.Pipeline { fresh?: boolean }

function OnePipeline({ pipeline, alone, onChange, onRemove }: { pipeline: Draft; alone: boolean; onChange: (change: Partial<Draft>) => void; onRemove: () => void }) {
  const t = useT();
  const stages = pipeline.stages;
  const put = (place: number, change: Partial<T.DealStage>) => onChange({ stages: stages.map((one, index) => (index === place ? { ...one, ...change } : one)) });
  const swap = (place: number, by: 1 | -1) => {
    const next = [...stages];
    const [one] = next.splice(place, 1);
    if (one) next.splice(place + by, 0, one);
    onChange({ stages: next });
  };
  return (
    <fieldset className="card form body"><legend className="sr">{pipeline.name || t("new_pipeline")}</legend>
      <div className="deal-stage"><TextField label={t("pipeline_name")} value={pipeline.name} onChange={(name) => onChange({ name })} maxLength={80} />{!alone && <IconButton icon="x" label={t("remove", { name: pipeline.name })} onPress={onRemove} />}</div>
      {stages.map((stage, place) => (
        <div key={stage.key} className="deal-stage">
          <TextField label={t("name")} value={stage.name} onChange={(name) => put(place, { name })} maxLength={80} />
          <Select label={t("state")} options={STATES.map((id) => ({ id, text: t(id) }))} value={stage.state === "DEAL_STATE_UNSPECIFIED" ? "" : stage.state} onChange={(state) => put(place, { state })} />
          <IconButton icon="up" label={t("up", { name: stage.name })} isDisabled={place === 0} onPress={() => swap(place, -1)} />
          <IconButton icon="down" label={t("down", { name: stage.name })} isDisabled={place === stages.length - 1} onPress={() => swap(place, 1)} />
          <IconButton icon="x" label={t("remove", { name: stage.name })} isDisabled={stages.length <= 3} onPress={() => onChange({ stages: stages.filter((_, index) => index !== place) })} />
        </div>
      ))}
      <div className="actions"><Button icon="plus" onPress={() => onChange({ stages: [...stages.slice(0, -2), { key: `new ${stages.length} ${stages.map((one) => one.key).join("").length}`, name: "", state: "DEAL_STATE_OPEN" as const }, ...stages.slice(-2)] })}>{t("add_stage")}</Button></div>
    </fieldset>
  );
}

export default function Stages({ stored, onSaved }: { stored: T.GetPipelinesResponse; onSaved: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [pipelines, setPipelines] = useState<readonly Draft[]>(stored.pipelines);
  const save = useAction(api.savePipelines);
  const change = (place: number, to: Partial<Draft>) => setPipelines((old) => old.map((one, index) => (index === place ? { ...one, ...to } : one)));
  const add = () => setPipelines((old) => [...old, { ...stored.pipelines[0], id: `new ${old.length}`, name: "", stages: stored.pipelines[0]?.stages ?? [], fresh: true }]);
  const wrong = pipelines.some(({ stages }) => stages[0]?.state !== "DEAL_STATE_OPEN" || STATES.some((state) => !stages.some((one) => one.state === state)));
  const run = async () => {
    const made: T.Pipeline[] = [];
    for (const { fresh, ...one } of pipelines) {
      const stages: T.DealStage[] = [];
      const known = one.stages.map((stage) => stage.key).filter((key) => !key.includes(" "));
      for (const stage of one.stages) stages.push(stage.key.includes(" ") ? { ...stage, key: keyOf(stage.name, [...known, ...stages.map(({ key }) => key)], "stage") } : stage);
      made.push({ ...one, id: fresh ? keyOf(one.name, [...pipelines, ...made].map(({ id }) => id), "pipeline") : one.id, stages });
    }
    if (!(await save.run(made, stored.rev))) return;
    toast(t("saved"));
    onSaved();
  };
  return (
    <div className="scroll grow" tabIndex={0} role="region" aria-label={t("stages")}><div className="page narrow-page form">
      <p className="mid">{t("stages_text")}</p>
      {pipelines.map((one, place) => <OnePipeline key={one.id} pipeline={one} alone={pipelines.length === 1} onChange={(to) => change(place, to)} onRemove={() => setPipelines((old) => old.filter((_, index) => index !== place))} />)}
      {wrong && <Banner kind="warn">{t("must_have")}</Banner>}
      {save.problem && <Banner kind="crit">{save.problem.reason === "IN_USE" ? t("in_use") : say(save.problem)}</Banner>}
      <div className="actions"><Button icon="plus" onPress={add}>{t("add_pipeline")}</Button><Button kind="primary" isPending={save.pending} isDisabled={wrong} onPress={() => void run()}>{t("save")}</Button></div>
    </div></div>
  );
}
