import { useDesk } from "../../rt/store";
import { useT } from "./texts";

/** Who did it: a person's name, or the service itself. */
export function useWho(): (by: string) => string {
  const t = useT();
  const people = useDesk((state) => state.people);
  return (by) => (by.startsWith("service:") ? t("by_itself") : (people[by.replace("person:", "")]?.name ?? by));
}
