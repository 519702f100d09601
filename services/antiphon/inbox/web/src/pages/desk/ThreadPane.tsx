/** An open conversation: head, history, and what can be done with it now. */
import { lazy, Suspense, useCallback, useEffect, useRef, useState, type DragEvent } from "react";
import { useLocation } from "wouter";
import { conversations } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { learn, useDesk, useTopic } from "../../rt/store";
import { useKey } from "../../shell/keys";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { IconButton } from "../../ui/IconButton";
import { KeyCap } from "../../ui/KeyCap";
import { toast } from "../../ui/Toast";
import { PriorityMark, SlaTimer, TagDots, TagLine } from "./bench/Marks";
import { Planned } from "./bench/Planned";
import { ThreadTools } from "./bench/Tools";
import { Composer } from "./Composer";
import { useMyId, usePersonName } from "./data";
import { endedByMe } from "./layer";
import { Log } from "./Log";
import { wrapItemOf } from "./model/rows";
import { openOutbox } from "./send";
import { useT } from "./texts";
import { useTake } from "./WorkList";
import { WrapUp } from "./WrapUp";

const Transfer = lazy(() => import("./Transfer"));

type Phase = "mine" | "wrap" | "colleague" | "waiting" | "reception" | "snoozed" | "closed";

function phaseOf(conversation: T.Conversation, me: string, wrapping: boolean): Phase {
  if (wrapping) return "wrap";
  switch (conversation.status) {
    case "CONVERSATION_STATUS_OPEN": return conversation.assignee_id === me ? "mine" : "colleague";
    case "CONVERSATION_STATUS_WAITING": return "waiting";
    case "CONVERSATION_STATUS_RECEPTION": return "reception";
    case "CONVERSATION_STATUS_SNOOZED": return "snoozed";
    default: return "closed";
  }
}

const CHIP = { mine: "info", wrap: "warn", colleague: "line", waiting: "warn", reception: "line", snoozed: "line", closed: "line" } as const;

interface HeadProps { conversation: T.Conversation; phase: Phase; onBack: () => void; onCard: () => void; onTransfer: () => void; onClose: () => void; closing: boolean; onEnded: () => void; mayWrite: boolean }

function Head({ conversation, phase, onBack, onCard, onTransfer, onClose, closing, onEnded, mayWrite }: HeadProps) {
  const t = useT();
  const person = usePersonName();
  const [, go] = useLocation();
  const { queue, watches, judges } = useDesk((state) => ({ queue: state.queues[conversation.queue_id]?.name ?? "", watches: can("work.watch")(state), judges: can("quality.write")(state) }));
  const line = [t("no", { no: number(conversation.no) }), queue, phase === "colleague" ? person(conversation.assignee_id) : ""].filter(Boolean).join(" · ");
  const name = conversation.contact_name || t("guest", { no: conversation.no });
  return (
    <header className="thead">
      <span className="pane-back"><IconButton icon="left" label={t("back")} onPress={onBack} /></span>
      <div className="grow">
        <div className="flex"><h2 className="cut thread-name" title={name} dir="auto">{name}</h2><Chip kind={CHIP[phase]}>{conversation.spam && phase === "closed" ? t("phase_spam") : t(`phase_${phase}`)}</Chip><PriorityMark priority={conversation.priority} /></div>
        <div className="flex thread-line"><span className="sm mid cut" title={line}>{line}</span><span className="tags-words"><TagLine ids={conversation.tags} most={3} /></span><span className="tags-dots"><TagDots ids={conversation.tags} /></span></div>
      </div>
      <SlaTimer sla={conversation.sla} />
      {phase !== "wrap" && <ThreadTools conversation={conversation} may={mayWrite} onEnded={onEnded} />}
      {watches && conversation.queue_id && <IconButton icon="pulse" label={t("whole_wait")} onPress={() => go(`/wait/${encodeURIComponent(`conversation:${conversation.id}`)}`)} />}
      {judges && (phase === "colleague" || phase === "closed") && <IconButton icon="ok" label={t("evaluate")} onPress={() => go(`/quality/evaluate/${encodeURIComponent(`conversation:${conversation.id}`)}`)} />}
      <span className="to-card"><IconButton icon="user" label={t("card")} onPress={onCard} /></span>
      {phase === "mine" && <>
        <Button kind="plain" icon="users" aria-label={t("transfer")} onPress={onTransfer}><span className="wide">{t("transfer")}</span> <KeyCap keys="Alt T" onAlt /></Button>
        <Button icon="check" isPending={closing} onPress={onClose}>{t("close")} <KeyCap keys="Alt E" onAlt /></Button>
      </>}
    </header>
  );
}

