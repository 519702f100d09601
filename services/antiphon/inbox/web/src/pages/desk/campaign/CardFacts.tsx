/** Whom a campaign calls, and what to say. */
import type * as T from "../../../api/types.gen";
import { moment } from "../../../i18n/format";
import { Chip } from "../../../ui/Chip";
import { useT } from "./texts";

export function CardFacts({ card }: { card: T.Card }) {
  const t = useT();
  const fields = Object.entries(card.fields);
  return (
    <>
      <div className="flex"><Chip kind="acc">{card.campaign_name}</Chip>{card.callback && <Chip kind="info">{card.callback_at ? t("promised", { at: moment(card.callback_at) }) : t("callback")}</Chip>}{card.attempts > 0 && <span className="sm mid">{t("tried", { count: card.attempts })}</span>}</div>
      {fields.length > 0 && <dl className="kv">{fields.map(([name, value]) => <div key={name} className="cc-pair"><dt>{name}</dt><dd dir="auto">{value}</dd></div>)}</dl>}
      {card.note && <p className="sm mid" dir="auto">{t("noted", { note: card.note })}</p>}
      {card.script && <section className="cc-script" aria-label={t("script")}><h3>{t("script")}</h3><p dir="auto">{card.script}</p></section>}
    </>
  );
}
