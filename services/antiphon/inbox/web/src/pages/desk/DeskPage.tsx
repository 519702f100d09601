/** The agent's desk: offers and the list, the open conversation, the card. */
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { useLocation, useRoute } from "wouter";
import { useProblemText } from "../../i18n/problems";
import { loadAreas } from "../../i18n/texts";
import { useHelpKeys, useKey } from "../../shell/keys";
import { Pane, Panes, type PaneName } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Skeleton } from "../../ui/Skeleton";
import { DeskBar, NotAvailable } from "./Bar";
import { useMentionNotices, useNormNotices } from "./bench/notices";
import { useFreshTags } from "./bench/shelf";
import { useT as useBench } from "./bench/texts";
import { useConversation, useMine } from "./data";
import { useOpen } from "./layer";
import "./desk.css";
import { TabTitle, useTicks } from "./TabTitle";
import { callbackOf } from "./model/callbacks";
import { campaignOf } from "./model/campaigns";
import { openOutbox } from "./send";
import { callOf } from "../../softphone/match";
import { useT } from "./texts";
import { useAway } from "./useAway";
import { useNoticeText, useOffers } from "./useOffers";
import { WorkList } from "./WorkList";

/** They come beside the desk, not within it: the list is there first, and their code before what they are to show. */
const [thread, offerCards] = [() => import("./ThreadPane"), () => import("./OfferCards")];
for (const load of [thread, offerCards]) load().catch(() => undefined);
const ThreadPane = lazy(thread);
const OfferCards = lazy(offerCards);
const ContactPanel = lazy(() => import("./ContactPanel"));
const BenchDialogs = lazy(() => import("./bench/Dialogs"));
const CallPane = lazy(() => import("./CallPane"));
const PreviewPane = lazy(() => Promise.all([import("./campaign/PreviewPane"), loadAreas("campaign")]).then(([module]) => module));
const CallbackPane = lazy(() => Promise.all([import("./shift/CallbackPane"), loadAreas("shift")]).then(([module]) => module));

const narrow = matchMedia("(max-width: 44.99rem)");
const watchNarrow = (listener: () => void) => {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
};
const useNarrow = () => useSyncExternalStore(watchNarrow, () => narrow.matches);

function Nothing() {
  const t = useT();
  return <Empty icon="inbox" title={t("empty")}>{t("empty_text")}</Empty>;
}

