/** Numbers that are not called: of the installation, of the company, of one campaign. */
import { useDeferredValue, useRef, useState } from "react";
import { dialer } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { moment, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { IconButton } from "../../ui/IconButton";
import { Segmented } from "../../ui/Segmented";
import { Select } from "../../ui/Select";
import { Table, type TableColumn } from "../../ui/Table";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/Toast";
import { useT } from "./texts";
import { word } from "./words";

const LEVELS = ["DO_NOT_CALL_LEVEL_TENANT", "DO_NOT_CALL_LEVEL_CAMPAIGN", "DO_NOT_CALL_LEVEL_GLOBAL"] as const;
type Level = (typeof LEVELS)[number];

export function DoNotCall({ campaigns }: { campaigns: readonly T.Campaign[] }) {
  const t = useT();
  const say = useProblemText();
  const write = useDesk(can("campaigns.write"));
  const [level, setLevel] = useState<Level>("DO_NOT_CALL_LEVEL_TENANT");
  const [chosen, setChosen] = useState("");
  const [words, setWords] = useState("");
  const [fresh, setFresh] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const campaign = level === "DO_NOT_CALL_LEVEL_CAMPAIGN" ? chosen || (campaigns[0]?.id ?? "") : "";
  const region = campaigns.find((one) => one.id === campaign)?.region ?? campaigns[0]?.region ?? "UA";
  const may = write && level !== "DO_NOT_CALL_LEVEL_GLOBAL";
  const where = { level, ...(campaign ? { campaign_id: campaign } : {}) };
  const prefix = useDeferredValue(words).replace(/[^\d+]/g, "");
  const blind = level === "DO_NOT_CALL_LEVEL_CAMPAIGN" && !campaign;
  const loaded = useLoad(async () => (blind ? { numbers: [], next: "" } : dialer.doNotCall({ ...where, ...(prefix ? { prefix: prefix.startsWith("+") ? prefix : `+${prefix}` } : {}) })), [level, campaign, prefix]);
  const add = useAction(dialer.forbid);
  const remove = useAction(dialer.permit);
  const bring = useAction(dialer.importDoNotCall);
  const problem = add.problem ?? remove.problem ?? bring.problem;
  const put = async () => {
    const answer = await add.run({ ...where, numbers: [fresh], region, source: "agent" });
    if (!answer) return;
    if (answer.unreadable.length) return toast(t("dnc_unreadable"), { bad: true });
    setFresh("");
    toast(t("dnc_added", { count: answer.added }));
    return loaded.reload();
  };
  const upload = async (file: File | undefined) => {
    const answer = file && (await bring.run(file, { ...where, region }));
    if (!answer) return;
    toast(t("dnc_imported", { count: answer.added, bad: answer.bad_rows.length }), answer.bad_rows.length ? { bad: true } : {});
    loaded.reload();
  };
  const columns: TableColumn<T.DoNotCall>[] = [
    { id: "number", title: t("number"), cell: (one) => phone(one.number) },
    { id: "source", title: t("source"), cell: (one) => word(t, "src", one.source) },
    { id: "at", title: t("since"), num: true, cell: (one) => (one.at ? moment(one.at) : "–") },
    ...(may ? [{ id: "do", title: t("actions"), quiet: true, width: "4rem", cell: (one: T.DoNotCall) => <IconButton icon="x" size="sm" label={t("dnc_remove", { number: phone(one.number) })} onPress={() => void remove.run({ ...where, numbers: [one.number] }).then(loaded.reload)} /> }] : []),
  ];
  return (
    <section className="cm-list" aria-label={t("dnc")}>
      <div className="cm-bar">
        <Segmented label={t("level")} value={level} onChange={setLevel} options={LEVELS.map((id) => ({ id, text: t(`lv_${id.replace("DO_NOT_CALL_LEVEL_", "").toLowerCase()}` as "lv_tenant") }))} />
        {level === "DO_NOT_CALL_LEVEL_CAMPAIGN" && campaigns.length > 0 && <Select label="" aria-label={t("campaign")} options={campaigns.map((one) => ({ id: one.id, text: one.name }))} value={campaign} onChange={setChosen} />}
        <TextField label="" aria-label={t("dnc_find")} placeholder={t("dnc_find")} value={words} onChange={setWords} after={<Icon name="search" size="s" />} />
        {may && !blind && <form className="flex end" onSubmit={(event) => { event.preventDefault(); if (fresh.trim()) void put(); }}>
          <TextField label="" aria-label={t("dnc_number")} placeholder={t("dnc_number")} value={fresh} onChange={setFresh} /><Button type="submit" icon="plus" isPending={add.pending} isDisabled={!fresh.trim()}>{t("dnc_add")}</Button>
          <Button icon="file" isPending={bring.pending} onPress={() => input.current?.click()}>{t("dnc_import")}</Button>
          <input ref={input} type="file" hidden aria-label={t("dnc_import")} accept=".csv,.txt,.tsv,.xlsx,.xls" onChange={(event) => { void upload(event.target.files?.[0]); event.target.value = ""; }} />
        </form>}
      </div>
      {problem && <p className="err cm-pad" role="alert"><Icon name="stop" size="s" />{problem.reason === "INVALID" && problem.detail ? problem.detail : say(problem)}</p>}
      {loaded.problem && !loaded.data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={loaded.reload}>{t("try_again")}</Button>}>{say(loaded.problem)}</Empty>
        : <Table label={t("dnc")} columns={columns} rows={loaded.data?.numbers} rowId={(one) => one.number} empty={<Empty icon="lock" title={t(words ? "nothing_found" : "dnc_empty")}>{t("dnc_text")}</Empty>} />}
      {loaded.data?.next && <p className="cm-pad sm mid">{t("dnc_more")}</p>}
    </section>
  );
}
