/** Lists: uploading with a look at what the columns mean, progress, bad rows, weights, calling again. */
import { useEffect, useRef, useState } from "react";
import { dialer } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { moment, number } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Checkbox, Switch } from "../../ui/Checkbox";
import { Chip } from "../../ui/Chip";
import { Dialog } from "../../ui/Dialog";
import { Empty } from "../../ui/Empty";
import { Progress } from "../../ui/Meter";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { AGAIN, badRowsFile, MEANINGS } from "./model";
import { useT, type CampaignText } from "./texts";
import { badWord, resultWord } from "./words";

const NONE = "-";
const LARGEST = 64_000_000;
/** The beginning is enough to see the columns of a CSV; a workbook is read as a whole. */
const HEAD = 256_000;
const isBook = (name: string) => /\.xlsx?$/i.test(name);

function save(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function Mapping({ seen, columns, onChange }: { seen: T.PreviewListResponse; columns: Readonly<Record<string, string>>; onChange: (columns: Record<string, string>) => void }) {
  const t = useT();
  const headings = [...new Set(seen.headings.filter(Boolean))];
  const chosen = { ...seen.columns, ...columns };
  return (
    <>
      <div className="cm-mapping">{MEANINGS.map((meaning) => (
        <Select key={meaning} label={t(`col_${meaning}` as CampaignText)} options={[...(meaning === "phone" ? [] : [{ id: NONE, text: t("col_none") }]), ...headings.map((id) => ({ id, text: id }))]} value={chosen[meaning] || (meaning === "phone" ? "" : NONE)}
          onChange={(heading) => onChange({ ...columns, [meaning]: heading === NONE ? "" : heading })} {...(meaning === "phone" && !chosen["phone"] ? { error: t("col_phone_needed") } : {})} />
      ))}</div>
      <div className="scroll cm-sample" tabIndex={0} role="region" aria-label={t("sample")}>
        <table className="tbl tight"><thead><tr><th>{t("line")}</th>{seen.headings.map((one, at) => <th key={at}>{one}</th>)}<th>{t("verdict")}</th></tr></thead>
          <tbody>{seen.rows.map((row) => <tr key={row.line}><td className="num">{row.line}</td>{seen.headings.map((_, at) => <td key={at} className="cut">{row.cells[at] ?? ""}</td>)}<td>{row.reason ? <span className="t warn">{badWord(t, row.reason)}</span> : <Icon name="check" size="s" />}</td></tr>)}</tbody></table>
      </div>
    </>
  );
}

function Upload({ campaign, onClose, onDone }: { campaign: T.Campaign; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const [name, setName] = useState("");
  const [weight, setWeight] = useState(1);
  const [columns, setColumns] = useState<Record<string, string>>({});
  const [request] = useState(() => crypto.randomUUID());
  const given = Object.fromEntries(Object.entries(columns).filter(([, heading]) => heading));
  const seen = useLoad(async () => (file ? dialer.previewList(campaign.id, isBook(file.name) ? file : file.slice(0, HEAD), given) : undefined), [file, JSON.stringify(given)]);
  const send = useAction(dialer.importList);
  const pick = (next: File | undefined) => {
    if (!next) return;
    setFile(next);
    setColumns({});
    if (!name) setName(next.name.replace(/\.[^.]+$/, ""));
  };
  const large = file !== undefined && file.size > LARGEST;
  const ready = file && !large && name.trim() && (seen.data?.columns["phone"] || given["phone"]);
  const run = async () => {
    if (!file || !ready) return;
    const answer = await send.run(campaign.id, file, { request_id: request, name: name.trim(), weight, columns: { ...seen.data?.columns, ...given } });
    if (!answer?.list) return;
    toast(t("imported", { contacts: answer.list.contacts, bad: answer.list.bad_rows }));
    onDone();
  };
  return (
    <Dialog big title={t("upload_title")} isOpen onClose={() => { if (!send.pending) onClose(); }} actions={<><Button isDisabled={send.pending} onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={send.pending} isDisabled={!ready} onPress={() => void run()}>{t("import")}</Button></>}>
      <div className="form">
        <div className="flex"><Button icon="file" onPress={() => input.current?.click()}>{t(file ? "other_file" : "choose_file")}</Button><span className="cut mid">{file?.name ?? t("file_hint")}</span>
          <input ref={input} type="file" hidden aria-label={t("choose_file")} accept=".csv,.txt,.tsv,.xlsx,.xls" onChange={(event) => pick(event.target.files?.[0])} /></div>
        {large && <p className="err" role="alert"><Icon name="stop" size="s" />{t("too_large")}</p>}
        {file && <div className="row cm-top"><TextField label={t("list_name")} value={name} onChange={setName} maxLength={200} /><NumberField label={t("weight")} hint={t("weight_hint")} minValue={1} maxValue={100} value={weight} onChange={(next) => setWeight(Number.isNaN(next) ? 1 : next)} /></div>}
        {file && !large && (seen.data ? <Mapping seen={seen.data} columns={columns} onChange={setColumns} /> : seen.problem ? null : <Skeleton rows={4} />)}
        {(send.problem ?? seen.problem) && <p className="err" role="alert"><Icon name="stop" size="s" />{say((send.problem ?? seen.problem) as never)}</p>}
      </div>
    </Dialog>
  );
}

function Recycle({ list, campaign, onClose, onDone }: { list: T.ContactList; campaign: T.Campaign; onClose: () => void; onDone: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [results, setResults] = useState<T.ResultClass[]>(["RESULT_CLASS_NO_ANSWER", "RESULT_CLASS_BUSY"]);
  const [codes, setCodes] = useState<string[]>([]);
  const again = useAction(dialer.recycle);
  const flip = <K,>(all: readonly K[], one: K, on: boolean) => (on ? [...all, one] : all.filter((other) => other !== one));
  const run = async () => {
    const answer = await again.run(list.id, results, codes);
    if (!answer) return;
    toast(t("recycled", { count: answer.contacts }));
    onDone();
  };
  return (
    <Dialog title={t("recycle_title", { name: list.name })} isOpen onClose={onClose} actions={<><Button onPress={onClose}>{t("cancel")}</Button><Button kind="primary" isPending={again.pending} isDisabled={!results.length && !codes.length} onPress={() => void run()}>{t("recycle")}</Button></>}>
      <p className="mid">{t("recycle_text")}</p>
      <fieldset className="cm-checks"><legend className="sm mid">{t("results")}</legend>{AGAIN.map((one) => <Checkbox key={one} isSelected={results.includes(one)} onChange={(on) => setResults(flip(results, one, on))}>{resultWord(t, one)}</Checkbox>)}</fieldset>
      {campaign.dispositions.length > 0 && <fieldset className="cm-checks"><legend className="sm mid">{t("dispositions")}</legend>{campaign.dispositions.filter((one) => one.result !== "RESULT_CLASS_DNC").map((one) => <Checkbox key={one.code} isSelected={codes.includes(one.code)} onChange={(on) => setCodes(flip(codes, one.code, on))}>{one.title || one.code}</Checkbox>)}</fieldset>}
      {again.problem && <p className="err" role="alert"><Icon name="stop" size="s" />{say(again.problem)}</p>}
    </Dialog>
  );
}

function Row({ list, campaign, may, onChanged }: { list: T.ContactList; campaign: T.Campaign; may: boolean; onChanged: () => void }) {
  const t = useT();
  const say = useProblemText();
  const [again, setAgain] = useState(false);
  const change = useAction(dialer.saveList);
  const put = async (part: Partial<T.ContactList>) => { if (await change.run({ ...list, ...part })) onChanged(); };
  const bad = async () => {
    const rows: T.BadRow[] = [];
    for (let after = 0; ; ) {
      const page = (await dialer.badRows(list.id, after)).rows;
      rows.push(...page);
      after = page.at(-1)?.line ?? 0;
      if (page.length < 1000) break;
    }
    save(`${list.name}-bad.csv`, badRowsFile(rows, (code) => badWord(t, code)));
  };
  const of = (state: string) => number(list.by_state[state] ?? 0);
  return (
    <li className="card cm-item">
      <header><h2 className="cut" title={list.name}>{list.name === "missed" ? t("list_missed") : list.name}</h2>{list.resting && <Chip kind="warn">{t("rests")}</Chip>}<span className="end sm mid">{list.imported_at && moment(list.imported_at)}</span></header>
      {list.importing ? <div className="cm-pad"><p className="sm mid">{t("importing", { rows: number(list.rows), of: number(Math.max(list.rows_expected, list.rows)) })}</p><Progress label={t("importing", { rows: list.rows, of: list.rows_expected })} share={list.rows_expected ? list.rows / list.rows_expected : 0} /></div> : (
        <div className="cm-pad cm-list-row">
          <dl className="cm-figures small">{([["contacts", number(list.contacts)], ["l_ready", of("ready")], ["l_dialling", of("dialling")], ["l_done", of("done")]] as const).map(([key, value]) => <div key={key}><dt>{t(key)}</dt><dd>{value}</dd></div>)}</dl>
          <div className="flex wrap end">
            {may && <NumberField aria-label={t("weight_of", { name: list.name })} label="" minValue={1} maxValue={100} value={list.weight} onChange={(weight) => { if (!Number.isNaN(weight) && weight !== list.weight) void put({ weight }); }} />}
            {may && <Switch isSelected={!list.resting} onChange={(on) => void put({ resting: !on })}>{t("is_dialled")}</Switch>}
            {list.bad_rows > 0 && <Button icon="download" onPress={() => void bad()}>{t("bad_rows", { count: list.bad_rows })}</Button>}
            {may && <a className="btn" href={dialer.resultsUrl(campaign.id, list.id)} download><Icon name="download" />{t("export_list")}</a>}
            {may && <Button icon="refresh" onPress={() => setAgain(true)}>{t("recycle")}</Button>}
          </div>
        </div>
      )}
      {change.problem && <p className="err cm-pad" role="alert"><Icon name="stop" size="s" />{say(change.problem)}</p>}
      {again && <Recycle list={list} campaign={campaign} onClose={() => setAgain(false)} onDone={() => { setAgain(false); onChanged(); }} />}
    </li>
  );
}

export function Lists({ campaign }: { campaign: T.Campaign }) {
  const t = useT();
  const say = useProblemText();
  const may = useDesk(can("campaigns.write"));
  const [uploading, setUploading] = useState(false);
  const loaded = useLoad(async () => (await dialer.lists(campaign.id)).lists, [campaign.id]);
  const busy = uploading || (loaded.data?.some((one) => one.importing) ?? false);
  const { reload } = loaded;
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), busy ? 1000 : 5000);
    return () => clearInterval(timer);
  }, [busy, reload]);
  const add = may && campaign.state !== "CAMPAIGN_STATE_FINISHED" && <Button kind="primary" icon="plus" onPress={() => setUploading(true)}>{t("upload")}</Button>;
  return (
    <div className="scroll grow" tabIndex={0} role="region" aria-label={t("lists")}>
      <div className="page">
        {loaded.problem && !loaded.data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={reload}>{t("try_again")}</Button>}>{say(loaded.problem)}</Empty>
          : !loaded.data ? <Skeleton rows={5} />
            : loaded.data.length === 0 ? <Empty icon="users" title={t("no_lists_title")} actions={add}>{t("no_lists_text")}</Empty>
              : <><div>{add}</div><ul className="cm-items">{loaded.data.map((one) => <Row key={one.id} list={one} campaign={campaign} may={may} onChanged={reload} />)}</ul></>}
      </div>
      {uploading && <Upload campaign={campaign} onClose={() => setUploading(false)} onDone={() => { setUploading(false); reload(); }} />}
    </div>
  );
}