export default function DeskPage() {
  const t = useT();
  const say = useProblemText();
  const [, params] = useRoute("/inbox/:id");
  const [, go] = useLocation();
  const open = params?.id ? decodeURIComponent(params.id) : "";
  const call = callOf({ subject: open });
  const callback = callbackOf(open);
  const campaign = campaignOf(open);
  const id = call || callback || campaign ? "" : open;
  const rows = useMine();
  const { conversation, problem } = useConversation(id);
  const { away, clear } = useAway(rows, id);
  const offers = useOffers(useNoticeText());
  const [card, setCard] = useState(false);
  const isNarrow = useNarrow();
  useTicks(id);
  useEffect(openOutbox, []);
  useEffect(() => setCard(false), [id]);
  useKey({ code: "Escape", inFields: true, cap: "" }, t("close_card"), card ? () => setCard(false) : undefined);

  useFreshTags();
  const openOne = useOpen();
  useMentionNotices(id, openOne);
  useNormNotices(id, openOne);
  const b = useBench();

  useHelpKeys([
    { id: "accept", code: "KeyA", alt: true, label: t("key_accept") }, { id: "decline", code: "KeyD", alt: true, label: t("key_decline") }, { id: "why", code: "KeyY", alt: true, label: t("why_me") },
    { code: "Digit1", alt: true, cap: "Alt 1…9", label: t("key_tasks") }, { code: "ArrowDown", cap: "↑ ↓", label: t("key_rows") }, { code: "Enter", ctrl: true, label: t("send") }, { id: "note", code: "KeyN", alt: true, label: t("key_note") },
    { id: "transfer", code: "KeyT", alt: true, label: t("transfer") }, { id: "close", code: "KeyE", alt: true, label: t("key_close") },
    { id: "snooze", code: "KeyZ", alt: true, label: b("snooze") }, { id: "tags", code: "KeyG", alt: true, label: b("tags") }, { id: "macros", code: "KeyJ", alt: true, label: b("macros") }, { id: "plan", code: "KeyP", alt: true, label: b("plan") },
    { id: "assign", code: "KeyW", alt: true, label: b("assign") }, { id: "spam", code: "KeyX", alt: true, label: b("spam") }, { id: "canned", code: "KeyQ", alt: true, label: b("canned") }, { id: "mentions", code: "KeyO", alt: true, label: t("mentions") },
    { id: "choose", code: "KeyV", alt: true, label: t("choose_many") }, { code: "KeyX", cap: "X", label: b("key_choose") }, { code: "Digit1", cap: "1…9", label: t("key_results") }, { code: "Escape", cap: "Esc", label: t("key_escape") },
  ]);

  const ringing = offers.cards.find((one) => one.phase === "ringing");
  const back = () => go("/inbox");
  // After one is finished, the next one of mine opens; on a phone the list does.
  const next = () => go(isNarrow ? "/inbox" : `/inbox/${encodeURIComponent(rows.find((row) => row.conversation.id !== id && !row.wrapping)?.conversation.id ?? "")}`.replace(/\/$/, ""));
  const show: PaneName = !open ? "list" : card ? "side" : "thread";
  const blank = conversation?.status === "CONVERSATION_STATUS_UNSPECIFIED";
  const shown = conversation && !blank && !away ? conversation : undefined;
  const middle = away ? (
    <Empty icon="users" title={away.title} actions={<><Button onPress={back}>{t("to_list")}</Button>{!blank && <Button kind="plain" onPress={clear}>{t("look_at_it")}</Button>}</>}>{away.text}</Empty>
  ) : shown ? (
    <Suspense fallback={<Skeleton rows={6} />}><ThreadPane key={id} conversation={shown} onBack={back} onCard={() => setCard(true)} onEnded={next} /></Suspense>
  ) : problem ?? blank ? (
    <Empty icon="search" title={t("not_there")} actions={<Button onPress={back}>{t("to_list")}</Button>}>{problem ? say(problem) : t("away_gone")}</Empty>
  ) : id ? <Skeleton rows={6} /> : <Nothing />;
  const cards = <Suspense fallback={null}><OfferCards offers={offers} /></Suspense>;
  return (
    <>
      <h1 className="sr">{t("title")}</h1>
      <Suspense fallback={null}><BenchDialogs open={id} onMoved={next} /></Suspense>
      <TabTitle card={ringing} news={rows.filter((row) => row.unread > 0).length} />
      <DeskBar />
      {isNarrow && show !== "list" && cards}
      <Panes show={show} two={!shown && !call && !callback && !campaign}>
        <Pane name="list" label={t("pane_list")}>
          {!(isNarrow && show !== "list") && cards}
          <NotAvailable />
          <WorkList selected={open} />
        </Pane>
        {call && <Suspense fallback={<><Pane name="thread" label={t("call_pane")}><Skeleton rows={4} /></Pane><Pane name="side" label={t("pane_side")}>{null}</Pane></>}><CallPane key={call} id={call} onBack={back} onEnded={next} /></Suspense>}
        {callback && <Suspense fallback={<><Pane name="thread" label={t("call_pane")}><Skeleton rows={4} /></Pane><Pane name="side" label={t("pane_side")}>{null}</Pane></>}><CallbackPane key={callback} id={callback} onBack={back} onEnded={back} /></Suspense>}
        {campaign && <Suspense fallback={<><Pane name="thread" label={t("call_pane")}><Skeleton rows={4} /></Pane><Pane name="side" label={t("pane_side")}>{null}</Pane></>}><PreviewPane key={campaign} id={campaign} onBack={back} /></Suspense>}
        {!call && !callback && !campaign && <Pane name="thread" label={shown ? t("pane_thread", { name: shown.contact_name || t("guest", { no: shown.no }) }) : t("empty")}>{middle}</Pane>}
        {shown && <Pane name="side" label={t("pane_side")}><Suspense fallback={<Skeleton rows={4} />}><ContactPanel key={shown.contact_id} conversation={shown} onClose={() => setCard(false)} /></Suspense></Pane>}
      </Panes>
    </>
  );
}
