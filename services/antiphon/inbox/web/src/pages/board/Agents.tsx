import { useMemo, useState } from "react";
import type { SortDescriptor } from "react-aria-components/Table";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { acd } from "../../api/api";
import type * as T from "../../api/types.gen";
import type { SeenState } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { otherNumber } from "../../softphone/match";
import { phone } from "../../i18n/format";
import { AgentState } from "../../ui/AgentState";
import { Button } from "../../ui/Button";
import { ChannelIcon, useChannelName } from "../../ui/ChannelIcon";
import { Counter } from "../../ui/Counter";
import { Confirm } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem, MenuLine, SubMenu } from "../../ui/Menu";
import { Table, type TableColumn } from "../../ui/Table";
import { useT as useUi } from "../../ui/texts";
import { Timer } from "../../ui/Timer";
import { useAct, type Rights } from "./live";
import { countStates, settable, sortRows, STATES, type AgentRow, type SortBy, type Task, type Tile } from "./model";
import { MonitorButtons, useTalks } from "./Monitor";
import { MoveDialog, type Movable } from "./MoveDialog";
import { useT } from "./texts";
import { BREAKS, reasonText } from "./words";

/** After so many seconds without an answer it is urgent. */
const SILENT_NORM = 120;
const CLASSES = ["voice", "chat", "email", "task"] as const;
const CLASS_ICON = { voice: "voice", chat: "chat", email: "email", task: "callback" } as const;

/** Sets another's state and says so. */
export function useSetState() {
  const ui = useUi();
  const t = useT();
  const act = useAct();
  const set = (row: AgentRow, state: T.AgentState, reason = "") => {
    const word = state === "AGENT_STATE_READY" ? ui("available") : state === "AGENT_STATE_OFFLINE" ? ui("offline") : ui("break");
    return act.run(async () => learn.agent((await acd.setState(row.agent.agent_id, state, reason)).agent), t("state_set", { name: row.name, state: word }));
  };
  return { set, pending: act.pending };
}

function useTitleOf(): (task: Task) => string {
  const channel = useChannelName();
  const t = useT();
  return (task) => task.title || (task.channel ? channel(task.channel) : t("task"));
}

function Tasks({ row, rights, talk }: { row: AgentRow; rights: Rights; talk: T.Call | undefined }) {
  const t = useT();
  const { set, pending } = useSetState();
  const titleOf = useTitleOf();
  const [first, ...rest] = row.tasks;
  if (row.state === "noresponse") {
    const why = t(row.agent.state === "AGENT_STATE_DISABLED" ? "device_lost" : "missed");
    return <span className="flex bd-tasks"><span className="cut dim" title={why}>{why}</span>{rights.supervise && <Button size="sm" isPending={pending} onPress={() => void set(row, "AGENT_STATE_READY")}>{t("make_available")}</Button>}</span>;
  }
  const monitor = talk && rights.supervise ? <MonitorButtons call={talk} name={row.name} /> : null;
  if (!first && talk) return <span className="flex bd-tasks"><ChannelIcon kind="voice" look="bare" /><span className="cut">{phone(otherNumber(talk))}</span>{monitor}</span>;
  if (!first) return row.held > 0 ? <span className="mid">{t("held", { count: row.held })}</span> : null;
  const phase = first.phase === "talking" ? "" : t(`phase_${first.phase}`);
  return (
    <span className="flex bd-tasks" title={row.tasks.map(titleOf).join(", ")}>
      {row.tasks.slice(0, 4).map((task) => <ChannelIcon key={task.key} kind={task.channel} look="bare" />)}
      <span className="cut">{titleOf(first)}</span>
      {phase && <span className="dim nw">{phase}</span>}
      {rest.length > 0 && <span className="dim nw">{t("more_tasks", { count: rest.length })}</span>}
      {monitor}
    </span>
  );
}

