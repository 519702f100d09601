/** Evaluations: all of them for who judges, one's own for who is judged; one is open beside the list. */
import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { quality } from "../../api/quality";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { myId } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Segmented } from "../../ui/Segmented";
import { Table, type TableColumn } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { addressOf } from "./model";
import { EvaluationCard, Failed, scoreText, useEvaluations, useName } from "./parts";
import { useT } from "./texts";

const LISTS = { agent: "agent_ids", queue: "queue_ids", scorecard: "scorecard_ids", evaluator: "evaluator_ids" } as const;
/** In the address, a value that is "" itself. */
export const NONE = "-";

function Side({ it, mine, onClose, onRead }: { it: T.Evaluation; mine: boolean; onClose: () => void; onRead: () => void }) {
  const t = useT();
  const say = useProblemText();
  const name = useName();
  const me = useDesk(myId);
  const read = useAction(quality.acknowledge);
  useKey({ code: "Escape" }, t("close"), onClose);
  const run = async () => {
    if (!(await read.run(it.id))) return;
    toast(t("acknowledged"));
    onRead();
  };
  return (
    <aside className="qu-side" aria-label={t("evaluation")}>
      <header><h2 className="cut grow">{name(it.agent_id)}</h2><IconButton icon="x" label={t("close")} onPress={onClose} /></header>
      <div className="scroll grow page" tabIndex={0} role="region" aria-label={t("evaluation")}>
        <p className="flex qu-links">{addressOf(it.interaction_id) && <Link className="btn sm" href={addressOf(it.interaction_id)}>{t(it.interaction_id.startsWith("call:") ? "open_call" : "open_conversation")}</Link>}
          {!mine && it.evaluator_id === me && !it.acknowledged_at && <Link className="btn sm" href={`/quality/evaluate/${encodeURIComponent(it.interaction_id)}`}>{t("change")}</Link>}</p>
        <EvaluationCard it={it}>{it.agent_id === me && <><p className="sm mid">{t("acknowledge_hint")}</p><div className="actions"><Button kind="primary" icon="check" isPending={read.pending} onPress={() => void run()}>{t("acknowledge")}</Button></div></>}</EvaluationCard>
        {read.problem && <Banner kind="crit">{say(read.problem)}</Banner>}
      </div>
    </aside>
  );
}

export function EvaluationsTab({ open, mine = false }: { open: string; mine?: boolean }) {
  const t = useT();
  const name = useName();
  const me = useDesk(myId);
  const queues = useDesk((state) => state.queues);
  const [, go] = useLocation();
  const [search] = useSearchParams();
  const [view, setView] = useState<"all" | "unread">("all");
  const filters = Object.entries(LISTS).flatMap(([name, field]) => { const value = search.get(name); return value === null ? [] : [[field, [value === NONE ? "" : value]]]; });
  const span = ["since", "until"].flatMap((name) => { const value = search.get(name); return value ? [[name, value]] : []; });
  const query = mine ? { agent_ids: [me], since: new Date(new Date().setUTCHours(0, 0, 0, 0) - 365 * 86_400_000).toISOString() } : (Object.fromEntries([...filters, ...span]) as T.ListEvaluationsRequest);
  const list = useEvaluations({ ...query, ...(view === "unread" ? { unread: true } : {}) });
  const narrowed = !mine && filters.length + span.length > 0;
  const path = `/quality/${mine ? "mine" : "evaluations"}`, rest = search.size ? `?${search}` : "";
  const columns: TableColumn<T.Evaluation>[] = [
    ...(mine ? [] : [{ id: "agent", title: t("agent"), cell: (it: T.Evaluation) => <span className="m cut">{name(it.agent_id)}</span> }]),
    { id: "score", title: t("score"), num: true, cell: (it) => <span className="m">{scoreText(it.judgement?.score)}</span> },
    { id: "card", title: t("scorecard"), cell: (it) => <span className="cut">{it.scorecard?.name}</span> },
    { id: "made", title: t("made"), num: true, cell: (it) => (it.made_at ? moment(it.made_at) : "–") },
    { id: "by", title: t("evaluator"), cell: (it) => <span className="cut">{name(it.evaluator_id)}</span> },
    { id: "queue", title: t("queue"), wide: true, cell: (it) => <span className="cut">{it.queue_id ? (queues[it.queue_id]?.name ?? it.queue_id) : "–"}</span> },
    { id: "read", title: t("read"), cell: (it) => (it.acknowledged_at ? <Chip kind="ok">{t("was_read")}</Chip> : <Chip>{t("unread")}</Chip>) },
  ];
  const shown = list.rows?.find((it) => it.id === open);
  return (
    <div className={shown ? "qu with-side" : "qu"}>
      <section className="qu-list" aria-label={t(mine ? "mine" : "evaluations")}>
        <div className="qu-find"><Segmented label={t("show")} value={view} onChange={setView} options={[{ id: "all", text: t("all") }, { id: "unread", text: t("only_unread") }]} />
          {narrowed && <Button size="sm" icon="x" onPress={() => go(path)}>{t("clear_filter")}</Button>}
          <span className="end"><IconButton icon="refresh" label={t("try_again")} onPress={list.reload} /></span></div>
        {list.problem ? <Failed problem={list.problem} onRetry={list.reload} />
          : <Table label={t(mine ? "mine" : "evaluations")} columns={columns} rows={list.rows} rowId={(it) => it.id} onRow={(it) => go(`${path}/${encodeURIComponent(it.id)}${rest}`)} {...(shown ? { current: shown.id } : {})}
              empty={<Empty icon="check" title={t("no_evaluations")}>{t(mine ? "no_evaluations_mine" : "no_evaluations_text")}</Empty>} />}
        {list.more && <div className="body"><Button onPress={list.more}>{t("more")}</Button></div>}
      </section>
      {shown && <Side key={shown.id} it={shown} mine={mine} onClose={() => go(`${path}${rest}`)} onRead={list.reload} />}
    </div>
  );
}