/** Where writing would be, when it is not possible now: why, and the way to it. */
function Instead({ conversation, phase }: { conversation: T.Conversation; phase: Phase }) {
  const t = useT();
  const { take, pending } = useTake();
  const mayWrite = useDesk(can("conversations.write"));
  const takes = phase === "waiting" || phase === "closed" || phase === "snoozed";
  return (
    <div className="instead">
      <span className="grow mid">{t(phase === "waiting" ? "instead_waiting" : phase === "reception" ? "instead_reception" : phase === "snoozed" ? "instead_snoozed" : phase === "closed" ? "instead_closed" : "instead_none", { at: conversation.snooze_until ? moment(conversation.snooze_until) : "", timed: conversation.snooze_until ? "yes" : "no" })}</span>
      {takes && mayWrite && <Button kind={phase === "waiting" ? "primary" : "default"} isPending={pending} onPress={() => void take(conversation.id)}>{t("take")}</Button>}
    </div>
  );
}

export default function ThreadPane({ conversation, onBack, onCard, onEnded }: { conversation: T.Conversation; onBack: () => void; onCard: () => void; onEnded: () => void }) {
  const t = useT();
  const say = useProblemText();
  const me = useMyId();
  const { id } = conversation;
  useTopic(`conversation:${id}`);
  useEffect(openOutbox, [me]);
  const wrap = useDesk((state) => wrapItemOf(state, id));
  const queue = useDesk((state) => state.queues[conversation.queue_id]);
  const phase = phaseOf(conversation, me, Boolean(wrap));
  const mayWrite = useDesk(can("conversations.write"));
  const [transferring, setTransferring] = useState(false);
  const seen = useRef(0);

  const close = useAction(conversations.close);
  useEffect(() => {
    if (close.problem) toast(say(close.problem), { bad: true });
  }, [close.problem, say]);
  const end = async () => {
    endedByMe.add(id);
    const answer = await close.run(id);
    if (!answer) return;
    if (answer.conversation) learn.conversations([answer.conversation]);
    // Without wrap-up it is over at once; else the panel comes with its event.
    if (queue?.wrap_up === "WRAP_UP_MODE_NONE") onEnded();
  };
  const mine = phase === "mine";
  useKey({ id: "close", code: "KeyE", alt: true, cap: "" }, t("key_close"), mine ? () => void end() : undefined);
  useKey({ id: "transfer", code: "KeyT", alt: true, cap: "" }, t("transfer"), mine ? () => setTransferring(true) : undefined);

  // Files may be dropped anywhere on the thread.
  const [dropped, setDropped] = useState<readonly File[]>([]);
  const [over, setOver] = useState(false);
  const writes = mayWrite && (phase === "mine" || phase === "colleague");
  const takeFiles = useCallback(() => setDropped([]), []);
  const drag = writes ? {
    onDragOver: (event: DragEvent) => { if (event.dataTransfer.types.includes("Files")) { event.preventDefault(); setOver(true); } },
    onDragLeave: (event: DragEvent) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false),
    onDrop: (event: DragEvent) => { event.preventDefault(); setOver(false); setDropped([...event.dataTransfer.files]); },
  } : {};

  return (
    <div className={over ? "thread-in dropping" : "thread-in"} {...drag}>
      <Head conversation={conversation} phase={phase} onBack={onBack} onCard={onCard} onTransfer={() => setTransferring(true)} onClose={() => void end()} closing={close.pending} onEnded={onEnded} mayWrite={mayWrite} />
      <Log conversation={conversation} seen={seen} />
      {wrap ? <WrapUp key={wrap.id} item={wrap} onDone={onEnded} /> : writes ? <Composer conversation={conversation} seen={seen} files={dropped} takeFiles={takeFiles} /> : <><Planned conversation={conversation} /><Instead conversation={conversation} phase={phase} /></>}
      {over && <div className="drop-here" aria-hidden="true">{t("drop_here")}</div>}
      {transferring && mine && <Suspense fallback={null}><Transfer conversation={conversation} onClose={() => setTransferring(false)} onDone={() => { setTransferring(false); onEnded(); }} /></Suspense>}
    </div>
  );
}
