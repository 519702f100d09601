/** The operator's side of contracts: what is published, what is to be started, kept, sent and stored. */
import { useState } from "react";
import { billing } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useAction, useLoad } from "../../../api/useCall";
import { day } from "../../../i18n/format";
import { useProblemText } from "../../../i18n/problems";
import { language } from "../../../i18n/texts";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { Button } from "../../../ui/Button";
import { Chip } from "../../../ui/Chip";
import { Dialog } from "../../../ui/Dialog";
import { NumberField } from "../../../ui/NumberField";
import { Select } from "../../../ui/Select";
import { Skeleton } from "../../../ui/Skeleton";
import { Table, type TableColumn } from "../../../ui/Table";
import { TextArea, TextField } from "../../../ui/TextField";
import { toast } from "../../../ui/Toast";
import { has, isoDay } from "../model";
import { Failed } from "../paged";
import { inTongue, KINDS, LANGUAGES, STATES, type Kind, type Tongue } from "./model";
import { SignedActs } from "./SignedActs";
import { useT } from "./texts";
import { WaitingOrders } from "./WaitingOrders";

const TONGUES = Object.keys(LANGUAGES) as Tongue[];
const blank = (): Record<Tongue, string> => ({ en: "", ru: "", uk: "" });

function Publish({ onClose }: { onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [id] = useState(() => `ch-${crypto.randomUUID().slice(0, 13)}`);
  const [kind, setKind] = useState<Kind>("terms");
  const [titles, setTitles] = useState(blank);
  const [texts, setTexts] = useState(blank);
  const [effective_on, setEffective] = useState(isoDay(new Date(Date.now() + 14 * 86_400_000)));
  const [told, setTold] = useState<T.PublishChangeResponse>();
  const publish = useAction(billing.publishChange);
  const run = async (preview: boolean) => {
    const done = await publish.run({ change: { id, kind, titles, texts, effective_on }, preview });
    if (done && !preview) { toast(t("published_ok")); onClose(true); }
    setTold(done);
  };
  return (
    <Dialog title={t("publish_title")} big isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button isPending={publish.pending} onPress={() => void run(true)}>{t("preview")}</Button><Button kind="primary" isPending={publish.pending} onPress={() => void run(false)}>{t("publish")}</Button></>}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void run(true); }}>
        <p className="mid">{t("publish_text")}</p>
        <div className="bill-pair">
          <Select label={t("kind")} options={Object.entries(KINDS).map(([one, word]) => ({ id: one as Kind, text: t(word) }))} value={kind} onChange={setKind} />
          <TextField label={t("effective")} type="date" value={effective_on} onChange={setEffective} />
        </div>
        {TONGUES.map((one) => <div key={one} className="form">
          <TextField label={t("title_of", { language: LANGUAGES[one] })} value={titles[one]} onChange={(text) => setTitles({ ...titles, [one]: text })} maxLength={200} />
          <TextArea label={t("text_of", { language: LANGUAGES[one] })} value={texts[one]} onChange={(text) => setTexts({ ...texts, [one]: text })} maxLength={20_000} />
        </div>)}
        {told && <p role="status">{t("previewed", { count: told.customers, day: day(told.earliest) })}</p>}
        {publish.problem && <p className="err" role="alert">{say(publish.problem)}</p>}
      </form>
    </Dialog>
  );
}

function Extend({ row, onClose }: { row: T.ContractWork; onClose: (done: boolean) => void }) {
  const t = useT();
  const say = useProblemText();
  const [request_id] = useState(() => crypto.randomUUID());
  const [days, setDays] = useState(7);
  const [reason, setReason] = useState("");
  const extend = useAction(billing.extendReserve);
  const submit = async () => {
    const done = await extend.run({ request_id, company_id: row.company_id, days, reason });
    if (done) { toast(t("extended", { day: day(done.reserved_until) })); onClose(true); }
  };
  return (
    <Dialog title={t("extend_title")} isOpen onClose={() => onClose(false)}
      actions={<><Button onPress={() => onClose(false)}>{t("not_now")}</Button><Button kind="primary" isPending={extend.pending} onPress={() => void submit()}>{t("extend")}</Button></>}>
      <form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <NumberField label={t("days")} value={days} onChange={(value) => setDays(Number.isNaN(value) ? 1 : value)} minValue={1} maxValue={365} />
        <TextField label={t("why")} value={reason} onChange={setReason} maxLength={400} isRequired />
        {extend.problem && <p className="err" role="alert">{say(extend.problem)}</p>}
      </form>
    </Dialog>
  );
}

