/** JsSIP and the browser's WebRTC behind one small face. This file and JsSIP are loaded only by the tab that has the phone. */
import * as JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRequest as Incoming } from "jssip/lib/SIPMessage";
import type * as T from "../api/types.gen";
import { currentDevices, openMicrophone, soundOn, watchDevices } from "./devices";
import type { Invite, Line, Microphone } from "./machine";
import { sampleOf, type Sample } from "./quality";

export interface SipEvents {
  line: (line: Line, why?: string) => void;
  invite: (invite: Invite) => void;
  confirmed: (id: string) => void;
  ended: (id: string) => void;
  sound: (broken: boolean) => void;
  mic: (mic: Microphone) => void;
}

export interface Sip {
  credentials: (next: T.GetSoftphoneResponse) => void;
  answer: (id: string) => Promise<void>;
  reject: (id: string, code: number) => void;
  drop: (id: string) => void;
  mute: (on: boolean) => void;
  /** False when there is no session to send them in. */
  digits: (tones: string) => boolean;
  sample: () => Promise<Sample | undefined>;
  close: () => void;
}

/** JsSIP forgets it in its types. */
type IncomingRequest = Incoming & { call_id: string };
const READY_MS = 500;
const header = (request: IncomingRequest, name: string): string => (request.getHeader(name) as string | undefined)?.trim() ?? "";

/** The instance stays the same over reloads: the registrar then replaces the old contact instead of ringing a dead one. */
function instanceOf(uri: string): string {
  const key = `antiphon.instance.${uri}`;
  try {
    const known = localStorage.getItem(key) ?? crypto.randomUUID();
    localStorage.setItem(key, known);
    return known;
  } catch {
    return crypto.randomUUID();
  }
}

export function inviteOf(request: IncomingRequest): Invite {
  const from = request.from;
  return {
    id: request.call_id, call: header(request, "X-Antiphon-Call"), from: from.uri.user, name: from.display_name ?? "",
    auto: /^auto/i.test(header(request, "Answer-Mode")) || /^yes$/i.test(header(request, "X-Antiphon-Auto-Answer")),
  };
}

class BrowserPhone implements Sip {
  private readonly ua: JsSIP.UA;
  private readonly sessions = new Map<string, RTCSession>();
  private readonly audio = new Audio();
  private stream: MediaStream | undefined;
  private active: RTCSession | undefined;
  private readonly unwatch: () => void;

