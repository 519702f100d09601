/** Canned answers, macros and tags as this page knows them: loaded once, and again when somebody changes them. */
import { useEffect } from "react";
import { bench } from "../../../api/api";
import type * as T from "../../../api/types.gen";
import { useLoad, type Loaded } from "../../../api/useCall";
import { learn, useDesk } from "../../../rt/store";

export function useCanned(): Loaded<readonly T.CannedAnswer[]> {
  const told = useDesk((state) => state.shelf["canned"] ?? "");
  return useLoad(async () => (await bench.canned()).answers, [told]);
}

export function useMacros(): Loaded<readonly T.Macro[]> {
  const told = useDesk((state) => state.shelf["macros"] ?? "");
  return useLoad(async () => (await bench.macros()).macros, [told]);
}

/** Keeps the store's tags fresh; mounted once on the desk. */
export function useFreshTags(): void {
  const told = useDesk((state) => state.shelf["tags"] ?? "");
  useEffect(() => {
    if (told) void bench.tags().then(({ tags }) => learn.tags(tags), () => undefined);
  }, [told]);
}

export const useTags = (): T.Tag[] => {
  const tags = useDesk((state) => state.tags);
  return Object.values(tags).sort((a, b) => a.name.localeCompare(b.name));
};
