/** The desk's copy of the world: normalised entities, filled by a snapshot and kept by events. */
import type * as T from "../api/types.gen";

export type ById<V> = Readonly<Record<string, V>>;

export interface Presence {
  readonly person_id: string;
  readonly doing: string;
  /** Server milliseconds after which it no longer counts. */
  readonly until: number;
}

export interface DeskState {
  readonly epoch: string;
  readonly cursor: number;
  readonly me: T.WhoAmIResponse | undefined;
  readonly people: ById<T.Person>;
  readonly groups: ById<T.Group>;
  readonly queues: ById<T.Queue>;
  readonly channels: ById<T.Channel>;
  readonly projects: ById<T.Project>;
  readonly agents: ById<T.Agent>;
  readonly items: ById<T.WorkItem>;
  /** Offers that ring now, by item id. */
  readonly offers: ById<T.Offer>;
  readonly conversations: ById<T.Conversation>;
  /** Calls that go on: mine, and all for whoever watches. */
  readonly calls: ById<T.Call>;
  /** By conversation, in order of seq, each seq once; holes are legal. */
  readonly messages: ById<readonly T.Message[]>;
  readonly board: ById<T.QueueStatus>;
  /** Rooms of colleagues that I am in, and the lines of those that were opened. */
  readonly rooms: ById<T.Room>;
  readonly lines: ById<readonly T.Line[]>;
  readonly presence: ById<readonly Presence[]>;
  /** What is wrong with the plant, as it was told while this page lives: "kind:name". */
  readonly alarms: ById<T.VoiceAlarm>;
  readonly tags: ById<T.Tag>;
  /** Where I was mentioned and have not looked yet: "conversation:seq". */
  readonly mentions: ById<T.Mention>;
  /** When tags, canned answers, macros or service levels changed last, as far as this page was told. */
  readonly shelf: ById<string>;
  /** Counts snapshots: an open thread loads its newest page again when it changes. */
  readonly round: number;
  /** What ended while this page lives: "queue:<id>" → occurred_at, "offer:<item>" → version. */
  readonly gone: ById<string>;
  /** occurred_at of the last change of entities without a rev. */
  readonly stamps: ById<string>;
}

export interface Snapshot {
  epoch: string;
  cursor: number;
  state: {
    me: T.WhoAmIResponse;
    work?: T.GetMyWorkResponse;
    conversations?: T.Conversation[];
    people?: T.Person[];
    groups?: T.Group[];
    queues?: T.Queue[];
    channels?: T.Channel[];
    projects?: T.Project[];
    board?: T.GetBoardResponse;
    tags?: T.Tag[];
    mentions?: T.Mention[];
    /** Absent when telephony does not answer. */
    calls?: T.Call[];
    /** Absent when nobody answers for them. */
    rooms?: T.Room[];
  };
}

export const EMPTY: DeskState = {
  epoch: "", cursor: 0, me: undefined, people: {}, groups: {}, queues: {}, channels: {}, projects: {}, agents: {},
  items: {}, offers: {}, conversations: {}, calls: {}, messages: {}, board: {}, rooms: {}, lines: {}, presence: {}, alarms: {}, tags: {}, mentions: {}, shelf: {}, round: 0, gone: {}, stamps: {},
};

const index = <V>(list: readonly V[] | undefined, key: (value: V) => string): ById<V> =>
  Object.fromEntries((list ?? []).map((value) => [key(value), value]));

export const mentionKey = ({ message }: Pick<T.Mention, "message">): string => `${message?.conversation_id ?? ""}:${message?.seq ?? 0}`;

/** A snapshot replaces everything but the loaded messages, which a snapshot does not carry. */
export function fromSnapshot(old: DeskState, { epoch, cursor, state }: Snapshot): DeskState {
  const agents = [...(state.board?.agents ?? []), ...(state.work?.agent ? [state.work.agent] : [])];
  return {
    ...EMPTY, epoch, cursor, me: state.me,
    people: index(state.people, (one) => one.id),
    groups: index(state.groups, (one) => one.id),
    queues: index(state.queues, (one) => one.id),
    channels: index(state.channels, (one) => one.id),
    projects: index(state.projects, (one) => one.id),
    conversations: index(state.conversations, (one) => one.id),
    calls: state.calls ? index(state.calls, (one) => one.id) : old.calls,
    agents: index(agents, (one) => one.agent_id),
    items: index(state.work?.items, (one) => one.id),
    offers: index(state.work?.offers, (one) => one.item_id),
    board: index(state.board?.queues, (one) => one.queue_id),
    messages: old.epoch === epoch || old.epoch === "" ? old.messages : {},
    rooms: state.rooms ? index(state.rooms, (one) => one.id) : old.rooms,
    lines: old.epoch === epoch || old.epoch === "" ? old.lines : {},
    presence: old.presence,
    alarms: old.alarms,
    tags: index(state.tags, (one) => one.id),
    mentions: index(state.mentions, mentionKey),
    shelf: old.shelf,
    round: old.round + 1,
  };
}
