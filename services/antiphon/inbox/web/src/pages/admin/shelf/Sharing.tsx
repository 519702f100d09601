/** Whose a canned answer or a macro is. */
import type * as T from "../../../api/types.gen";
import { can, myId } from "../../../rt/selectors";
import { useDesk } from "../../../rt/store";
import { RadioGroup } from "../../../ui/RadioGroup";
import { Select } from "../../../ui/Select";
import { useT } from "./texts";

type Whose = Pick<T.CannedAnswer, "sharing" | "group_id">;

export function Sharing({ value, onChange, error }: { value: Whose; onChange: (next: Partial<Whose>) => void; error?: string | undefined }) {
  const t = useT();
  const { may, groups } = useDesk((state) => ({ may: can("queues.write")(state), groups: state.groups }));
  const options = [
    { id: "SHARING_PERSONAL" as const, text: t("for_me") },
    ...(may ? [{ id: "SHARING_EVERYBODY" as const, text: t("for_everybody") }, ...(Object.keys(groups).length ? [{ id: "SHARING_GROUP" as const, text: t("for_group") }] : [])] : []),
  ];
  return (
    <>
      <RadioGroup<T.Sharing> label={t("whose")} value={value.sharing} onChange={(sharing) => onChange({ sharing, group_id: sharing === "SHARING_GROUP" ? value.group_id : "" })} options={options} />
      {value.sharing === "SHARING_GROUP" && <Select label={t("group")} options={Object.values(groups).map((one) => ({ id: one.id, text: one.name }))} value={value.group_id} onChange={(group_id) => onChange({ group_id })} error={error} />}
    </>
  );
}

export function useWhose(): (record: Whose) => string {
  const t = useT();
  const groups = useDesk((state) => state.groups);
  return ({ sharing, group_id }) => (sharing === "SHARING_GROUP" ? groups[group_id]?.name ?? t("for_group") : t(sharing === "SHARING_PERSONAL" ? "for_me" : "for_everybody"));
}

/** Own records anybody changes; the others need the right to configure. */
export function useRight(record: { sharing: T.Sharing; owner_id: string } | undefined): string {
  const me = useDesk(myId);
  return !record || (record.sharing === "SHARING_PERSONAL" && record.owner_id === me) ? "conversations.write" : "queues.write";
}
