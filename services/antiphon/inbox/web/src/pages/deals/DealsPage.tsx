/** Deals: a board of stages, a list, what they came to, and the stages themselves. An open deal stands beside any of them. */
import { lazy, Suspense, useDeferredValue, useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import type * as T from "../../api/types.gen";
import "../../deals/deals.css";
import { useDeals, usePipelines } from "../../deals/data";
import { STATES } from "../../deals/model";
import { useT } from "../../deals/texts";
import { Icon, type IconName } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { Board } from "./Board";
import { DealSide } from "./DealSide";
import { List } from "./List";

const Report = lazy(() => import("./Report"));
const Stages = lazy(() => import("./Stages"));

type Tab = "board" | "list" | "report" | "stages";
const TABS: readonly { id: Tab; icon: IconName; needs?: string }[] = [{ id: "board", icon: "deal" }, { id: "list", icon: "note" }, { id: "report", icon: "chart", needs: "calls.read" }, { id: "stages", icon: "settings", needs: "directory.write" }];
const ALL = "-";
const BOARD_LIMIT = 500;
const addressOf = (tab: Tab, id = "") => `/deals/${tab}${id ? `/${encodeURIComponent(id)}` : ""}`;

export interface Asked { query: string; owner_id: string; state: T.DealState | ""; pipeline_id: string }

function Find({ asked, pipelines, board, onChange }: { asked: Asked; pipelines: readonly T.Pipeline[]; board: boolean; onChange: (change: Partial<Asked>) => void }) {
  const t = useT();
  const people = useDesk((state) => state.people);
  const owners = Object.values(people).sort((a, b) => a.name.localeCompare(b.name)).map((one) => ({ id: one.id, text: one.name }));
  return (
    <div className="deals-find">
      <TextField label="" aria-label={t("find")} placeholder={t("find")} value={asked.query} onChange={(query) => onChange({ query })} after={<Icon name="search" size="s" />} />
      <Select<string> label="" aria-label={t("owner")} options={[{ id: ALL, text: t("everybody") }, ...owners]} value={asked.owner_id || ALL} onChange={(id) => onChange({ owner_id: id === ALL ? "" : id })} />
      {pipelines.length > 1 && <Select<string> label="" aria-label={t("pipeline")} options={pipelines.map((one) => ({ id: one.id, text: one.name }))} value={asked.pipeline_id || (pipelines[0]?.id ?? "")} onChange={(pipeline_id) => onChange({ pipeline_id })} />}
      {!board && <Select<string> label="" aria-label={t("state")} options={[{ id: ALL, text: t("all_states") }, ...STATES.map((id) => ({ id: id as string, text: t(id) }))]} value={asked.state || ALL} onChange={(id) => onChange({ state: id === ALL ? "" : (id as T.DealState) })} />}
    </div>
  );
}

const NOTHING: Asked = { query: "", owner_id: "", state: "", pipeline_id: "" };

function Main({ tab, open, pipelines, onOpen }: { tab: "board" | "list"; open: string; pipelines: readonly T.Pipeline[]; onOpen: (id: string) => void }) {
  const t = useT();
  const say = useProblemText();
  const mayWrite = useDesk(can("contacts.write"));
  const [asked, setAsked] = useState<Asked>(NOTHING);
  const query = useDeferredValue(asked.query.trim());
  const [pages, setPages] = useState(1);
  const pipeline = pipelines.find((one) => one.id === asked.pipeline_id) ?? pipelines[0];
  const { state, ...rest } = asked;
  const several = pipelines.length > 1;
  const limit = tab === "board" ? BOARD_LIMIT : Math.min(pages * 100, BOARD_LIMIT);
  const found = useDeals({ ...rest, query, pipeline_id: several ? (pipeline?.id ?? "") : "", limit, ...(state && tab === "list" ? { state } : {}) });
  const filtered = Boolean(query || asked.owner_id || (state && tab === "list"));
  const shown = found.data;
  if (!pipeline) return null;
  return (
    <section className="deals-main" aria-label={t(tab)}>
      <Find asked={asked} pipelines={pipelines} board={tab === "board"} onChange={(change) => setAsked((old) => ({ ...old, ...change }))} />
      {found.problem && !shown ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={found.reload}>{t("again")}</Button>}>{say(found.problem)}</Empty>
        : shown?.deals.length === 0 ? (filtered
          ? <Empty icon="search" title={t("nothing")} actions={<Button onPress={() => setAsked(NOTHING)}>{t("show_all")}</Button>}>{t("nothing_text")}</Empty>
          : <Empty icon="deal" title={t("empty")} actions={mayWrite && <Button kind="primary" icon="plus" onPress={() => onOpen("new")}>{t("new")}</Button>}>{t("empty_text")}</Empty>)
          : tab === "list" ? <List found={shown} pipelines={pipelines} open={open} onOpen={onOpen} {...(shown?.next && limit < BOARD_LIMIT ? { onMore: () => setPages((old) => old + 1) } : {})} />
            : shown ? <Board found={shown} pipeline={pipeline} open={open} addressOf={(id) => addressOf("board", id)} onChanged={found.reload} /> : <Skeleton rows={6} />}
      {tab === "board" && shown?.next && <p className="sm dim deal-foot">{t("more_than", { count: BOARD_LIMIT })}</p>}
    </section>
  );
}

export default function DealsPage() {
  const t = useT();
  const say = useProblemText();
  const [, params] = useRoute("/deals/:tab?/:id?");
  const [, go] = useLocation();
  const permissions = useDesk((state) => state.me?.permissions);
  const tabs = TABS.filter((one) => !one.needs || permissions?.includes(one.needs));
  const tab = tabs.find((one) => one.id === params?.tab)?.id ?? "board";
  const open = params?.id ? decodeURIComponent(params.id) : "";
  const mayWrite = useDesk(can("contacts.write"));
  const { data, problem, reload } = usePipelines();
  const place = tab === "list" ? "list" : "board";
  return (
    <>
      <PageHead title={t("title")}>
        <nav className="tabs deals-tabs" aria-label={t("tabs")}>{tabs.map(({ id, icon }) => <Link key={id} href={addressOf(id)} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id)}</Link>)}</nav>
        {mayWrite && (tab === "board" || tab === "list") && <span className="end"><Button kind="primary" icon="plus" onPress={() => go(addressOf(place, "new"))}>{t("new")}</Button></span>}
      </PageHead>
      {problem && !data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button icon="refresh" onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty>
        : !data ? <Skeleton rows={6} />
          : <Suspense fallback={<Skeleton rows={6} />}>
            {tab === "report" ? <Report pipelines={data.pipelines} /> : tab === "stages" ? <Stages key={data.rev} stored={data} onSaved={reload} /> : (
              <div className={open ? "deals with-side" : "deals"}>
                <Main tab={tab} open={open} pipelines={data.pipelines} onOpen={(id) => go(addressOf(tab, id))} />
                {open && <DealSide key={open} id={open} pipelines={data.pipelines} onClose={(next) => go(addressOf(tab, next))} />}
              </div>
            )}
          </Suspense>}
    </>
  );
}
