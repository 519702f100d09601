import { useT } from "./texts";

/** The shape of list rows; appears after 200 ms, never for a refresh. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  const t = useT();
  return (
    <div className="late" role="status" aria-label={t("loading")}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skr"><span className="sk" /><span className="sk" style={{ width: `${70 - (index % 3) * 12}%` }} /><span className="sk" /><span className="sk" style={{ width: `${90 - (index % 4) * 9}%` }} /></div>
      ))}
    </div>
  );
}
