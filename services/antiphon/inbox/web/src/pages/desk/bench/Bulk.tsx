/** What can be done with all chosen rows; stands under the list while any are chosen. */
import { useState } from "react";
import { useKey } from "../../../shell/keys";
import { Button } from "../../../ui/Button";
import { Confirm } from "../../../ui/Dialog";
import { IconButton } from "../../../ui/IconButton";
import { Menu, MenuItem, SubMenu } from "../../../ui/Menu";
import { toast } from "../../../ui/Toast";
import { act } from "./act";
import { choose, openLayer, stopChoosing, useChosen } from "./layers";
import { PRIORITIES, priorityText } from "./Marks";
import { useT } from "./texts";

export default function BulkBar({ all }: { all: readonly string[] }) {
  const t = useT();
  const chosen = useChosen();
  const [closing, setClosing] = useState(false);
  const ids = all.filter((id) => chosen.has(id));
  const none = ids.length === 0;
  useKey({ code: "Escape", cap: "" }, t("stop_choosing"), stopChoosing);
  const open = (is: "snooze" | "tags" | "spam" | "assign" | "macro") => () => openLayer({ is, ids });
  const close = async () => {
    const { done } = await act(ids, { actions: [{ close: { disposition: "" } }] });
    if (done.length) toast(t("closed_many", { count: done.length }));
    stopChoosing();
  };
  return (
    <div className="bulk" role="toolbar" aria-label={t("bulk")}>
      <div className="flex"><b className="grow" role="status">{t("chosen", { count: ids.length })}</b><Button size="sm" kind="plain" onPress={() => choose(ids.length === all.length ? [] : all)}>{t(ids.length === all.length && all.length > 0 ? "choose_none" : "choose_all")}</Button><IconButton icon="x" size="sm" label={t("stop_choosing")} onPress={stopChoosing} /></div>
      <div className="flex">
        <IconButton icon="users" label={t("assign")} isDisabled={none} onPress={open("assign")} />
        <IconButton icon="tag" label={t("tags")} isDisabled={none} onPress={open("tags")} />
        <IconButton icon="snooze" label={t("snooze")} isDisabled={none} onPress={open("snooze")} />
        <IconButton icon="check" label={t("close")} isDisabled={none} onPress={() => setClosing(true)} />
        <Menu label={t("more")} trigger={<IconButton icon="more" label={t("more")} isDisabled={none} />}>
          <MenuItem icon="bolt" text={t("macros")} onAction={open("macro")} />
          <SubMenu icon="up" text={t("priority")}>{PRIORITIES.map((one) => <MenuItem key={one} text={t(priorityText(one))} onAction={() => void act(ids, { actions: [{ set_priority: one }] })} />)}</SubMenu>
          <MenuItem icon="stop" text={t("spam")} danger onAction={open("spam")} />
        </Menu>
      </div>
      {closing && <Confirm isOpen title={t("close_many", { count: ids.length })} verb={t("close")} keep={t("keep_open")} loss={t("close_many_text")} onClose={() => setClosing(false)} onConfirm={close} />}
    </div>
  );
}
