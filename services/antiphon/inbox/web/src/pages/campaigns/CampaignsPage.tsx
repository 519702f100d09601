/** Campaigns: the list, and one campaign with its live screen, settings, lists and attempts. */
import { useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import { dialer } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad, type Loaded } from "../../api/useCall";
import { Icon, type IconName } from "../../design/Icon";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { PageHead } from "../../shell/Panes";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Confirm } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type TableColumn } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { Attempts } from "./Attempts";
import "./campaigns.css";
import { DoNotCall } from "./DoNotCall";
import { Lists } from "./Lists";
import { Live } from "./Live";
import { NEW, NEXT } from "./model";
import { Settings } from "./Settings";
import { useT, type CampaignText } from "./texts";
import { modeWord, stateWord } from "./words";

const DNC = "do-not-call";
const TABS: readonly { id: "live" | "settings" | "lists" | "attempts"; icon: IconName }[] = [{ id: "live", icon: "pulse" }, { id: "settings", icon: "settings" }, { id: "lists", icon: "users" }, { id: "attempts", icon: "phone-out" }];
const KINDS = { CAMPAIGN_STATE_RUNNING: "ok", CAMPAIGN_STATE_PAUSED: "warn", CAMPAIGN_STATE_SCHEDULED: "info" } as const;
const address = (id: string, tab = "") => `/campaigns/${encodeURIComponent(id)}${tab ? `/${tab}` : ""}`;

function StateChip({ state }: { state: T.CampaignState }) {
  const t = useT();
  return <Chip kind={state in KINDS ? KINDS[state as keyof typeof KINDS] : "line"}>{stateWord(t, state)}</Chip>;
}

function Areas({ dnc }: { dnc: boolean }) {
  const t = useT();
  return (
    <nav className="tabs cm-tabs" aria-label={t("areas")}>
      <Link href="/campaigns" aria-current={dnc ? undefined : "page"}><Icon name="campaign" size="s" />{t("campaigns")}</Link>
      <Link href={address(DNC)} aria-current={dnc ? "page" : undefined}><Icon name="lock" size="s" />{t("dnc")}</Link>
    </nav>
  );
}

function All({ loaded }: { loaded: Loaded<readonly T.Campaign[]> }) {
  const t = useT();
  const say = useProblemText();
  const [, go] = useLocation();
  const { may, projects, queues } = useDesk((state) => ({ may: can("campaigns.write")(state), projects: state.projects, queues: state.queues }));
  const add = may && <Button kind="primary" icon="plus" onPress={() => go(address(NEW))}>{t("new")}</Button>;
  const columns: TableColumn<T.Campaign>[] = [
    { id: "name", title: t("name"), cell: (one) => <span className="m cut">{one.name}</span> },
    { id: "state", title: t("state"), cell: (one) => <StateChip state={one.state} /> },
    { id: "mode", title: t("mode"), cell: (one) => modeWord(t, one.mode) },
    { id: "project", title: t("client"), cell: (one) => <span className="cut">{projects[one.project_id]?.name || "–"}</span> },
    { id: "queue", title: t("queue"), cell: (one) => <span className="cut">{queues[one.queue_id]?.name || "–"}</span> },
  ];
  return (
    <>
      <PageHead title={t("title")}><Areas dnc={false} /><span className="end">{loaded.data?.length ? add : null}</span></PageHead>
      <section className="cm-list" aria-label={t("title")}>
        {loaded.problem && !loaded.data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={loaded.reload}>{t("try_again")}</Button>}>{say(loaded.problem)}</Empty>
          : loaded.data?.length === 0 ? <Empty icon="campaign" title={t("empty_title")} actions={add}>{t("empty_text")}</Empty>
            : <Table label={t("title")} columns={columns} rows={loaded.data} rowId={(one) => one.id} onRow={(one) => go(address(one.id, "live"))} empty={null} />}
      </section>
    </>
  );
}

