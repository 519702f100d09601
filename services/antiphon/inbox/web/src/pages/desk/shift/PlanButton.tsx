/** "Call later" of a contact's card. */
import { useState } from "react";
import { Button } from "../../../ui/Button";
import { PlanDialog } from "./PlanDialog";
import { useT } from "./texts";

export default function PlanButton({ contact }: { contact: string }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  return <><Button size="sm" icon="callback" onPress={() => setOpen(true)}>{t("call_later")}</Button>{open && <PlanDialog contact={contact} onClose={() => setOpen(false)} />}</>;
}
