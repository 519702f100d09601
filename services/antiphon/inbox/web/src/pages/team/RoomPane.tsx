import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { team } from "../../api/api";
import { Problem } from "../../api/problem";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { clock, relativeDay } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { myId } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Skeleton } from "../../ui/Skeleton";
import { TextArea } from "../../ui/TextField";
import { complete, mentionsIn, otherOf, suggest } from "./model";
import { Presence, useRoomName } from "./naming";
import { useT } from "./texts";

const PAGE = 50;

/** A line, with the names of whom it names. */
function Words({ line, me }: { line: T.Line; me: string }) {
  const people = useDesk((state) => state.people);
  const names = line.mentions.map((id) => people[id]?.name).filter((name): name is string => Boolean(name));
  if (names.length === 0) return <>{line.text}</>;
  const pattern = new RegExp(`(@(?:${names.sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")}))`, "iu");
  const mine = people[me]?.name.toLocaleLowerCase();
  return <>{line.text.split(pattern).map((part, index) => (index % 2 ? <b key={index} className={part.slice(1).toLocaleLowerCase() === mine ? "tm-me" : "tm-name"}>{part}</b> : part))}</>;
}

export function RoomPane({ room, onBack }: { room: T.Room; onBack: () => void }) {
  const t = useT();
  const say = useProblemText();
  const name = useRoomName()(room);
  const { me, lines, people, round } = useDesk((state) => ({ me: myId(state), lines: state.lines[room.id], people: state.people, round: state.round }));
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [text, setText] = useState("");
  const log = useRef<HTMLDivElement>(null);
  const load = async (before?: number) => {
    try {
      const page = await team.lines(room.id, { limit: PAGE, ...(before ? { before } : {}) });
      learn.lines(room.id, page.lines);
      setMore(page.more);
      setProblem(undefined);
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(500, {}));
    }
  };
  useEffect(() => void load(), [room.id, round]); // eslint-disable-line react-hooks/exhaustive-deps
  const last = lines?.at(-1)?.seq ?? 0;
  const read = room.read[me] ?? 0;
  useEffect(() => {
    const look = () => { if (last > read && document.visibilityState === "visible") void team.read(room.id, last).then((answer) => learn.room(answer.room), () => undefined); };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [room.id, last, read]);
  useLayoutEffect(() => { if (log.current) log.current.scrollTop = log.current.scrollHeight; }, [last]);
  const members = room.person_ids.flatMap((id) => (people[id] && id !== me ? [people[id]] : []));
  const send = useAction(async (body: string) => {
    const said = await team.say(room.id, { client_id: crypto.randomUUID(), text: body, mentions: mentionsIn(body, members) });
    if (said.line) learn.lines(room.id, [said.line]);
    learn.room(said.room);
  });
  const leave = useAction(() => team.leave(room.id).then(onBack));
  const submit = async () => {
    const body = text.trim();
    if (!body || send.pending) return;
    setText("");
    await send.run(body).then((done) => done, () => undefined);
  };
  // What did not go out is given back to its writer.
  const failed = send.problem;
  const sent = useRef("");
  useEffect(() => { if (failed && sent.current) setText((now) => now || sent.current); }, [failed]);
  const names = suggest(text, members);
  return (
    <>
      <header className="tm-top"><span className="pane-back"><IconButton icon="left" label={t("back")} onPress={onBack} /></span><h2 className="cut">{name}</h2>
        {room.kind === "ROOM_KIND_DIRECT" ? <Presence person={otherOf(room, me)} /> : <span className="sm dim cut" title={room.person_ids.map((id) => people[id]?.name).join(", ")}>{t("members", { count: room.person_ids.length })}</span>}
        <span className="end">{room.kind === "ROOM_KIND_SOME" && <Button size="sm" isPending={leave.pending} onPress={() => void leave.run()}>{t("leave")}</Button>}</span></header>
      <div ref={log} className="scroll grow tm-log" role="log" aria-label={name} tabIndex={0}>
        {problem && <p className="err" role="alert">{say(problem)} <Button size="sm" onPress={() => void load()}>{t("again")}</Button></p>}
        {!lines && !problem && <Skeleton rows={4} />}
        {more && lines?.[0] && <div><Button size="sm" onPress={() => void load(lines[0]?.seq)}>{t("earlier")}</Button></div>}
        {lines?.length === 0 && <p className="dim">{t("no_lines")}</p>}
        {lines?.map((line, index) => {
          const before = lines[index - 1];
          const day = relativeDay(line.at ?? "");
          const head = !before || before.author_id !== line.author_id || relativeDay(before.at ?? "") !== day;
          return (
            <div key={line.seq} className={line.mentions.includes(me) ? "tm-line for-me" : "tm-line"}>
              {(!before || relativeDay(before.at ?? "") !== day) && <p className="tm-day sm dim">{day}</p>}
              {head && <p className="sm"><b>{line.author_id === me ? t("me") : people[line.author_id]?.name ?? t("gone")}</b> <span className="dim">{clock(line.at ?? "")}</span></p>}
              <p className="tm-text" dir="auto"><Words line={line} me={me} /></p>
            </div>
          );
        })}
      </div>
      <form className="tm-write" onSubmit={(event) => { event.preventDefault(); sent.current = text; void submit(); }}>
        {names.length > 0 && <div className="flex tm-names" role="group" aria-label={t("name_them")}>{names.map((one) => <Button key={one.id} size="sm" onPress={() => setText(complete(text, one.name))}>{`@${one.name}`}</Button>)}</div>}
        <TextArea label="" aria-label={t("write")} placeholder={t("write")} rows={2} value={text} onChange={setText} maxLength={4000}
          onKeyDown={(event) => { if (event.key === "Enter" && !event.shiftKey && !event.altKey) { event.preventDefault(); sent.current = text; void submit(); } }} />
        <Button type="submit" kind="primary" icon="send" isDisabled={!text.trim()}>{t("send")}</Button>
        {failed && <p className="err" role="alert">{say(failed)}</p>}
      </form>
    </>
  );
}
