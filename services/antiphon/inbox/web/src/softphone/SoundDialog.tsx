/** Devices, volumes, and the test before work. */
import { useEffect, useRef, useState, type ReactNode } from "react";
import { media } from "../api/api";
import { Icon, type IconName } from "../design/Icon";
import { number, percent } from "../i18n/format";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Select } from "../ui/Select";
import { maySelectSpeaker, meterOf, openMicrophone, setDevices, startRing, useDevices } from "./devices";
import { loop, reach, ways, type CandidateKind } from "./probe";
import type { Figures } from "./quality";
import { useT } from "./texts";

const SYSTEM = "-";
type Verdict = "none" | "wait" | "ok" | "warn" | "bad";
const ICONS: Record<Verdict, IconName> = { none: "minus", wait: "clock", ok: "ok", warn: "alert", bad: "stop" };

function useDeviceList(): { list: readonly MediaDeviceInfo[]; named: boolean } {
  const [list, setList] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const look = () => void navigator.mediaDevices?.enumerateDevices().then(setList, () => undefined);
    look();
    navigator.mediaDevices?.addEventListener("devicechange", look);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", look);
  }, []);
  return { list, named: list.some((one) => one.label !== "") };
}

function Level({ stream, onPeak }: { stream: MediaStream | undefined; onPeak: (level: number) => void }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!stream) return undefined;
    const meter = meterOf(stream);
    const timer = setInterval(() => {
      const level = meter.level();
      if (bar.current) bar.current.style.width = `${Math.round(level * 100)}%`;
      onPeak(level);
    }, 80);
    return () => {
      clearInterval(timer);
      meter.close();
    };
  }, [stream, onPeak]);
  return <div className="sp-level" aria-hidden="true"><i ref={bar} style={{ width: 0 }} /></div>;
}

function Row({ verdict, name, children, action }: { verdict: Verdict; name: string; children: ReactNode; action?: ReactNode }) {
  return <li><Icon name={ICONS[verdict]} className={verdict} /><span className="m">{name}</span><span className="mid" role="status">{children}</span><span>{action}</span></li>;
}

const HEARD = 0.25;
interface Result { socket?: number | undefined; socketTried?: boolean; kinds?: CandidateKind[]; figures?: Figures | undefined; looped?: boolean; relay?: boolean }

function Tests() {
  const t = useT();
  const [stream, setStream] = useState<MediaStream>();
  const [mic, setMic] = useState<"none" | "listening" | "ok" | "denied">("none");
  const [speaker, setSpeaker] = useState<"none" | "asked" | "ok" | "bad">("none");
  const [running, setRunning] = useState(false);
  const [result, setResult] = useState<Result>({});
  const heard = useRef((level: number) => {
    if (level > HEARD) setMic((old) => (old === "listening" ? "ok" : old));
  });
  const held = useRef<MediaStream>(undefined);
  useEffect(() => () => held.current?.getTracks().forEach((track) => track.stop()), []);
  const sound = async () => {
    const stop = startRing(false);
    setTimeout(() => { stop(); setSpeaker("asked"); }, 1200);
  };
  const run = async () => {
    setRunning(true);
    setResult({});
    try {
      held.current?.getTracks().forEach((track) => track.stop());
      const own = await openMicrophone().catch(() => undefined);
      held.current = own;
      setStream(own);
      setMic(own ? "listening" : "denied");
      const given = await media.softphone().catch(() => undefined);
      const servers = given?.available ? given.ice_servers : [];
      const [socket, kinds] = await Promise.all([given?.available ? reach(given.websocket_url) : undefined, ways(servers)]);
      const relay = kinds.includes("relay");
      setResult({ socketTried: given?.available ?? false, socket, kinds, relay });
      const figures = relay && own ? await loop(servers, own).catch(() => undefined) : undefined;
      setResult((old) => ({ ...old, looped: true, figures }));
    } finally {
      setRunning(false);
    }
  };
  const { socket, socketTried, kinds, figures, looped, relay } = result;
  return (
    <section aria-label={t("test_title")}>
      <header className="flex"><h3 className="grow">{t("test_title")}</h3><Button kind="primary" isPending={running} onPress={() => void run()}>{t(kinds ? "test_again" : "test_run")}</Button></header>
      <p className="hint">{t("test_text")}</p>
      <ul className="sp-tests">
        <Row verdict={mic === "ok" ? "ok" : mic === "denied" ? "bad" : mic === "listening" ? (looped ? "warn" : "wait") : "none"} name={t("test_mic")} action={<Level stream={stream} onPeak={heard.current} />}>
          {mic === "ok" ? t("test_mic_ok") : mic === "denied" ? t("warn_mic_denied") : mic === "listening" ? t(looped ? "test_mic_quiet" : "test_mic_say") : "–"}
        </Row>
        <Row verdict={speaker === "ok" ? "ok" : speaker === "bad" ? "warn" : "none"} name={t("test_speaker")}
          action={speaker === "asked" ? <span className="flex"><Button size="sm" onPress={() => setSpeaker("ok")}>{t("heard_yes")}</Button><Button size="sm" onPress={() => setSpeaker("bad")}>{t("heard_no")}</Button></span> : <Button size="sm" icon="play" onPress={() => void sound()}>{t("test_speaker_play")}</Button>}>
          {speaker === "asked" ? t("test_speaker_ask") : speaker === "ok" ? t("test_speaker_ok") : speaker === "bad" ? t("test_speaker_bad") : "–"}
        </Row>
        <Row verdict={!kinds ? (running ? "wait" : "none") : !socketTried ? "none" : socket === undefined ? "bad" : "ok"} name={t("test_socket")}>
          {!kinds ? "–" : !socketTried ? t("test_socket_none") : socket === undefined ? t("test_socket_bad") : t("test_socket_ok", { ms: number(socket) })}
        </Row>
        <Row verdict={!kinds ? (running ? "wait" : "none") : kinds.length ? "ok" : "bad"} name={t("test_ice")}>
          {!kinds ? "–" : kinds.length ? t("test_ice_ok", { kinds: kinds.map((kind) => t(`kind_${kind}`)).join(", ") }) : t("test_ice_bad")}
        </Row>
        <Row verdict={figures?.loss !== undefined ? (figures.loss > 0.01 || (figures.mos ?? 5) < 3.6 ? "warn" : "ok") : relay && !looped ? "wait" : "none"} name={t("test_loop")}>
          {figures?.loss !== undefined ? t("test_loop_ok", { loss: percent(figures.loss, 1), jitter: number(figures.jitterMs), rtt: number(figures.roundTripMs) }) : relay && !looped ? t("test_loop_wait") : looped ? t("test_loop_none") : "–"}
        </Row>
      </ul>
    </section>
  );
}

