import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { channels as channelsApi, directory, routing } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type { Finding, GetSchemeResponse } from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { Icon } from "../../../design/Icon";
import { clock, phone } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { serverNow } from "../../../rt/clock";
import { useDesk } from "../../../rt/store";
import { useKey } from "../../../shell/keys";
import { useTitle } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Confirm } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
import { IconButton } from "../../../ui/IconButton";
import { Skeleton } from "../../../ui/Skeleton";
import { toast } from "../../../ui/Toast";
import { differences, equal } from "../diff";
import { draftOf, dropDraft, goTo, keepDraft, useOpenDraft } from "../guard";
import { useReceivers } from "../receivers";
import { addressOf, useWhyNot } from "../Section";
import { Findings, Simulator, useFindingText, type Found } from "./Dock";
import { fixFor, type Fix } from "./fixes";
import { connect, freeId, fromWire, insert, leadingTo, newNode, nodeOf, orphans, outline, placeAfter, putNode, remove, START_PLACE, toWire, type Graph, type Kind, type Place } from "./graph";
import { AddStep, Bound, GapForm, NodeFindings, NodeForm, SchemeForm, type World } from "./Inspector";
import { flat, isStep, merge, stepOf, type Draft } from "./merge";
import { Outline } from "./Outline";
import { useT } from "./texts";
import { Publish, Versions } from "./Versions";
import { ICONS, kindText, nameOf, type Names } from "./words";

const AUTOSAVE_MS = 1500;
const NO_PATH: ReadonlySet<string> = new Set();
const asProblem = (error: unknown) => (error instanceof Problem ? error : new Problem(500, { title: String(error) }));

interface Saved extends Draft { rev: number }
const savedOf = (answer: GetSchemeResponse): Saved => ({ name: answer.scheme?.name ?? "", graph: fromWire(answer.scheme?.graph), rev: answer.scheme?.rev ?? 0 });

/** The draft of one scheme: it saves itself a moment after the last change; customers meet it when it is published. */
function useScheme(id: string, first: GetSchemeResponse, mayWrite: boolean) {
  const t = useT();
  const key = `schemes/${id}`;
  const kept = draftOf(key)?.value as (Draft & { base: Saved }) | undefined;
  const [saved, setSaved] = useState<Saved>(() => kept?.base ?? savedOf(first));
  const [draft, setDraft] = useState<Draft>(() => (kept ? { name: kept.name, graph: kept.graph } : { name: saved.name, graph: saved.graph }));
  const [past, setPast] = useState<readonly Draft[]>([]);
  const [findings, setFindings] = useState<readonly Finding[]>(first.findings);
  const [theirs, setTheirs] = useState<Saved>();
  const [problem, setProblem] = useState<Problem>();
  const [state, setState] = useState<"saved" | "saving" | "edited">(kept ? "edited" : "saved");
  const [at, setAt] = useState(first.scheme?.changed_at ?? "");
  useOpenDraft(key);
  const now = useRef({ draft, saved });
  now.current = { draft, saved };
  const running = useRef<Promise<boolean> | undefined>(undefined);

  const change = (next: Draft, merged = false) => {
    if (!merged) setPast((old) => [...old.slice(-49), now.current.draft]);
    setDraft(next);
    now.current.draft = next;
    setState("edited");
    keepDraft(key, { base: undefined, value: { ...next, base: now.current.saved } });
  };
  const store = useCallback(async (): Promise<boolean> => {
    if (running.current) await running.current;
    const { draft: wanted, saved: base } = now.current;
    if (equal(wanted, { name: base.name, graph: base.graph })) {
      setState("saved");
      dropDraft(key);
      return true;
    }
    if (!wanted.name.trim()) return false;
    const save = async () => {
      setState("saving");
      setProblem(undefined);
      try {
        const answer = await routing.saveScheme({ id, rev: base.rev, name: wanted.name.trim(), graph: toWire(wanted.graph) });
        const next: Saved = { ...wanted, rev: answer.scheme?.rev ?? base.rev + 1 };
        now.current.saved = next;
        setSaved(next);
        setFindings(answer.findings);
        setAt(new Date(serverNow()).toISOString());
        const still = !equal(now.current.draft, wanted);
        setState(still ? "edited" : "saved");
        if (!still) dropDraft(key);
        return true;
      } catch (error) {
        const found = asProblem(error);
        setState("edited");
        if (found.reason === "STALE") setTheirs(savedOf(await routing.scheme(id)));
        else setProblem(found);
        return false;
      } finally {
        running.current = undefined;
      }
    };
    running.current = save();
    return running.current;
  }, [id, key]);
  useEffect(() => {
    if (state !== "edited" || !mayWrite || theirs || problem) return undefined;
    const timer = setTimeout(() => void store(), AUTOSAVE_MS);
    return () => clearTimeout(timer);
  }, [state, draft, mayWrite, theirs, problem, store]);

  return {
    draft, saved, findings, theirs, problem, state, at, store, change: (next: Draft) => { setProblem(undefined); change(next); }, canUndo: past.length > 0, t,
    undo: () => {
      const last = past.at(-1);
      if (!last) return;
      setPast(past.slice(0, -1));
      change(last, true);
    },
    takeTheirs: () => {
      if (!theirs) return;
      now.current.saved = theirs;
      setSaved(theirs);
      setDraft({ name: theirs.name, graph: theirs.graph });
      setTheirs(undefined);
      setState("saved");
      dropDraft(key);
    },
    keepMine: () => {
      if (!theirs) return;
      const mixed = merge(saved, theirs, draft);
      now.current.saved = theirs;
      setSaved(theirs);
      setTheirs(undefined);
      change(mixed);
      void store();
    },
  };
}

