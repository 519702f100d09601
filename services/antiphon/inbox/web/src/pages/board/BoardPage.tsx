import { Link, useRoute } from "wouter";
import { useProblemText } from "../../i18n/problems";
import { useDesk } from "../../rt/store";
import { Icon } from "../../design/Icon";
import { PageHead } from "../../shell/Panes";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Menu, MenuItem, MenuLine } from "../../ui/Menu";
import { Skeleton } from "../../ui/Skeleton";
import { Agents } from "./Agents";
import { Alerts, Longest } from "./Alerts";
import "./board.css";
import { Kiosk } from "./Kiosk";
import { Live } from "./LiveMark";
import { useFloor, useLiveBoard, usePlace, useRights } from "./live";
import { QueueTile, tileId } from "./QueueTile";
import { useT } from "./texts";
import { Thread } from "./Thread";
import { Waiting } from "./Waiting";
import { WallLink } from "./WallLink";

function ProjectMenu({ project, onChange }: { project: string; onChange: (id: string) => void }) {
  const t = useT();
  const projects = useDesk((state) => state.projects);
  const open = Object.values(projects).filter((one) => !one.archived).sort((a, b) => a.name.localeCompare(b.name));
  if (open.length < 2 && !project) return null;
  const name = projects[project]?.name ?? t("all_projects");
  return (
    <Menu label={t("project")} trigger={<Button size="sm" icon="filter" iconEnd="down" aria-label={`${t("project")}: ${name}`}><span className="cut bd-pick">{name}</span></Button>}>
      <MenuItem text={t("all_projects")} selected={!project} onAction={() => onChange("")} />
      <MenuLine />
      {open.map((one) => <MenuItem key={one.id} text={one.name} selected={one.id === project} onAction={() => onChange(one.id)} />)}
    </Menu>
  );
}

function Board() {
  const t = useT();
  const say = useProblemText();
  const rights = useRights();
  const { project, setProject, reading, read, go, to } = usePlace();
  const [, inQueue] = useRoute("/board/queues/:id");
  const live = useLiveBoard();
  const { tiles, rows, alerts, longest } = useFloor(project);
  const zone = useDesk((state) => state.me?.tenant?.time_zone ?? "");
  const mayAdd = useDesk((state) => state.me?.permissions.includes("queues.write") ?? false);
  const mayWall = useDesk((state) => state.me?.permissions.includes("people.write") ?? false);
  const search = to("");
  const opened = inQueue ? tiles.find((tile) => tile.queue.id === inQueue.id) : undefined;
  const openQueue = (id: string) => go(`/board/queues/${encodeURIComponent(id)}`);
  const back = () => {
    const id = opened?.queue.id;
    go("/board");
    if (id) requestAnimationFrame(() => document.getElementById(tileId(id))?.querySelector<HTMLElement>("button")?.focus());
  };
  const head = (
    <PageHead title={t("title")}>
      <Chip title={t("period", { zone: zone || "UTC" })}>{t("today")}</Chip>
      <ProjectMenu project={project} onChange={setProject} />
      <Live />
      <span className="end flex">{tiles.length > 0 && mayWall && <WallLink query={search} />}{tiles.length > 0 && <Link className="btn sm" href={to("/board/kiosk")}><Icon name="external" size="s" />{t("kiosk")}</Link>}</span>
    </PageHead>
  );
  if (live.problem) return <>{head}<Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={live.reload}>{t("try_again")}</Button>}>{say(live.problem)}</Empty></>;
  if (live.loading) return <>{head}<Skeleton rows={8} /></>;
  return (
    <>
      {head}
      {!rights.supervise && <Banner kind="info" icon="lock">{t("view_only")}</Banner>}
      <div className={`bd ${reading ? "reading" : ""}`}>
        {tiles.length === 0 ? (
          <div className="card bd-tiles"><Empty icon="wallboard" title={t("no_queues_title")}
            actions={project ? <Button onPress={() => setProject("")}>{t("all_projects")}</Button> : mayAdd && <Link className="btn" href="/admin/queues">{t("set_up")}</Link>}>{t(project ? "no_queues_project" : "no_queues_text")}</Empty></div>
        ) : (
          <section className="bd-tiles scroll" aria-label={t("queues")}>
            {tiles.map((tile) => <QueueTile key={tile.queue.id} tile={tile} open={tile === opened} onOpen={() => openQueue(tile.queue.id)} />)}
          </section>
        )}
        {opened
          ? <Waiting key={opened.queue.id} tile={opened} rights={rights} onRead={read} onOpen={(id) => go(`/inbox/${encodeURIComponent(id)}`)} onClose={back} />
          : inQueue
            ? <section className="card bd-agents"><Empty icon="search" title={t("queue_gone_title")} actions={<Button onPress={back}>{t("to_agents")}</Button>} /></section>
            : <Agents rows={rows} tiles={tiles} rights={rights} onRead={read} />}
        <div className="bd-right">
          {reading && rights.read
            ? <Thread key={reading} id={reading} rights={rights} onClose={() => read("")} />
            : <><Alerts alerts={alerts} rights={rights} onQueue={openQueue} />{rights.read && <Longest waiting={longest} onQueue={openQueue} />}</>}
        </div>
      </div>
    </>
  );
}

export default function BoardPage() {
  const [kiosk] = useRoute("/board/kiosk");
  return kiosk ? <Kiosk /> : <Board />;
}