function Range({ label, value, onChange, onEnd }: { label: string; value: number; onChange: (value: number) => void; onEnd?: () => void }) {
  return <label className="sp-range"><span className="sm m mid">{label}</span><input type="range" min={0} max={100} step={5} value={Math.round(value * 100)} aria-valuetext={`${Math.round(value * 100)}%`} onChange={(event) => onChange(Number(event.target.value) / 100)} onPointerUp={onEnd} /></label>;
}

export default function SoundDialog({ onClose }: { onClose: () => void }) {
  const t = useT();
  const devices = useDevices();
  const { list, named } = useDeviceList();
  const options = (kind: MediaDeviceKind) => [{ id: SYSTEM, text: t("system_default") }, ...list.filter((one) => one.kind === kind && one.deviceId && one.deviceId !== "default" && one.label).map((one) => ({ id: one.deviceId, text: one.label }))];
  const pick = (label: string, key: "microphone" | "speaker" | "ringer", kind: MediaDeviceKind) => {
    const all = options(kind);
    return <Select label={label} options={all} value={all.some((one) => one.id === devices[key]) ? devices[key] : SYSTEM} onChange={(id) => setDevices({ [key]: id === SYSTEM ? "" : id })} />;
  };
  const taste = () => {
    const stop = startRing(true);
    setTimeout(stop, 600);
  };
  return (
    <Dialog title={t("sound_settings")} isOpen big onClose={onClose} actions={<Button onPress={onClose}>{t("close")}</Button>}>
      <div className="sp-sound">
        <section aria-label={t("choose_device")}>
          <div className="sp-devices">
            {pick(t("microphone"), "microphone", "audioinput")}
            {maySelectSpeaker() && pick(t("speaker"), "speaker", "audiooutput")}
            {maySelectSpeaker() && pick(t("ringer"), "ringer", "audiooutput")}
          </div>
          <div className="sp-devices">
            <Range label={t("volume")} value={devices.volume} onChange={(volume) => setDevices({ volume })} />
            <Range label={t("ring_volume")} value={devices.ring} onChange={(ring) => setDevices({ ring })} onEnd={taste} />
          </div>
          {!named && <p className="hint">{t("names_hidden")}</p>}
          {!maySelectSpeaker() && <p className="hint">{t("speaker_fixed")}</p>}
        </section>
        <Tests />
      </div>
    </Dialog>
  );
}