  constructor(private given: T.GetSoftphoneResponse, private readonly tell: SipEvents) {
    this.audio.autoplay = true;
    this.ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(given.websocket_url)], uri: given.uri, authorization_user: given.username, password: given.password, instance_id: instanceOf(given.uri),
      register_expires: 120, session_timers: false, connection_recovery_min_interval: 1, connection_recovery_max_interval: 10, user_agent: "Antiphon desk",
    });
    this.ua.on("connecting", () => tell.line("connecting"));
    this.ua.on("disconnected", () => tell.line("lost"));
    this.ua.on("registered", () => {
      tell.line("ready");
      this.repair();
    });
    this.ua.on("registrationFailed", (event: { cause?: string; response?: { status_code: number } | null }) => tell.line(event.response && event.response.status_code < 500 ? "denied" : "lost", event.cause ?? ""));
    this.ua.on("newRTCSession", (event: { originator: string; session: RTCSession; request: unknown }) => {
      if (event.originator === "remote") this.incoming(event.session, event.request as IncomingRequest);
    });
    this.unwatch = watchDevices(() => void this.useDevices());
    this.ua.start();
  }

  credentials(next: T.GetSoftphoneResponse): void {
    this.given = next;
    this.ua.set("authorization_user", next.username);
    this.ua.set("password", next.password);
    this.ua.register();
  }

  private incoming(session: RTCSession, request: IncomingRequest): void {
    const { call_id: id } = request;
    this.sessions.set(id, session);
    session.on("peerconnection", ({ peerconnection }: { peerconnection: RTCPeerConnection }) => this.hook(peerconnection));
    let waiting = false;
    session.on("icecandidate", ({ candidate, ready }: { candidate: RTCIceCandidate; ready: () => void }) => {
      // A host's own address is enough where nothing is in between; with STUN or TURN the address they find is worth half a second.
      if (candidate.type !== "host" || this.given.ice_servers.length === 0) ready();
      else if (!waiting) setTimeout(ready, READY_MS);
      waiting = true;
    });
    session.on("confirmed", () => this.tell.confirmed(id));
    const over = () => {
      this.sessions.delete(id);
      if (this.active === session) this.silence();
      this.tell.ended(id);
    };
    session.on("ended", over);
    session.on("failed", over);
    this.tell.invite(inviteOf(request));
  }

  async answer(id: string): Promise<void> {
    const session = this.sessions.get(id);
    if (!session) return;
    try {
      this.stream = await openMicrophone();
    } catch (error) {
      this.tell.mic(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "lost");
      this.reject(id, 480);
      return;
    }
    if (session.isEnded()) return this.silence();
    this.listen(this.stream);
    this.active = session;
    session.answer({ mediaStream: this.stream, mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: this.given.ice_servers } });
  }

  /** Tells when the system takes the microphone away, or mutes it. */
  private listen(stream: MediaStream): void {
    const [track] = stream.getAudioTracks();
    if (!track) return this.tell.mic("lost");
    this.tell.mic(track.muted ? "muted" : "ok");
    track.onmute = () => this.tell.mic("muted");
    track.onunmute = () => this.tell.mic("ok");
    track.onended = () => this.tell.mic("lost");
  }

  private hook(pc: RTCPeerConnection): void {
    pc.addEventListener("track", (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      this.audio.volume = currentDevices().volume;
      void soundOn(this.audio, currentDevices().speaker).then(() => this.audio.play().catch(() => undefined));
    });
    pc.addEventListener("iceconnectionstatechange", () => {
      const { iceConnectionState: ice } = pc;
      if (ice === "connected" || ice === "completed") this.tell.sound(false);
      if (ice === "disconnected" || ice === "failed") this.tell.sound(true);
      if (ice === "failed") this.repair();
    });
  }

  /** After another network or a restart of the edge: new addresses for the sound. */
  private repair(): void {
    const state = this.active?.connection?.iceConnectionState;
    if (this.active?.isEstablished() && (state === "failed" || state === "disconnected")) this.active.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  }

  private async useDevices(): Promise<void> {
    const { microphone, speaker, volume } = currentDevices();
    this.audio.volume = volume;
    await soundOn(this.audio, speaker);
    const sender = this.active?.connection?.getSenders().find((one) => one.track?.kind === "audio");
    const now = this.stream?.getAudioTracks()[0];
    if (!sender || !now || (now.readyState === "live" && (!microphone || now.getSettings().deviceId === microphone))) return;
    try {
      const next = await openMicrophone(microphone);
      const [track] = next.getAudioTracks();
      if (track) {
        track.enabled = now.enabled;
        await sender.replaceTrack(track);
      }
      this.stop(this.stream);
      this.stream = next;
      this.listen(next);
    } catch {
      this.tell.mic("lost");
    }
  }

  private stop(stream: MediaStream | undefined): void {
    for (const track of stream?.getTracks() ?? []) {
      track.onended = track.onmute = track.onunmute = null;
      track.stop();
    }
  }

  private silence(): void {
    this.stop(this.stream);
    this.stream = undefined;
    this.active = undefined;
    this.audio.srcObject = null;
  }

  private end(id: string, code?: number): void {
    const session = this.sessions.get(id);
    if (!session || session.isEnded()) return;
    session.terminate(code === undefined ? {} : { status_code: code });
  }

  reject(id: string, code: number): void {
    this.end(id, code);
  }

  drop(id: string): void {
    this.end(id);
  }

  mute(on: boolean): void {
    if (on) this.active?.mute({ audio: true });
    else this.active?.unmute({ audio: true });
  }

  digits(tones: string): boolean {
    if (!this.active?.isEstablished()) return false;
    this.active.sendDTMF(tones, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 });
    return true;
  }

  async sample(): Promise<Sample | undefined> {
    const pc = this.active?.isEstablished() ? this.active.connection : undefined;
    if (!pc) return undefined;
    const reports: Record<string, unknown>[] = [];
    (await pc.getStats()).forEach((one) => reports.push(one as Record<string, unknown>));
    return sampleOf(reports as never, performance.now());
  }

  close(): void {
    this.unwatch();
    this.silence();
    this.ua.stop();
  }
}

export const open = (given: T.GetSoftphoneResponse, tell: SipEvents): Sip => new BrowserPhone(given, tell);
