import { useEffect, useState } from "react";
import { useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { directory } from "../../api/api";
import type { AuditEntry } from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { useDesk } from "../../rt/store";
import { useTitle } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Empty } from "../../ui/Empty";
import { Table } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { useT, type AdminText } from "./texts";

const PAGE = 100;
const OBJECTS: Record<string, AdminText> = {
  person: "o_person", queue: "o_queue", group: "o_group", channel: "o_channel", project: "o_project", number: "o_number", key: "o_key", scheme: "o_scheme", calendar: "o_calendar", list: "o_list",
  tenant: "o_tenant", service: "o_service", contact: "o_contact", conversation: "o_conversation", session: "o_session", ban: "o_ban",
};

/** "person:7f3" → the name, where the page knows it. */
function useNames(): (ref: string) => string {
  const t = useT();
  const { people, queues, groups, channels, projects } = useDesk((state) => ({ people: state.people, queues: state.queues, groups: state.groups, channels: state.channels, projects: state.projects }));
  const known: Record<string, Readonly<Record<string, { name: string }>>> = { person: people, queue: queues, group: groups, channel: channels, project: projects };
  return (ref) => {
    const [kind = "", id = ""] = ref.split(/:(.*)/s);
    const name = known[kind]?.[id]?.name ?? id;
    return kind === "person" && known[kind]?.[id] ? name : `${kind in OBJECTS ? t(OBJECTS[kind] as AdminText) : kind} ${name}`.trim();
  };
}

export default function AuditPage() {
  const t = useT();
  const say = useProblemText();
  const nameOf = useNames();
  const object = new URLSearchParams(useSearch()).get("object") ?? "";
  const [typed, setTyped] = useState(object);
  const [entries, setEntries] = useState<AuditEntry[]>();
  const [next, setNext] = useState("");
  const { run, pending, problem } = useAction(directory.audit);
  useTitle(t("audit"));
  useEffect(() => {
    let wanted = true;
    setTyped(object);
    setEntries(undefined);
    void run({ limit: PAGE, object }).then((page) => {
      if (!page || !wanted) return;
      setEntries(page.entries);
      setNext(page.next);
    });
    return () => {
      wanted = false;
    };
  }, [object, run]);
  const more = async () => {
    const page = await run({ limit: PAGE, object, after: next });
    if (!page) return;
    setEntries((old) => [...(old ?? []), ...page.entries]);
    setNext(page.next);
  };
  const only = (wanted: string) => navigate(`/admin/audit${wanted ? `?object=${encodeURIComponent(wanted)}` : ""}`);
  return (
    <div className="work"><section className="work-list" aria-label={t("audit")}>
      <header className="head"><h1>{t("audit")}</h1><span className="sm dim cut">{t("audit_note")}</span></header>
      <form className="find flex" onSubmit={(event) => { event.preventDefault(); only(typed.trim()); }}>
        <TextField aria-label={t("audit_object")} label="" placeholder={t("audit_object_hint")} value={typed} onChange={setTyped} />
        <Button type="submit">{t("show")}</Button>{object && <Button kind="plain" onPress={() => only("")}>{t("show_all")}</Button>}
      </form>
      {object && <p className="why-note"><span>{t("audit_only", { object: nameOf(object) })}</span></p>}
      {problem && !entries ? <Empty icon="alert" title={t("not_loaded")}>{say(problem)}</Empty> : <Table label={t("audit")} rows={entries} rowId={(row) => row.id}
        empty={<Empty icon="file" title={t("audit_empty")}>{t(object ? "audit_empty_object" : "audit_empty_text")}</Empty>}
        columns={[
          { id: "at", title: t("when"), cell: (row) => <span className="nw">{row.at ? moment(row.at) : "–"}</span> },
          { id: "actor", title: t("actor"), cell: (row) => <span className="cut" title={row.actor}>{row.actor.startsWith("support:") ? t("actor_support", { name: row.facts["support"] ?? row.actor.slice(8) }) : nameOf(row.actor)}</span> },
          { id: "action", title: t("action"), cell: (row) => <Chip kind={/failed|denied|refused/.test(row.action) ? "warn" : "line"}>{row.action}</Chip> },
          { id: "object", title: t("object"), cell: (row) => (row.object ? <button type="button" className="linkish cut" title={t("only_this", { object: row.object })} onClick={() => only(row.object)}>{nameOf(row.object)}</button> : "–") },
          { id: "facts", title: t("facts"), cell: (row) => <span className="facts">{Object.entries(row.facts).map(([key, value]) => <span key={key}><b>{key}</b> {value}</span>)}</span> },
        ]} />}
      {next && entries && <div className="more-row"><Button isPending={pending} onPress={() => void more()}>{t("show_older")}</Button></div>}
    </section></div>
  );
}