function Load({ agent }: { agent: T.Agent }) {
  const t = useT();
  const shown = CLASSES.filter((name) => (agent.load[name] ?? 0) > 0 || ((name === "voice" || name === "chat") && (agent.capacity[name] ?? 0) > 0));
  return (
    <span className="bd-load">
      {shown.map((name) => {
        const [held, room] = [agent.load[name] ?? 0, agent.capacity[name] ?? 0];
        const words = t("load_title", { channel: t(`class_${name}`), held, room });
        return <span key={name} className={held > 0 ? "m" : "dim"} title={words}><ChannelIcon kind={CLASS_ICON[name]} look="bare" label={false} /><span className="sr">{words}</span><span aria-hidden="true">{held}/{room}</span></span>;
      })}
    </span>
  );
}

const movable = (row: AgentRow, titleOf: (task: Task) => string): Movable[] =>
  row.tasks.filter((task) => task.phase === "talking" && (task.item || task.conversation))
    .map((task) => ({ key: task.key, title: titleOf(task), item: task.item, conversation: task.conversation, queue: task.queue, agent: row.agent.agent_id }));

interface ActionsProps { row: AgentRow; rights: Rights; onRead: (conversation: string) => void; onMove: (tasks: Movable[]) => void; onOffline: (row: AgentRow) => void }

function Actions({ row, rights, onRead, onMove, onOffline }: ActionsProps) {
  const t = useT();
  const titleOf = useTitleOf();
  const { set } = useSetState();
  const states = rights.supervise ? settable(row.agent.state) : [];
  const threads = rights.read ? row.tasks.filter((task) => task.conversation) : [];
  const moves = rights.supervise ? movable(row, titleOf) : [];
  if (states.length + threads.length + moves.length === 0) return null;
  return (
    <span className="flex bd-acts">
      <Menu label={t("actions_for", { name: row.name })} trigger={<IconButton icon="more" size="sm" label={t("actions_for", { name: row.name })} />}>
        {threads.map((task) => <MenuItem key={task.key} before={<ChannelIcon kind={task.channel} look="bare" label={false} />} text={t("read", { title: titleOf(task) })} onAction={() => onRead(task.conversation ?? "")} />)}
        {moves.length > 0 && <MenuItem icon="transfer" text={moves.length === 1 ? t("reassign_one", { title: moves[0]?.title ?? "" }) : t("reassign")} onAction={() => onMove(moves)} />}
        {threads.length + moves.length > 0 && states.length > 0 && <MenuLine />}
        {states.includes("AGENT_STATE_READY") && <MenuItem icon="st-available" text={t("make_available")} onAction={() => void set(row, "AGENT_STATE_READY")} />}
        {states.includes("AGENT_STATE_NOT_READY") && (
          <SubMenu icon="st-break" text={t("send_break")}>
            {BREAKS.map((reason) => <MenuItem key={reason} text={t(`reason_${reason}`)} selected={row.state === "break" && row.agent.reason === reason} onAction={() => void set(row, "AGENT_STATE_NOT_READY", reason)} />)}
          </SubMenu>
        )}
        {states.includes("AGENT_STATE_OFFLINE") && <MenuItem icon="st-offline" text={t("send_offline")} onAction={() => (row.held > 0 ? onOffline(row) : void set(row, "AGENT_STATE_OFFLINE"))} />}
      </Menu>
    </span>
  );
}

/** Counts of states, each a filter. */
function StateFilter({ rows, value, onChange }: { rows: readonly AgentRow[]; value: SeenState | undefined; onChange: (state: SeenState | undefined) => void }) {
  const t = useT();
  const counts = useMemo(() => countStates(rows), [rows]);
  return (
    <span className="bd-states" role="group" aria-label={t("filter_state")}>
      {STATES.filter((state) => counts[state] > 0 || value === state).map((state) => (
        <ToggleButton key={state} className="btn plain sm" isSelected={value === state} onChange={(on) => onChange(on ? state : undefined)}>
          <AgentState state={state} /><b className="m">{counts[state]}</b>
        </ToggleButton>
      ))}
    </span>
  );
}

