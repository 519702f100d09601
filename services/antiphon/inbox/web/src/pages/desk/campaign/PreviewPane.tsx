/** The next contact of a campaign: look, then dial or skip. */
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { dialer } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { phone } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { useKey } from "../../../shell/keys";
import { Pane } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { KeyCap } from "../../../ui/KeyCap";
import { Skeleton } from "../../../ui/Skeleton";
import { TextField } from "../../../ui/TextField";
import { Timer } from "../../../ui/Timer";
import { addressOf } from "../layer";
import { CardFacts } from "./CardFacts";
import { useT } from "./texts";

export default function PreviewPane({ id, onBack }: { id: string; onBack: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [, go] = useLocation();
  const [preview, setPreview] = useState<T.Preview>();
  const [why, setWhy] = useState("");
  const take = useAction(dialer.take);
  const dial = useAction(dialer.dial);
  const skip = useAction(dialer.skip);
  const { run: next } = take;
  const another = async () => {
    setWhy("");
    dial.clear();
    skip.clear();
    setPreview((await next(id))?.preview);
  };
  useEffect(() => {
    let here = true;
    void next(id).then((answer) => here && setPreview(answer?.preview));
    return () => { here = false; };
  }, [id, next]);
  useEffect(() => {
    const left = preview?.until ? Date.parse(preview.until) - Date.now() : undefined;
    if (left === undefined) return undefined;
    const timer = setTimeout(() => setPreview(undefined), Math.max(0, left));
    return () => clearTimeout(timer);
  }, [preview]);
  const call = async () => {
    const answer = preview && (await dial.run(preview.id));
    if (answer?.attempt) go(addressOf(`call:${answer.attempt.call_id}`));
  };
  const pass = async () => {
    if (preview && (await skip.run(preview.id, why))) await another();
  };
  const gone = dial.problem?.reason === "REFUSED" || dial.problem?.status === 404;
  const locked = preview?.skips_left === 0;
  useKey({ code: "KeyC", alt: true }, t("dial"), preview && !gone ? () => void call() : undefined);
  const card = preview?.card;
  const problem = dial.problem ?? skip.problem;
  return (
    <>
      <Pane name="thread" label={t("campaign")}>
        <header className="thead">
          <span className="pane-back"><IconButton icon="left" label={t("to_list")} onPress={onBack} /></span>
          <div className="grow"><h2 className="cut thread-name" dir="auto">{card ? card.name || phone(card.number) : t("campaign")}</h2>{card && <div className="sm mid">{phone(card.number)}</div>}</div>
          {preview?.until && <Timer until={preview.until} title={t("time_left")} className="sm" />}
        </header>
        <div className="scroll grow call-body">
          {take.pending && !preview && <Skeleton rows={4} />}
          {!take.pending && !preview && <Empty icon="campaign" title={take.problem ? say(take.problem) : t("time_over")} actions={<Button icon="refresh" onPress={() => void another()}>{t("next")}</Button>} />}
          {card && <section className="cc" aria-label={t("campaign")}>
            <CardFacts card={card} />
            {problem && <p className="err" role="alert"><Icon name="stop" size="s" />{say(problem)}</p>}
            {gone ? <div><Button kind="primary" onPress={() => void another()}>{t("next")}</Button></div> : <div className="cc-acts">
              <Button kind="go" size="lg" icon="phone-out" isPending={dial.pending} onPress={() => void call()}>{t("dial")} <KeyCap keys="Alt C" onAlt /></Button>
              <form className="flex" onSubmit={(event) => { event.preventDefault(); void pass(); }}><TextField label="" aria-label={t("skip_why")} placeholder={t("skip_why")} value={why} onChange={setWhy} maxLength={200} isDisabled={locked} /><Button type="submit" isPending={skip.pending} whyNot={locked ? t("no_skips") : undefined}>{t("skip")}</Button></form>
              {preview.skips_left > 0 && <span className="sm mid">{t("skips_left", { count: preview.skips_left })}</span>}
            </div>}
          </section>}
        </div>
      </Pane>
      <Pane name="side" label={t("card")}>{null}</Pane>
    </>
  );
}
