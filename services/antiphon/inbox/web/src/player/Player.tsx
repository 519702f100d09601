/** Plays a recording or a voicemail: waveform, seeking by pointer and keys, speed, download. One plays at a time. */
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { duration, number } from "../i18n/format";
import { Icon } from "../design/Icon";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { barsOf, clamp, keyTime, lengthOf, nextSpeed, timeAt, type Speed } from "./maths";
import "./player.css";
import { useT } from "./texts";

const BARS = 160;
let playing: HTMLAudioElement | undefined;

export interface PlayerProps {
  label: string;
  url: string;
  /** Seconds. */
  length: number;
  /** One row, or two: the customer above, the agent below. */
  peaks: readonly (readonly number[])[];
  /** Offered to who may have the file: its name. */
  download?: string | undefined;
  onPlay?: () => void;
  /** Set while something must be asked first: pressing Listen asks it instead of playing. */
  onLocked?: (() => void) | undefined;
  autoPlay?: boolean;
}

export function Player({ label, url, length, peaks, download, onPlay, onLocked, autoPlay }: PlayerProps) {
  const t = useT();
  const audio = useRef<HTMLAudioElement>(null);
  const clip = useId();
  const [now, setNow] = useState(0);
  const [runs, setRuns] = useState(false);
  const [waits, setWaits] = useState(false);
  const [failed, setFailed] = useState(false);
  const [speed, setSpeed] = useState<Speed>(1);
  const [own, setOwn] = useState(0);
  const whole = lengthOf(own, length);
  const rows = useMemo(() => peaks.filter((row) => row.length > 0).map((row) => barsOf(row, BARS)), [peaks]);
  useEffect(() => () => {
    if (playing === audio.current) playing = undefined;
  }, []);
  const play = () => {
    const element = audio.current;
    if (!element) return;
    if (playing && playing !== element) playing.pause();
    playing = element;
    element.playbackRate = speed;
    setFailed(false);
    void element.play().then(onPlay, () => setFailed(true));
  };
  useEffect(() => {
    if (autoPlay) play();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [autoPlay, url]);
  const toggle = () => (onLocked ? onLocked() : runs ? audio.current?.pause() : play());
  const seek = (to: number) => {
    setNow(clamp(to, whole));
    if (audio.current) audio.current.currentTime = clamp(to, whole);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = keyTime(event.key, now, whole);
    if (to !== undefined) seek(to);
    else if (event.key === " " || event.key === "Enter") toggle();
    else return;
    event.preventDefault();
  };
  const drag = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(timeAt(event.clientX - box.left, box.width, whole));
  };
  const share = whole > 0 ? now / whole : 0;
  return (
    <div className="player" role="group" aria-label={label}>
      <audio ref={audio} {...(onLocked ? {} : { src: url })} preload="none" onPlay={() => setRuns(true)} onPause={() => { setRuns(false); setWaits(false); }} onEnded={() => setRuns(false)} onWaiting={() => setWaits(true)} onPlaying={() => setWaits(false)}
        onTimeUpdate={(event) => setNow(event.currentTarget.currentTime)} onDurationChange={(event) => setOwn(event.currentTarget.duration)} onError={() => { setRuns(false); setFailed(true); }} />
      <IconButton icon={onLocked ? "lock" : runs ? "pause" : "play"} kind="default" label={t(runs ? "pause" : "play")} onPress={toggle} />
      <div className={`wave ${waits ? "waits" : ""}`} role="slider" tabIndex={0} aria-label={t("place")} aria-valuemin={0} aria-valuemax={Math.round(whole)} aria-valuenow={Math.round(now)} aria-valuetext={t("place_of", { now: duration(now), whole: duration(whole) })}
        onKeyDown={onKeyDown} onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); drag(event); }} onPointerMove={(event) => event.buttons > 0 && drag(event)}>
        <svg viewBox={`0 0 ${BARS * 3} 40`} preserveAspectRatio="none" aria-hidden="true">
          <clipPath id={clip}><rect x="0" y="0" width={share * BARS * 3} height="40" /></clipPath>
          <g className="rest"><Bars rows={rows} /></g><g className="done" clipPath={`url(#${clip})`}><Bars rows={rows} /></g>
        </svg>
        {rows.length === 0 && <span className="plain"><i style={{ width: `${share * 100}%` }} /></span>}
        <i className="head-at" style={{ insetInlineStart: `${share * 100}%` }} />
      </div>
      <span className="sm nw player-time" aria-hidden="true">{duration(now)} / {duration(whole)}</span>
      <Button size="sm" kind="plain" aria-label={t("speed", { speed: number(speed, speed % 1 ? 2 : 0) })} onPress={() => { const next = nextSpeed(speed); setSpeed(next); if (audio.current) audio.current.playbackRate = next; }}>{`${number(speed, speed % 1 ? (speed * 10) % 1 ? 2 : 1 : 0)}×`}</Button>
      {download && <a className="btn plain sm sq" href={url} download={download} aria-label={t("download")} title={t("download")}><Icon name="download" size="s" /></a>}
      {failed && <span className="err player-failed" role="alert"><Icon name="stop" size="s" />{t("failed")}</span>}
    </div>
  );
}

/** Two voices stand on one line, one up and one down; one voice stands around it. */
function Bars({ rows }: { rows: readonly (readonly number[])[] }) {
  const two = rows.length > 1;
  return rows.map((row, voice) => row.map((peak, index) => {
    const high = Math.max(1, peak * (two ? 18 : 36));
    return <rect key={`${voice}-${index}`} x={index * 3} width="2" height={high} y={two ? (voice === 0 ? 19.5 - high : 20.5) : 20 - high / 2} />;
  }));
}
