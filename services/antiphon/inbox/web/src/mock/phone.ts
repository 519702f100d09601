/** A phone without SIP: mock/voice.ts rings it. */
import type { Invite } from "../softphone/machine";
import type { Sip, SipEvents } from "../softphone/sip";

let tell: SipEvents | undefined;
const answered = new Set<string>();
export const onAnswer: { run: (id: string) => void; end: (id: string) => void } = { run: () => undefined, end: () => undefined };

export const mockPhone = {
  invite: (invite: Invite): void => (tell ? tell.invite(invite) : void setTimeout(() => mockPhone.invite(invite), 200)),
  ended: (id: string) => tell?.ended(id),
};

export function open(_given: unknown, events: SipEvents): Sip {
  const demo = new URLSearchParams(location.search).get("demo");
  setTimeout(() => {
    tell = events;
    events.line(demo === "nophone" ? "lost" : "ready");
    events.mic(demo === "nomic" ? "lost" : "ok");
  }, 200);
  let tick = 0;
  return {
    credentials: () => undefined,
    answer: async (id) => {
      answered.add(id);
      events.confirmed(id);
      if (demo === "micmuted") events.mic("muted");
      if (demo === "broken") setTimeout(() => events.sound(true), 300);
      onAnswer.run(id);
    },
    reject: (id) => { events.ended(id); onAnswer.end(id); },
    drop: (id) => { events.ended(id); onAnswer.end(id); },
    mute: () => undefined,
    digits: () => true,
    sample: async () => {
      tick += 1;
      return { at: tick * 2000, received: tick * 100, lost: demo === "weak" ? tick * 4 : 0, jitter: 0.004, roundTrip: 0.038, sent: tick * 100 };
    },
    close: () => undefined,
  };
}