export function Agents({ rows, tiles, rights, onRead }: { rows: readonly AgentRow[]; tiles: readonly Tile[]; rights: Rights; onRead: (conversation: string) => void }) {
  const t = useT();
  const [state, setState] = useState<SeenState>();
  const [queue, setQueue] = useState("");
  const [sort, setSort] = useState<SortDescriptor>({ column: "state", direction: "ascending" });
  const [moving, setMoving] = useState<Movable[]>();
  const [leaving, setLeaving] = useState<AgentRow>();
  const { set } = useSetState();
  const talks = useTalks();
  const queues = useDesk((desk) => desk.queues);
  const ofQueue = useMemo(() => (queue ? rows.filter((row) => row.agent.queue_ids.includes(queue)) : rows), [rows, queue]);
  const shown = useMemo(() => {
    const wanted = state ? ofQueue.filter((row) => row.state === state) : ofQueue;
    return sortRows(wanted, sort.column as SortBy, sort.direction === "descending");
  }, [ofQueue, state, sort]);
  const queueTitle = tiles.find((tile) => tile.queue.id === queue)?.queue.name ?? t("all_queues");
  const columns: TableColumn<AgentRow>[] = [
    { id: "name", title: t("c_agent"), sorts: true, width: "10.5rem", cell: (row) => <span className="m cut bd-name" title={row.name}>{row.name || t("no_name")}</span> },
    { id: "state", title: t("c_state"), sorts: true, width: "11rem", cell: (row) => <AgentState state={row.state} reason={reasonText(t, row)} /> },
    { id: "since", title: t("c_since"), sorts: true, num: true, width: "5.75rem", cell: (row) => <Timer since={row.agent.since} title={t("since_title")} norm={row.state === "noresponse" ? SILENT_NORM : undefined} /> },
    { id: "tasks", title: t("c_tasks"), cell: (row) => <Tasks row={row} rights={rights} talk={talks[row.agent.agent_id]} /> },
    { id: "load", title: t("c_load"), sorts: true, width: "9.75rem", cell: (row) => <Load agent={row.agent} /> },
    { id: "queues", title: t("c_queues"), wide: true, width: "16rem", cell: (row) => {
      const names = row.agent.queue_ids.map((id) => queues[id]?.name).filter(Boolean).join(", ");
      return <span className="cut mid bd-names" title={names}>{names || "–"}</span>;
    } },
    ...(rights.supervise || rights.read ? [{ id: "actions", title: t("c_actions"), quiet: true, num: true, width: "3.25rem", cell: (row: AgentRow) => <Actions row={row} rights={rights} onRead={onRead} onMove={setMoving} onOffline={setLeaving} /> }] : []),
  ];
  return (
    <section className="card bd-agents" aria-label={t("agents")}>
      <header>
        <h2>{t("agents")}</h2><Counter value={shown.length} label={`${t("agents")}: ${shown.length}`} />
        <StateFilter rows={ofQueue} value={state} onChange={setState} />
        {tiles.length > 1 && <span className="end">
          <Menu label={t("queue")} trigger={<Button size="sm" icon="filter" iconEnd="down" aria-label={`${t("queue")}: ${queueTitle}`}><span className="cut bd-pick">{queueTitle}</span></Button>}>
            <MenuItem text={t("all_queues")} selected={!queue} onAction={() => setQueue("")} />
            <MenuLine />
            {tiles.map((tile) => <MenuItem key={tile.queue.id} text={tile.queue.name} selected={queue === tile.queue.id} onAction={() => setQueue(tile.queue.id)} />)}
          </Menu>
        </span>}
      </header>
      <Table label={t("agents")} columns={columns} rows={shown} rowId={(row) => row.agent.agent_id} sort={sort} onSort={setSort}
        empty={rows.length === 0
          ? <Empty icon="users" title={t("no_agents_title")}>{t("no_agents_text")}</Empty>
          : <Empty icon="filter" title={t("no_match_title")} actions={<Button onPress={() => { setState(undefined); setQueue(""); }}>{t("show_all")}</Button>}>{t("no_match_text")}</Empty>} />
      {moving && <MoveDialog tasks={moving} onClose={() => setMoving(undefined)} />}
      {leaving && (
        <Confirm isOpen title={t("offline_title", { name: leaving.name })} loss={t("offline_loss", { name: leaving.name, count: leaving.held })} verb={t("send_offline")} keep={t("offline_keep")}
          onClose={() => setLeaving(undefined)} onConfirm={() => set(leaving, "AGENT_STATE_OFFLINE")} />
      )}
    </section>
  );
}
