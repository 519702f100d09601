/** A column a stage. Cards are walked by arrows, moved by Shift with an arrow, by dragging, or in the open deal. */
import { useId, useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { deals as api } from "../../api/api";
import type * as T from "../../api/types.gen";
import { amountText, sumsText } from "../../deals/data";
import { beside, columnsOf, neighbour } from "../../deals/model";
import { useT } from "../../deals/texts";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Problem } from "../../api/problem";
import { toast } from "../../ui/Toast";

function useMove(onChanged: () => void) {
  const t = useT();
  const say = useProblemText();
  return async (deal: T.Deal, stage: T.DealStage) => {
    try {
      const answer = await api.save({ ...deal, stage: stage.key });
      const saved = answer.deal;
      const back = async () => {
        if (saved) await api.save({ ...saved, stage: deal.stage }).catch(() => undefined);
        onChanged();
      };
      toast(t("moved", { title: deal.title, stage: stage.name }), { action: { text: t("undo"), run: () => void back() } });
    } catch (error) {
      toast(say(error instanceof Problem ? error : new Problem(500, {})), { bad: true });
    }
    onChanged();
  };
}

function focusCard(id: string) {
  document.querySelector<HTMLElement>(`[data-deal="${CSS.escape(id)}"]`)?.focus();
}

export function Board({ found, pipeline, open, addressOf, onChanged }: { found: T.ListDealsResponse; pipeline: T.Pipeline; open: string; addressOf: (id: string) => string; onChanged: () => void }) {
  const t = useT();
  const help = useId();
  const [, go] = useLocation();
  const people = useDesk((state) => state.people);
  const mayWrite = useDesk(can("contacts.write"));
  const move = useMove(onChanged);
  const [over, setOver] = useState("");
  const columns = columnsOf(pipeline, found.deals);
  const keys = (event: KeyboardEvent, deal: T.Deal) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !event.key.startsWith("Arrow")) return;
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : undefined;
    if (event.shiftKey) {
      const stage = step && mayWrite ? beside(pipeline, deal.stage, step) : undefined;
      if (!stage) return;
      event.preventDefault();
      void move(deal, stage).then(() => setTimeout(() => focusCard(deal.id), 400));
      return;
    }
    const next = neighbour(columns, deal.id, event.key);
    if (!next) return;
    event.preventDefault();
    focusCard(next);
  };
  const drop = (id: string, stage: T.DealStage) => {
    setOver("");
    const deal = found.deals.find((one) => one.id === id);
    if (deal && deal.stage !== stage.key) void move(deal, stage);
  };
  return (
    <>
      <p className="sr" id={help}>{t("board_help")}</p>
      <div className="deal-board" role="group" aria-label={pipeline.name} aria-describedby={help}>
        {columns.map(({ stage, deals, sums }) => (
          <section key={stage.key} className={`deal-col ${over === stage.key ? "over" : ""}`} aria-label={`${stage.name}, ${t("count", { count: deals.length })}`}
            onDragOver={(event) => { if (mayWrite) { event.preventDefault(); setOver(stage.key); } }} onDragLeave={() => setOver("")} onDrop={(event) => { event.preventDefault(); drop(event.dataTransfer.getData("text/plain"), stage); }}>
            <header><div className="flex"><span className={`deal-dot ${stage.state}`} aria-hidden="true" /><h2 className="cut grow" title={stage.name}>{stage.name}</h2><span className="n">{deals.length}</span></div><span className="sm mid cut num" title={sumsText(sums)}>{sumsText(sums) || "–"}</span></header>
            <ul tabIndex={deals.length ? undefined : -1}>
              {deals.map((deal) => (
                <li key={deal.id}>
                  <a href={addressOf(deal.id)} data-deal={deal.id} className="deal-card" aria-current={deal.id === open ? "true" : undefined} draggable={mayWrite}
                    onClick={(event) => { if (!event.ctrlKey && !event.metaKey) { event.preventDefault(); go(addressOf(deal.id)); } }}
                    onDragStart={(event) => event.dataTransfer.setData("text/plain", deal.id)} onKeyDown={(event) => keys(event, deal)}>
                    <span className="m deal-name" dir="auto" title={deal.title}>{deal.title || "–"}</span>
                    {found.contact_names[deal.contact_id] && <span className="sm mid cut" dir="auto">{found.contact_names[deal.contact_id]}</span>}
                    <span className="flex sm"><span className="cut dim">{people[deal.owner_id]?.name ?? t("nobody")}</span><span className="num nw">{amountText(deal)}</span></span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}
