import { useState } from "react";
import { useLocation, useRoute } from "wouter";
import { team } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction, useLoad } from "../../api/useCall";
import { moment } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { isForMe, myId, unreadLines } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Icon } from "../../design/Icon";
import { Pane, PageHead, Panes } from "../../shell/Panes";
import { Avatar } from "../../ui/Avatar";
import { Button } from "../../ui/Button";
import { Counter } from "../../ui/Counter";
import { Empty } from "../../ui/Empty";
import { TextField } from "../../ui/TextField";
import { otherOf, sorted } from "./model";
import { NewRoom } from "./NewRoom";
import { Presence, useRoomName } from "./naming";
import { RoomPane } from "./RoomPane";
import "./team.css";
import { useT } from "./texts";

const WORD = 2;

function RoomRow({ room, open, onOpen }: { room: T.Room; open: boolean; onOpen: () => void }) {
  const t = useT();
  const name = useRoomName()(room);
  const { me, author } = useDesk((state) => ({ me: myId(state), author: state.people[room.last_line?.author_id ?? ""]?.name ?? "" }));
  const unread = unreadLines(room, me);
  return (
    <li><button type="button" className={open ? "tm-room on" : "tm-room"} aria-current={open ? "true" : undefined} onClick={onOpen}>
      {room.kind === "ROOM_KIND_DIRECT" ? <Avatar name={name} size="s" /> : <span className="ava s"><Icon name="users" size="s" /></span>}
      <span className="col grow"><span className="flex"><span className={unread ? "b cut" : "m cut"}>{name}</span>{room.kind === "ROOM_KIND_DIRECT" && <Presence person={otherOf(room, me)} />}</span>
        {room.last_line && <span className="sm dim cut">{room.kind !== "ROOM_KIND_DIRECT" && author ? `${author}: ` : ""}{room.last_line.text}</span>}</span>
      {unread > 0 && <span className="flex"><Counter value={unread} hot={isForMe(room, me)} /><span className="sr">{t("unread")}</span></span>}
    </button></li>
  );
}

function Found({ words, onOpen }: { words: string; onOpen: (room: string) => void }) {
  const t = useT();
  const say = useProblemText();
  const name = useRoomName();
  const { rooms, people } = useDesk((state) => ({ rooms: state.rooms, people: state.people }));
  const found = useLoad(async () => (await team.search(words)).lines, [words]);
  if (found.problem) return <p className="err" role="alert">{say(found.problem)}</p>;
  if (found.data?.length === 0) return <Empty icon="search" title={t("nothing")} />;
  return <ul className="tm-rooms" aria-label={t("found")}>{found.data?.map((line) => {
    const room = rooms[line.room_id];
    return <li key={`${line.room_id}${line.seq}`}><button type="button" className="tm-room" onClick={() => onOpen(line.room_id)}><span className="col grow"><span className="flex"><span className="m cut grow">{people[line.author_id]?.name ?? t("gone")}</span><span className="sm dim nw">{moment(line.at ?? "")}</span></span><span className="sm cut">{line.text}</span><span className="sm dim cut">{room && name(room)}</span></span></button></li>;
  })}</ul>;
}

/** Colleagues: rooms on the left, the open one beside. */
export default function TeamPage() {
  const t = useT();
  const say = useProblemText();
  const [, params] = useRoute("/team/:id?");
  const [, go] = useLocation();
  const { me, rooms, people } = useDesk((state) => ({ me: myId(state), rooms: state.rooms, people: state.people }));
  const [words, setWords] = useState("");
  const [making, setMaking] = useState(false);
  const id = params?.id ? decodeURIComponent(params.id) : "";
  const room = rooms[id];
  const open = (to: string) => { setWords(""); go(`/team/${encodeURIComponent(to)}`); };
  const direct = useAction(async (person: string) => {
    const made = (await team.direct(person)).room;
    learn.room(made);
    if (made) open(made.id);
  });
  const list = sorted(Object.values(rooms));
  const known = new Set(list.filter((one) => one.kind === "ROOM_KIND_DIRECT").map((one) => otherOf(one, me)));
  const low = words.trim().toLocaleLowerCase();
  const others = Object.values(people).filter((one) => one.id !== me && !one.disabled && !known.has(one.id) && (!low || one.name.toLocaleLowerCase().includes(low))).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <PageHead title={t("title")}><span className="end"><Button size="sm" icon="plus" onPress={() => setMaking(true)}>{t("new_room")}</Button></span></PageHead>
      <Panes show={room ? "thread" : "list"} two>
        <Pane name="list" label={t("rooms")}>
          <div className="tm-find"><TextField label="" aria-label={t("search")} placeholder={t("search")} value={words} onChange={setWords} maxLength={100} after={<Icon name="search" size="s" />} /></div>
          <div className="scroll grow" tabIndex={0} role="region" aria-label={t("rooms")}>
            {words.trim().length >= WORD && <Found words={words.trim()} onOpen={open} />}
            {!low && <ul className="tm-rooms" aria-label={t("rooms")}>{list.map((one) => <RoomRow key={one.id} room={one} open={one.id === id} onOpen={() => open(one.id)} />)}</ul>}
            {others.length > 0 && <><h3 className="tm-head">{t("write_to")}</h3><ul className="tm-rooms" aria-label={t("write_to")}>{others.slice(0, 100).map((one) => <li key={one.id}><button type="button" className="tm-room" onClick={() => void direct.run(one.id)}><Avatar name={one.name} size="s" /><span className="cut grow">{one.name}</span><Presence person={one.id} /></button></li>)}</ul></>}
            {direct.problem && <p className="err" role="alert">{say(direct.problem)}</p>}
          </div>
        </Pane>
        <Pane name="thread" label={t("talk")}>
          {room ? <RoomPane key={room.id} room={room} onBack={() => go("/team")} /> : <Empty icon="users" title={t("choose_title")}>{t("choose_text")}</Empty>}
        </Pane>
      </Panes>
      {making && <NewRoom onClose={() => setMaking(false)} onMade={open} />}
    </>
  );
}
