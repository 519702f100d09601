/** What can be done with the open conversation beside writing: put aside, tags, priority, macros, spam; keys and palette. */
import { useMemo } from "react";
import type * as T from "../../../api/types.gen";
import { useCommands, type Command } from "../../../shell/commands";
import { useKey } from "../../../shell/keys";
import { IconButton } from "../../../ui/IconButton";
import { KeyCap } from "../../../ui/KeyCap";
import { Menu, MenuItem, MenuLine, SubMenu } from "../../../ui/Menu";
import { act, runMacro } from "./act";
import { openLayer } from "./layers";
import { PRIORITIES, PriorityMark, priorityText } from "./Marks";
import { useMacros } from "./shelf";
import { useT } from "./texts";

export function ThreadTools({ conversation, may, onEnded }: { conversation: T.Conversation; may: boolean; onEnded: () => void }) {
  const t = useT();
  const { id, status, priority } = conversation;
  const macros = useMacros();
  const closed = status === "CONVERSATION_STATUS_CLOSED";
  const asleep = status === "CONVERSATION_STATUS_SNOOZED";
  const open = (is: "snooze" | "tags" | "spam" | "assign" | "macro" | "plan") => () => openLayer({ is, ids: [id] });
  const live = may && !closed;
  const wake = () => void act([id], { actions: [{ wake: true }] });
  useKey({ id: "snooze", code: "KeyZ", alt: true, cap: "" }, t("snooze"), live ? (asleep ? wake : open("snooze")) : undefined);
  useKey({ id: "tags", code: "KeyG", alt: true, cap: "" }, t("tags"), may ? open("tags") : undefined);
  useKey({ id: "macros", code: "KeyJ", alt: true, cap: "" }, t("macros"), may ? open("macro") : undefined);
  useKey({ id: "plan", code: "KeyP", alt: true, cap: "" }, t("plan"), live ? open("plan") : undefined);
  useKey({ id: "assign", code: "KeyW", alt: true, cap: "" }, t("assign"), live ? open("assign") : undefined);
  useKey({ id: "spam", code: "KeyX", alt: true, cap: "" }, t("spam"), may ? open("spam") : undefined);
  const commands = useMemo<Command[]>(() => {
    if (!may) return [];
    const section = t("palette_here");
    const all: (Command | false)[] = [
      live && { id: "b-snooze", icon: "snooze", text: t(asleep ? "wake" : "snooze"), section, run: asleep ? () => void act([id], { actions: [{ wake: true }] }) : open("snooze") },
      { id: "b-tags", icon: "tag", text: t("tags"), section, run: open("tags") },
      live && { id: "b-assign", icon: "users", text: t("assign"), section, run: open("assign") },
      live && { id: "b-plan", icon: "clock", text: t("plan"), section, run: open("plan") },
      ...PRIORITIES.map((one): Command => ({ id: `b-${one}`, icon: "up", text: `${t("priority")}: ${t(priorityText(one))}`, section, run: () => void act([id], { actions: [{ set_priority: one }] }) })),
      { id: "b-spam", icon: "stop", text: t("spam"), section, run: open("spam") },
    ];
    const run = (macro: T.Macro) => () => void runMacro(macro, [id], onEnded);
    return [...all.filter((one) => one !== false), ...(macros.data ?? []).map((macro): Command => ({ id: `m-${macro.id}-${macro.rev}-${id}`, icon: "bolt", text: macro.name, section: t("macros"), run: run(macro) }))];
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, may, live, asleep, macros.data, t]);
  useCommands(commands);
  if (!may) return null;
  return (
    <>
      {live && <IconButton icon="snooze" label={t(asleep ? "wake" : "snooze")} onPress={asleep ? wake : open("snooze")} />}
      <Menu label={t("more")} trigger={<IconButton icon="more" label={t("more")} />}>
        <MenuItem icon="bolt" text={t("macros")} hint={<KeyCap keys="Alt J" />} onAction={open("macro")} />
        <MenuItem icon="tag" text={t("tags")} hint={<KeyCap keys="Alt G" />} onAction={open("tags")} />
        <SubMenu icon="up" text={t("priority")}>
          {PRIORITIES.map((one) => <MenuItem key={one} text={t(priorityText(one))} before={<span className="prio-place"><PriorityMark priority={one} /></span>} selected={one === (priority === "PRIORITY_UNSPECIFIED" ? "PRIORITY_NORMAL" : priority)} onAction={() => void act([id], { actions: [{ set_priority: one }] })} />)}
        </SubMenu>
        {live && <MenuItem icon="users" text={t("assign")} hint={<KeyCap keys="Alt W" />} onAction={open("assign")} />}
        {live && <MenuItem icon="clock" text={t("plan")} hint={<KeyCap keys="Alt P" />} onAction={open("plan")} />}
        <MenuLine />
        <MenuItem icon="stop" text={t("spam")} danger onAction={open("spam")} />
      </Menu>
    </>
  );
}