/** Start, pause, finish: only the ways that there are. */
function Steps({ campaign, onChanged }: { campaign: T.Campaign; onChanged: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [asking, setAsking] = useState(false);
  const move = useAction(dialer.setState);
  const to = async (state: T.CampaignState) => {
    const answer = await move.run(campaign.id, state);
    if (answer) toast(t("now", { state: stateWord(t, state) }));
    onChanged();
  };
  return (
    <>
      {NEXT[campaign.state].filter((state) => state !== "CAMPAIGN_STATE_SCHEDULED" || campaign.starts_at).map((state) => (
        <Button key={state} kind={state === "CAMPAIGN_STATE_RUNNING" ? "go" : state === "CAMPAIGN_STATE_FINISHED" ? "plain" : "default"} icon={state === "CAMPAIGN_STATE_RUNNING" ? "play" : state === "CAMPAIGN_STATE_PAUSED" ? "pause" : undefined} isPending={move.pending}
          onPress={() => (state === "CAMPAIGN_STATE_FINISHED" ? setAsking(true) : void to(state))}>{t(`do_${state.replace("CAMPAIGN_STATE_", "").toLowerCase()}` as CampaignText)}</Button>
      ))}
      <Confirm title={t("finish_title", { name: campaign.name })} verb={t("do_finished")} keep={t("keep_on")} isOpen={asking} onClose={() => setAsking(false)} onConfirm={() => to("CAMPAIGN_STATE_FINISHED")} loss={t("finish_text")} />
      {move.problem && <span className="cm-problem" role="alert"><Icon name="stop" size="s" />{move.problem.reason === "INVALID" && move.problem.facts["field"] ? t("cannot_start", { field: fieldWord(t, String(move.problem.facts["field"])) }) : say(move.problem)}</span>}
    </>
  );
}

const FIELDS = ["queue_id", "caller_ids", "starts_at", "pack_id"];
const fieldWord = (t: (key: CampaignText) => string, field: string) => (FIELDS.includes(field) ? t(`f_${field}` as CampaignText) : field);

function One({ campaign, tab, onChanged }: { campaign: T.Campaign; tab: (typeof TABS)[number]["id"]; onChanged: () => void }) {
  const t = useT();
  const may = useDesk(can("campaigns.write"));
  return (
    <>
      <PageHead title={campaign.name}>
        <StateChip state={campaign.state} />
        <nav className="tabs cm-tabs" aria-label={t("parts")}>{TABS.map(({ id, icon }) => <Link key={id} href={address(campaign.id, id)} aria-current={id === tab ? "page" : undefined}><Icon name={icon} size="s" />{t(id)}</Link>)}</nav>
        <span className="end flex">{may && <Steps campaign={campaign} onChanged={onChanged} />}<Link className="btn plain" href="/campaigns">{t("all")}</Link></span>
      </PageHead>
      {tab === "live" && <Live campaign={campaign} onState={onChanged} />}
      {tab === "settings" && <Settings key={campaign.id} stored={campaign} onSaved={onChanged} />}
      {tab === "lists" && <Lists campaign={campaign} />}
      {tab === "attempts" && <Attempts campaign={campaign} />}
    </>
  );
}

export default function CampaignsPage() {
  const t = useT();
  const say = useProblemText();
  const [, params] = useRoute("/campaigns/:id?/:tab?");
  const [, go] = useLocation();
  const id = params?.id ? decodeURIComponent(params.id) : "";
  const tab = TABS.find((one) => one.id === params?.tab)?.id ?? "live";
  const loaded = useLoad(async () => (await dialer.campaigns()).campaigns, []);
  if (id === DNC) return <><PageHead title={t("dnc")}><Areas dnc /></PageHead><DoNotCall campaigns={loaded.data ?? NONE} /></>;
  if (id === NEW) return <><PageHead title={t("new")}><span className="end"><Link className="btn plain" href="/campaigns">{t("all")}</Link></span></PageHead><Settings stored={undefined} onSaved={(saved) => { loaded.reload(); go(address(saved.id, "lists")); }} /></>;
  if (!id) return <All loaded={loaded} />;
  const campaign = loaded.data?.find((one) => one.id === id);
  if (campaign) return <>{loaded.problem && <Banner>{say(loaded.problem)}</Banner>}<One campaign={campaign} tab={tab} onChanged={loaded.reload} /></>;
  if (loaded.loading) return <><PageHead title={t("title")} /><Skeleton rows={8} /></>;
  return <><PageHead title={t("title")} /><Empty icon="search" title={t("gone_title")} actions={<Link className="btn" href="/campaigns">{t("all")}</Link>}>{loaded.problem ? say(loaded.problem) : t("gone_text")}</Empty></>;
}

const NONE: readonly T.Campaign[] = [];
