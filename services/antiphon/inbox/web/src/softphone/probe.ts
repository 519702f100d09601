/** The measurements of the test before work. Each says what it measured; none needs a call. */
import type * as T from "../api/types.gen";
import { figuresOf, sampleOf, type Figures, type Sample } from "./quality";

const SOCKET_MS = 6000, ICE_MS = 3000, LOOP_MS = 4000, CONNECT_MS = 6000;
const within = <V>(ms: number, work: Promise<V>, otherwise: V): Promise<V> => Promise.race([work, new Promise<V>((done) => setTimeout(() => done(otherwise), ms))]);

/** Milliseconds until the WebSocket of the SIP edge is open: TCP, TLS and the upgrade; undefined when it does not open. */
export function reach(url: string): Promise<number | undefined> {
  const from = performance.now();
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, "sip");
  } catch {
    return Promise.resolve(undefined);
  }
  const opened = new Promise<number | undefined>((done) => {
    socket.onopen = () => done(performance.now() - from);
    socket.onerror = () => done(undefined);
  });
  return within(SOCKET_MS, opened, undefined).finally(() => socket.close());
}

export type CandidateKind = "host" | "srflx" | "relay";
/** Which kinds of addresses ICE finds. */
export async function ways(servers: T.IceServer[]): Promise<CandidateKind[]> {
  const pc = new RTCPeerConnection({ iceServers: servers });
  const kinds = new Set<CandidateKind>();
  const done = new Promise<void>((end) => {
    pc.onicecandidate = ({ candidate }) => {
      if (!candidate) end();
      else if (candidate.type === "host" || candidate.type === "srflx" || candidate.type === "relay") kinds.add(candidate.type);
    };
  });
  try {
    pc.addTransceiver("audio");
    await pc.setLocalDescription();
    await within(ICE_MS, done, undefined);
    return (["host", "srflx", "relay"] as const).filter((kind) => kinds.has(kind));
  } finally {
    pc.close();
  }
}

async function sample(pc: RTCPeerConnection): Promise<Sample> {
  const reports: unknown[] = [];
  (await pc.getStats()).forEach((one) => reports.push(one));
  return sampleOf(reports as never, performance.now());
}

/** Sound to the relay and back to this page: what is lost there, how late and how evenly it comes. */
export async function loop(servers: T.IceServer[], stream: MediaStream): Promise<Figures | undefined> {
  const config: RTCConfiguration = { iceServers: servers, iceTransportPolicy: "relay" };
  const [here, there] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  try {
    here.onicecandidate = ({ candidate }) => candidate && void there.addIceCandidate(candidate).catch(() => undefined);
    there.onicecandidate = ({ candidate }) => candidate && void here.addIceCandidate(candidate).catch(() => undefined);
    stream.getTracks().forEach((track) => here.addTrack(track, stream));
    await here.setLocalDescription();
    await there.setRemoteDescription(here.localDescription as RTCSessionDescription);
    await there.setLocalDescription();
    await here.setRemoteDescription(there.localDescription as RTCSessionDescription);
    const connected = new Promise<boolean>((done) => {
      here.onconnectionstatechange = () => (here.connectionState === "connected" ? done(true) : here.connectionState === "failed" && done(false));
    });
    if (!(await within(CONNECT_MS, connected, false))) return undefined;
    const before = await sample(there);
    await new Promise((done) => setTimeout(done, LOOP_MS));
    const after = await sample(there);
    return figuresOf(before, { ...after, roundTrip: after.roundTrip ?? (await sample(here)).roundTrip });
  } finally {
    here.close();
    there.close();
  }
}
