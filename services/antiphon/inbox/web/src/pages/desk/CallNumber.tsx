/** A phone number that calls: a button where there is a telephone, else plain text. */
import { Button } from "react-aria-components/Button";
import { Icon } from "../../design/Icon";
import { phone as phoneText } from "../../i18n/format";
import { can } from "../../rt/selectors";
import { useDesk } from "../../rt/store";
import { useT } from "./texts";

export function CallNumber({ number }: { number: string }) {
  const t = useT();
  const may = useDesk(can("work.take"));
  if (!may) return <span className="nw">{phoneText(number)}</span>;
  // The softphone and its texts come after the page: a press waits for them.
  const dial = async () => (await import("../../softphone/phone")).phone.dial(number);
  return <Button className="call-number nw" aria-label={t("call_number", { number: phoneText(number) })} onPress={() => void dial()}>{phoneText(number)}<Icon name="phone-out" size="s" /></Button>;
}
