import type * as T from "../../api/types.gen";
import { Icon } from "../../design/Icon";
import { myId, seenState } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { otherOf } from "./model";
import { useT } from "./texts";

/** What a room is called: a room of two by the other one. */
export function useRoomName(): (room: T.Room) => string {
  const t = useT();
  const { me, people } = useDesk((state) => ({ me: myId(state), people: state.people }));
  return (room) => (room.kind === "ROOM_KIND_DIRECT" ? people[otherOf(room, me)]?.name ?? t("gone") : room.name);
}

/** A dot that says whether a colleague is there. */
export function Presence({ person }: { person: string }) {
  const t = useT();
  const state = useDesk((desk) => seenState(desk.agents[person]));
  return <span className={`state ${state}`} role="img" aria-label={t(`st_${state}`)} title={t(`st_${state}`)}><Icon name={`st-${state}`} /></span>;
}
