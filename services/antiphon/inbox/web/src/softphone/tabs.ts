/**
 * One phone over all tabs of a person. The tab that holds the lock has the SIP phone; the others show what it tells and
 * pass on what is pressed. When it closes, the browser gives the lock to the next tab, which begins as after a reload.
 */
export type Message<State, Command> =
  | { t: "hello" }
  | { t: "state"; from: string; state: State }
  | { t: "do"; command: Command }
  | { t: "bye"; from: string };

/** What the protocol needs of a browser, so that it can be tried without one. */
export interface Ground {
  /** Resolves the callback's turn when this tab leads; the lock is held until the returned promise settles. */
  lock: (name: string, lead: () => Promise<void>) => void;
  channel: (name: string) => { post: (message: unknown) => void; hear: (listener: (message: unknown) => void) => void; close: () => void };
}

export interface Tabs<State, Command> {
  readonly leads: boolean;
  tell: (state: State) => void;
  /** In the leading tab at once, else by the leading tab. */
  ask: (command: Command) => void;
  close: () => void;
}

export interface Listener<State, Command> {
  lead: () => void;
  /** What the leading tab says; undefined when it went. */
  told: (state: State | undefined) => void;
  command: (command: Command) => void;
}

export function openTabs<State, Command>(person: string, tab: string, ground: Ground, listener: Listener<State, Command>): Tabs<State, Command> {
  const name = `softphone:${person}`;
  const channel = ground.channel(name);
  let leads = false;
  let closed = false;
  let leader = "";
  let last: State | undefined;
  let release: () => void = () => undefined;
  const post = (message: Message<State, Command>) => channel.post(message);
  channel.hear((raw) => {
    const message = raw as Message<State, Command>;
    if (message.t === "hello" && leads && last !== undefined) post({ t: "state", from: tab, state: last });
    if (message.t === "do" && leads) listener.command(message.command);
    if (message.t === "state" && !leads) {
      leader = message.from;
      listener.told(message.state);
    }
    if (message.t === "bye" && !leads && message.from === leader) listener.told(undefined);
  });
  ground.lock(name, () => {
    if (closed) return Promise.resolve();
    leads = true;
    listener.lead();
    return new Promise((done) => {
      release = done;
    });
  });
  post({ t: "hello" });
  return {
    get leads() {
      return leads;
    },
    tell: (state) => {
      last = state;
      if (leads) post({ t: "state", from: tab, state });
    },
    ask: (command) => (leads ? listener.command(command) : post({ t: "do", command })),
    close: () => {
      if (closed) return;
      closed = true;
      if (leads) post({ t: "bye", from: tab });
      leads = false;
      release();
      channel.close();
    },
  };
}

export const BROWSER: Ground = {
  lock: (name, lead) => {
    // Without locks (an old browser, a page that is not secure) each tab has its own phone: better than none.
    if (!navigator.locks) void lead();
    else void navigator.locks.request(name, lead).catch(() => undefined);
  },
  channel: (name) => {
    const channel = new BroadcastChannel(name);
    return {
      post: (message) => channel.postMessage(message),
      hear: (listener) => {
        channel.onmessage = (event: MessageEvent<unknown>) => listener(event.data);
      },
      close: () => channel.close(),
    };
  },
};
