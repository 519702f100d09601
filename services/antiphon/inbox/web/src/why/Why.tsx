/** "Why me?" of an offer, whatever rings. */
import { acd } from "../api/api";
import type * as T from "../api/types.gen";
import { useLoad } from "../api/useCall";
import { duration } from "../i18n/format";
import { useProblemText } from "../i18n/problems";
import { useDesk } from "../rt/store";
import { obstacleKey, ruleKey, whyLines, type WhyLine } from "./lines";
import { useT } from "./texts";

export default function Why({ offer }: { offer: T.Offer }) {
  const say = useProblemText();
  const t = useT();
  // A snapshot carries the offer without its reasons; the ACD still knows them.
  const { data, problem, loading } = useLoad(async () => offer.decision ?? (await acd.explain(offer.item_id)).decision, [offer.item_id, offer.version]);
  if (problem) return <p className="why sm">{say(problem)}</p>;
  if (!data) return <p className="why sm late">{t(loading ? "loading" : "unknown")}</p>;
  return <ul className="why">{whyLines(data).map((line) => <Row key={line.is} line={line} />)}</ul>;
}

function Row({ line }: { line: WhyLine }) {
  const t = useT();
  const people = useDesk((state) => state.people);
  const words = (code: string) => {
    const key = obstacleKey(code);
    return key ? t(key) : code;
  };
  const [label, text] = ((): [string, string] => {
    switch (line.is) {
      case "place": return [t("queue"), t("place", { position: line.position, waited: duration(line.waited) })];
      case "rule": {
        const key = ruleKey(line.rule);
        return [t("choice"), key ? t(key) : line.rule];
      }
      case "skills": return [t("skills"), line.skills.map(({ skill, has, needed }) => t("skill_line", { skill, has, needed })).join(", ")];
      case "others": return [t("others"), line.others.map(({ agent, why }) => `${people[agent]?.name ?? t("a_colleague")}: ${words(why)}`).join("; ")];
      case "nobody": return [t("others"), t("nobody")];
    }
  })();
  return <li><span className="dim">{label}</span><span>{text}</span></li>;
}