function Editor({ id, first, reload }: { id: string; first: GetSchemeResponse; reload: () => void }) {
  const t = useT();
  const say = useProblemText();
    const whyNot = useWhyNot("schemes.write");
  const scheme = useScheme(id, first, !whyNot);
  const { draft, theirs, findings } = scheme;
  const { graph } = draft;
  const sayFinding = useFindingText(graph);
  const queuesById = useDesk((state) => state.queues);
  const extra = useLoad(async () => {
    const [calendars, lists, numbers, channels] = await Promise.all([routing.calendars(), routing.callerLists(), directory.numbers(), channelsApi.list()]);
    return { calendars: calendars.calendars, lists: lists.lists, numbers: numbers.numbers, channels: channels.channels };
  });
  const receivers = useReceivers();
  const [selected, setSelected] = useState("incoming");
  const [adding, setAdding] = useState<{ place: Place | undefined; where: string }>();
  const [deleting, setDeleting] = useState<string>();
  const [layer, setLayer] = useState<"versions" | "publish">();
  const [path, setPath] = useState(NO_PATH);
  const inspector = useRef<HTMLElement>(null);
  const world: World = { queues: Object.values(queuesById), calendars: extra.data?.calendars ?? [], lists: extra.data?.lists ?? [] };
  const names: Names = { queue: (one) => queuesById[one]?.name ?? "", calendar: (one) => world.calendars.find((calendar) => calendar.id === one)?.name ?? "", list: (one) => world.lists.find((list) => list.id === one)?.name ?? "" };
  const rows = useMemo(() => outline(graph), [graph]);
  const row = rows.find((one) => one.key === selected) ?? rows[0];
  const node = row?.node;
  const live = first.scheme?.live_version ?? 0;
  const shown = findings.filter((one) => !one.node_id || nodeOf(graph, one.node_id));
  const errors = shown.filter((one) => one.severity === "error").length;
  const addresses = [...(extra.data?.numbers ?? []).map((one) => ({ id: one.e164, text: `${phone(one.e164)}${one.title ? ` · ${one.title}` : ""}` })), ...(extra.data?.channels ?? []).map((one) => ({ id: one.id, text: one.name }))];
  const bound = addresses.filter((one) => receivers.schemeOf(one.id) === id).map((one) => one.text);
  useTitle(draft.name);

  const edit = (next: Graph) => scheme.change({ ...draft, graph: next });
  const rowOfNode = (one: string) => outline(graph).find((other) => other.node?.id === one && !other.again)?.key ?? "incoming";
  const focusProperties = () => requestAnimationFrame(() => inspector.current?.querySelector<HTMLElement>(".form input, .form textarea, .form button")?.focus());
  const focusTree = () => requestAnimationFrame(() => document.querySelector<HTMLElement>(".tree [tabindex='0']")?.focus());
  const startAdding = () => {
    if (row?.kind === "gap" && row.way) setAdding({ place: { from: row.from, at: row.way.at }, where: t("add_at_gap", { step: nameOf(nodeOf(graph, row.from), t) }) });
    else if (node) {
      const place = placeAfter(node);
      setAdding({ place, where: place ? t("add_after", { step: nameOf(node, t) }) : t("add_loose", { step: nameOf(node, t) }) });
    } else setAdding({ place: START_PLACE, where: t("add_first") });
  };
  const add = (kind: Kind) => {
    const added = newNode(kind, freeId(graph, kind), t(kindText(kind)));
    const next = insert(graph, adding?.place, added);
    edit(next);
    setAdding(undefined);
    setSelected(outline(next).find((one) => one.node?.id === added.id)?.key ?? "incoming");
    focusProperties();
  };
  const drop = (one: string) => {
    const at = rows.findIndex((other) => other.key === selected);
    const next = remove(graph, one);
    edit(next);
    setSelected(outline(next)[Math.max(0, at - 1)]?.key ?? "incoming");
    focusTree();
  };
  const applyFix = (fix: Fix) => edit(fix.apply(t("k_close")));
  const toStep = (one: string) => {
    setAdding(undefined);
    setSelected(rowOfNode(one));
    focusProperties();
  };
  const writes = whyNot === undefined;
  useKey({ code: "KeyS", ctrl: true }, t("save_now"), writes ? () => void scheme.store() : undefined);
  useKey({ code: "KeyZ", ctrl: true }, t("undo"), writes && scheme.canUndo ? scheme.undo : undefined);
  const victim = nodeOf(graph, deleting);
  const publishWhy = errors > 0 ? t("fix_errors", { count: errors }) : graph.nodes.length === 0 ? t("nothing_to_publish") : undefined;
  const status = scheme.state === "saving" ? t("saving") : scheme.state === "edited" ? (scheme.problem || theirs ? t("not_saved") : t("edited")) : scheme.at ? t("draft_saved", { time: clock(scheme.at) }) : t("draft");

  return (
    <div className="ed-page">
      <div className="head">
        <IconButton icon="left" label={t("to_schemes")} onPress={() => void (writes && !theirs ? scheme.store() : Promise.resolve(true)).then(() => goTo(addressOf("schemes")))} />
        <h1 className="cut" title={draft.name}>{draft.name || t("no_name")}</h1>
        <Chip>{status}</Chip>
        <span className="mid cut grow" title={bound.join(", ")}>{live ? t("live_version", { version: live }) : t("never_live")}{bound.length ? ` · ${bound.join(", ")}` : ` · ${t("bound_nowhere")}`}</span>
        <span className="end flex">
          {writes && <IconButton icon="undo" label={t("undo")} isDisabled={!scheme.canUndo} onPress={scheme.undo} />}
          <Button icon="clock" onPress={() => setLayer("versions")}>{t("versions")}</Button>
          {writes && <>{publishWhy && <span className="sm t crit" id="publish-why">{publishWhy}</span>}<Button kind="primary" isDisabled={publishWhy !== undefined} {...(publishWhy ? { "aria-describedby": "publish-why" } : {})} onPress={() => setLayer("publish")}>{t("publish")}</Button></>}
        </span>
      </div>
      {whyNot && <p className="why-note"><Icon name="lock" size="s" /><span>{whyNot}</span></p>}
      {scheme.problem && <div className="problem" role="alert"><Icon name="stop" size="s" /><span className="grow">{scheme.problem.facts["path"] ? scheme.problem.detail : say(scheme.problem)} {t("kept_here")}</span><Button size="sm" onPress={() => void scheme.store()}>{t("try_again")}</Button></div>}
      {theirs && (
        <div className="theirs" role="alert">
          <div className="flex"><Icon name="users" /><b className="m">{t("stale_title")}</b></div>
          <p>{t("stale_text", { steps: differences(flat(scheme.saved), flat(theirs), flat(draft)).map(({ field }) => (isStep(field) ? stepOf(field, theirs, draft) : t(field === "name" ? "scheme_name" : field === "start" ? "first_step" : "languages"))).join(", ") || "–" })}</p>
          <div className="flex"><Button onPress={scheme.takeTheirs}>{t("take_theirs")}</Button><Button onPress={scheme.keepMine}>{t("keep_both")}</Button></div>
        </div>
      )}
      <div className="ed">
        <section className="out pane-like" aria-label={t("steps")} data-f6="">
          <header><h2>{t("steps")}</h2><span className="n">{graph.nodes.length}</span><span className="sm dim cut">{t("tree_keys")}</span>{writes && <Button size="sm" icon="plus" className="end" onPress={startAdding}>{t("step")}</Button>}</header>
          <Outline rows={rows} selected={row?.key ?? "incoming"} languages={graph.languages} findings={shown} say={(finding) => sayFinding(finding).text} path={path} names={names} onSelect={(key) => { setSelected(key); setAdding(undefined); }} onOpen={focusProperties}
            onAdd={writes ? startAdding : undefined} onDelete={writes && node && !row?.again ? () => setDeleting(node.id) : undefined} />
        </section>
        <aside className="ins" aria-label={t("properties")} ref={inspector} data-f6="" onKeyDown={(event) => { if (event.key === "Escape" && !event.defaultPrevented && !adding) focusTree(); }}>
          {adding ? <AddStep where={adding.where} queues={world.queues.length} onPick={add} onClose={() => { setAdding(undefined); focusTree(); }} /> : <>
            <header><Icon name={row ? ICONS[row.kind] : "flow"} /><h2 className="grow cut">{row?.kind === "incoming" || !row ? t("scheme") : row.kind === "gap" ? t("not_chosen") : t(kindText(row.kind))}</h2>
              {writes && node && <Button kind="plain" size="sm" onPress={() => setDeleting(node.id)}>{t("delete_step")}</Button>}</header>
            <div className="scroll grow form">
              {node && <NodeFindings findings={shown.filter((one) => one.node_id === node.id)}>{(finding) => {
                const { text, remedy } = sayFinding(finding);
                const fix = writes ? fixFor(graph, finding.code, finding.node_id, (finding as Found).field) : undefined;
                return <span>{text} {remedy}{fix && <><br /><Button size="sm" icon="bolt" onPress={() => applyFix(fix)}>{t(`fix_${fix.kind}`, { name: fix.name })}</Button></>}</span>;
              }}</NodeFindings>}
              <fieldset disabled={!writes} className={writes ? "" : "ro"} key={row?.key}><legend className="sr">{t("properties")}</legend>
                {node ? <NodeForm node={node} graph={graph} world={world} onChange={(next) => edit(putNode(graph, next))} />
                  : row?.kind === "gap" ? <GapForm row={row} graph={graph} onConnect={(to) => edit(connect(graph, row.from, row.way?.at ?? "next", to))} onAdd={startAdding} />
                  : <SchemeForm name={draft.name} graph={graph} onName={(name) => scheme.change({ ...draft, name })} onGraph={edit}
                      bindings={<Bound addresses={addresses} live={live > 0} mine={(one) => receivers.schemeOf(one) === id} taken={(one) => receivers.nameOf(receivers.schemeOf(one))} onBind={(one, on) => void receivers.bind(one, on ? id : "").then(() => toast(t(on ? "bound" : "unbound")), (error: unknown) => toast(say(asProblem(error)), { bad: true }))} />} />}
              </fieldset>
            </div>
          </>}
        </aside>
        <div className="dock">
          <Simulator scheme={id} graph={graph} names={names} save={async () => !writes || scheme.store()} onPath={setPath} />
          <Findings findings={shown} graph={graph} fresh={scheme.state === "saved"} onStep={toStep} fixOf={(finding) => fixFor(graph, finding.code, finding.node_id, (finding as Found).field)} onFix={writes ? applyFix : undefined} />
        </div>
      </div>
      {victim && <Confirm title={t("delete_step_title", { name: nameOf(victim, t) })} verb={t("delete_step")} isOpen onClose={() => setDeleting(undefined)} onConfirm={() => drop(victim.id)}
        loss={<p>{t("delete_step_loss", { from: leadingTo(graph, victim.id).map((one) => nameOf(one, t)).join(", ") || "–", used: leadingTo(graph, victim.id).length ? "yes" : "no", count: orphans(graph, victim.id) })}</p>} />}
      {layer === "publish" && <Publish isOpen name={draft.name} live={live} addresses={bound} onClose={() => setLayer(undefined)}
        run={async (reason) => {
          if (!(await scheme.store())) throw new Problem(409, { reason: "STALE" });
          await routing.publish(id, scheme.saved.rev, reason);
          setLayer(undefined);
          toast(t("published"));
          reload();
        }} />}
      <Versions scheme={id} versions={first.versions} live={live} mayWrite={writes} isOpen={layer === "versions"} onClose={() => setLayer(undefined)} onRolled={() => { setLayer(undefined); reload(); }} />
    </div>
  );
}

export function SchemeEditor({ id }: { id: string }) {
  const t = useT();
  const say = useProblemText();
  const loaded = useLoad(() => routing.scheme(id), [id]);
  // Another live version may bring another content under the same revision.
  if (loaded.data) return <Editor key={`${id} ${loaded.data.scheme?.live_version ?? 0}`} id={id} first={loaded.data} reload={loaded.reload} />;
  if (loaded.problem) return <Empty icon="alert" title={t("not_loaded")} actions={<><Button onPress={loaded.reload}>{t("try_again")}</Button><Button onPress={() => goTo(addressOf("schemes"))}>{t("to_schemes")}</Button></>}>{say(loaded.problem)}</Empty>;
  return <Skeleton rows={8} />;
}
