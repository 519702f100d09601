import { useState } from "react";
import { bench } from "../../../api/api";
import { Problem } from "../../../api/problem";
import type { Block } from "../../../api/types.gen";
import { useLoad } from "../../../api/useCall";
import { moment, number } from "../../../i18n/format";
import { problemText, useProblemText } from "../../../i18n/problems";
import { can } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { useTitle } from "../../../shell/Panes";
import { Button } from "../../../ui/Button";
import { ChannelIcon, useChannelName } from "../../../ui/ChannelIcon";
import { Confirm } from "../../../ui/Dialog";
import { Empty } from "../../../ui/Empty";
import { Table } from "../../../ui/Table";
import { toast } from "../../../ui/Toast";
import { useT } from "./texts";

/** Whose messages are not taken, and the way back. */
export default function BlocksPage() {
  const t = useT();
  const say = useProblemText();
  const channelName = useChannelName();
  const { people, may } = useDesk((state) => ({ people: state.people, may: can("work.watch")(state) }));
  const { data, problem, reload } = useLoad(async () => (await bench.blocks()).blocks);
  const [asking, setAsking] = useState<Block>();
  useTitle(t("blocks"));
  const name = (row: Block) => row.contact_name || t("nameless");
  return (
    <div className="work">
      <section className="work-list" aria-label={t("blocks")}>
        <header className="head"><h1>{t("blocks")}</h1>{data && <span className="n">{data.length}</span>}</header>
        {problem && !data ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={reload}>{t("again")}</Button>}>{say(problem)}</Empty>
          : <Table<Block> label={t("blocks")} rows={data} rowId={(row) => row.id} columns={[
              { id: "who", title: t("who"), cell: (row) => <span className="flex"><span className="cut" title={name(row)} dir="auto">{name(row)}</span></span> },
              { id: "where", title: t("where"), cell: (row) => (row.channel ? <span className="flex"><ChannelIcon kind={row.channel} look="bare" />{channelName(row.channel)}</span> : t("everywhere")) },
              { id: "by", title: t("by"), cell: (row) => people[row.by_id]?.name ?? "–" },
              { id: "at", title: t("since"), num: true, cell: (row) => moment(row.at ?? 0) },
              { id: "refused", title: t("refused"), num: true, cell: (row) => number(row.refused) },
              ...(may ? [{ id: "do", title: "", cell: (row: Block) => <Button size="sm" aria-label={t("unblock_named", { name: name(row) })} onPress={() => setAsking(row)}>{t("unblock")}</Button> }] : []),
            ]} empty={<Empty icon="lock" title={t("blocks_empty")}>{t("blocks_empty_text")}</Empty>} />}
        {asking && <Confirm isOpen title={t("unblock_named", { name: name(asking) })} verb={t("unblock")} keep={t("keep_blocked")} loss={t("unblock_text")} onClose={() => setAsking(undefined)}
          onConfirm={async () => {
            try {
              await bench.deleteBlock(asking.id);
              toast(t("unblocked"));
              reload();
            } catch (error) {
              toast(problemText(error instanceof Problem ? error : new Problem(500, {})), { bad: true });
            }
          }} />}
      </section>
    </div>
  );
}