function Published({ round }: { round: number }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const list = useLoad(billing.publishedChanges, [round]);
  const [writing, setWriting] = useState(false);
  const columns: TableColumn<T.PublishedChange>[] = [
    { id: "what", title: t("kind"), cell: (one) => <span className="col"><span className="m cut">{inTongue(one.change?.titles, language())}</span><span className="sm dim">{has(KINDS, one.change?.kind ?? "") ? t(KINDS[one.change?.kind as Kind]) : one.change?.kind}</span></span> },
    { id: "from", title: t("effective"), cell: (one) => day(one.change?.effective_on ?? "") },
    { id: "answers", title: t("state"), cell: (one) => t("answers", { told: one.told, open: one.open, accepted: one.accepted, refused: one.refused }) },
    { id: "hash", title: t("hash"), cell: (one) => <span className="mono dim" title={one.change?.hash}>{one.change?.hash.slice(0, 12)}</span> },
  ];
  return (
    <section className="card" aria-label={t("changes")}><header><h2>{t("changes")}</h2>{may && <Button size="sm" icon="plus" onPress={() => setWriting(true)}>{t("publish")}</Button>}</header>
      {list.problem && !list.data ? <Failed problem={list.problem} onRetry={list.reload} /> : <Table label={t("changes")} columns={columns} rows={list.data?.changes} rowId={(one) => one.change?.id ?? ""} empty={<p className="body dim">{t("published_none")}</p>} />}
      {writing && <Publish onClose={(done) => { setWriting(false); if (done) list.reload(); }} />}
    </section>
  );
}

function Customer({ row, reload }: { row: T.ContractWork; reload: () => void }) {
  const t = useT();
  const may = useDesk(can("billing.write"));
  const [extending, setExtending] = useState(false);
  const suspended = row.state === "CONTRACT_STATE_SUSPENDED";
  return (
    <li className="bill-work" aria-label={row.customer || t("own")}>
      <div className="flex body"><h3>{row.customer || t("own")}</h3><Chip kind={STATES[row.state]}>{t(`s_${row.state}`)}</Chip>
        {row.reserved_until && <span className="mid">{t("reserved", { day: day(row.reserved_until) })}</span>}
        {row.ending && <span className="mid">{t("ends_text", { last: day(row.ending.last_day), due: day(row.ending.refund_due) })}</span>}
        {may && suspended && <Button size="sm" onPress={() => setExtending(true)}>{t("extend")}</Button>}</div>
      {row.waiting.length > 0 && <WaitingOrders orders={row.waiting} company={row.company_id} starts={may} reload={reload} />}
      {row.signed_acts.length > 0 && <SignedActs acts={row.signed_acts} company={row.company_id} sends={may} reload={reload} />}
      {extending && <Extend row={row} onClose={(done) => { setExtending(false); if (done) reload(); }} />}
    </li>
  );
}

export function ContractOffice({ round }: { round: number }) {
  const t = useT();
  const work = useLoad(billing.contractWork, [round]);
  if (work.problem?.reason === "OPERATORS_TERMS") return null;
  return (
    <>
      <section className="card" aria-label={t("work")}><header><h2>{t("work")}</h2></header>
        {work.problem && !work.data ? <Failed problem={work.problem} onRetry={work.reload} /> : !work.data ? <Skeleton rows={3} />
          : work.data.work.length === 0 ? <p className="body dim">{t("work_none")}</p> : <ul>{work.data.work.map((row) => <Customer key={row.company_id} row={row} reload={work.reload} />)}</ul>}
      </section>
      <Published round={round} />
    </>
  );
}
