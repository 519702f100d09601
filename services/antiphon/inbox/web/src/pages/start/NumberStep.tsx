import { useState } from "react";
import { offers } from "../../api/api";
import { useAction, useLoad } from "../../api/useCall";
import { money, phone } from "../../i18n/format";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { RadioGroup } from "../../ui/RadioGroup";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { StartOn } from "../billing/StartOn";
import { receive } from "./reception";
import { sum, type Sale } from "./sale";
import type { StepProps } from "./step";
import { useT } from "./texts";

const ANY = "any", SHOWN = 12;

const countryName = (code: string): string => {
  try {
    return new Intl.DisplayNames([language()], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
};

/** A telephone number of the operator's, received by the first scheme as soon as it is connected. */
export function NumberStep({ onDone, actions, sale, reload, toFund }: StepProps & { sale: Sale; reload: () => void; toFund: () => void }) {
  const t = useT();
  const say = useProblemText();
  const { tenant, queue } = useDesk((state) => ({ tenant: state.me?.tenant, queue: Object.values(state.queues)[0] }));
  const offered = useLoad(async () => (await offers.numbers()).numbers);
  const [place, setPlace] = useState(ANY);
  const [chosen, setChosen] = useState("");
  const [request_id, setRequest] = useState(() => crypto.randomUUID());
  const [start_on, setStart] = useState("");
  const placeOf = (one: { country: string; area: string }) => `${one.country}/${one.area}`;
  const places = [...new Map((offered.data ?? []).map((one) => [placeOf(one), { id: placeOf(one), text: one.area ? `${countryName(one.country)}, ${one.area}` : countryName(one.country) }])).values()];
  const shown = (offered.data ?? []).filter((one) => place === ANY || placeOf(one) === place).slice(0, SHOWN);
  const number = shown.find((one) => one.e164 === chosen);
  const order = useAction(async () => {
    if (!number?.installation || !number.monthly || !queue) return;
    try {
      await offers.order({ request_id, e164: number.e164, installation: number.installation, monthly: number.monthly, start_on });
    } catch (error) {
      offered.reload(); // what is gone is not offered again
      setRequest(crypto.randomUUID());
      throw error;
    }
    await receive(number.e164, queue.id, tenant?.language || "en", { name: t("scheme_name"), reason: t("scheme_reason") });
    reload();
    onDone();
  });
  const short = order.problem?.reason === "INSUFFICIENT" ? order.problem.facts : undefined;
  const has = sale.numbers.length > 0;
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); if (number) void order.run(); }}>
      <h2>{t("s_number")}</h2><p className="mid">{t("number_text")}</p>
      {has && <ul className="start-list" aria-label={t("own_numbers")}>{sale.numbers.map((one) => <li key={one.id} className="m">{phone(one.e164)}</li>)}</ul>}
      {offered.problem && !offered.data ? <p className="err" role="alert">{say(offered.problem)} <Button size="sm" onPress={offered.reload}>{t("again")}</Button></p>
        : !offered.data ? <Skeleton rows={4} />
          : offered.data.length === 0 ? <p role="status">{t("no_numbers")}</p> : <>
            {places.length > 1 && <Select label={t("place")} options={[{ id: ANY, text: t("any_place") }, ...places]} value={place} onChange={(value) => { setPlace(value); setChosen(""); }} />}
            <RadioGroup label={t("number")} value={chosen} onChange={(value) => { setChosen(value); setRequest(crypto.randomUUID()); order.clear(); }}
              options={shown.map((one) => ({ id: one.e164, text: <span className="m nw">{phone(one.e164)}</span>, hint: <>{one.area && <>{one.area}: </>}{t("number_price", { monthly: sum(one.monthly), once: sum(one.installation) })}</> }))} />
            {number && <StartOn value={start_on} onChange={(day) => { setStart(day); setRequest(crypto.randomUUID()); order.clear(); }} />}
          </>}
      {!queue && <p className="err" role="alert">{t("queue_first")}</p>}
      {short ? <p className="err" role="alert">{t("short", { amount: money(Number(short["needed"] ?? 0), String(short["currency"] ?? "")) })} <Button size="sm" onPress={toFund}>{t("to_fund")}</Button></p>
        : order.problem && <p className="err" role="alert">{say(order.problem)}</p>}
      {actions(<>
        {!number && <Button kind={has ? "primary" : "default"} onPress={onDone}>{t(has ? "next" : "without_number")}</Button>}
        {number && <Button kind="primary" type="submit" isDisabled={!queue} isPending={order.pending}>{t("connect_number", { once: sum(number.installation) })}</Button>}
      </>)}
    </form>
  );
}
