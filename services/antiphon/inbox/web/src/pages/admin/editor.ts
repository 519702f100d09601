/** The state of one form: what was read, what is typed, what is wrong, and who was faster. */
import { useState } from "react";
import { Problem } from "../../api/problem";
import { toast } from "../../ui/Toast";
import { equal, rebase } from "./diff";
import { draftOf, dropDraft, keepDraft, useOpenDraft } from "./guard";
import { useT, type AdminText } from "./texts";

export type Errors<R> = Partial<Record<keyof R | string, AdminText | "">>;

export interface EditorOptions<R> {
  /** Section and id: where the draft is kept. */
  key: string;
  stored: R;
  /** `base` is what was stored, as far as this page knows. */
  save: (value: R, base: R) => Promise<R>;
  /** The stored record now, after STALE. */
  fresh: () => Promise<R | undefined>;
  validate?: (value: R) => Errors<R>;
  onSaved?: (value: R) => void;
}

export interface Editor<R> {
  value: R;
  base: R;
  dirty: boolean;
  /** The draft was here before: unsaved changes of an earlier visit. */
  restored: boolean;
  pending: boolean;
  problem: Problem | undefined;
  theirs: R | undefined;
  patch: (change: Partial<R>) => void;
  err: (field: string, ...aliases: string[]) => string | undefined;
  submit: () => Promise<boolean>;
  discard: () => void;
  takeTheirs: () => void;
  keepMine: () => void;
}

const asProblem = (error: unknown) => (error instanceof Problem ? error : new Problem(500, { title: String(error) }));

/** To the first field that is wrong, else to the message: nobody searches for what happened. */
function showTrouble(): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>(".fpanel [aria-invalid=true], .fpanel .bad input, .fpanel button.bad");
    if (field) field.focus();
    else document.querySelector(".fpanel .theirs, .fpanel .problem, .fpanel .err")?.scrollIntoView({ block: "center" });
  });
}

/** Mount it anew for another record (`key={id}`). */
export function useEditor<R extends object>({ key, stored, save, fresh, validate, onSaved }: EditorOptions<R>): Editor<R> {
  const t = useT();
  const [{ base, value }, setState] = useState(() => (draftOf(key) as { base: R; value: R } | undefined) ?? { base: stored, value: stored });
  const [restored, setRestored] = useState(() => draftOf(key) !== undefined);
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [theirs, setTheirs] = useState<R>();
  useOpenDraft(key);
  const dirty = !equal(base, value);
  const errors: Partial<Record<string, AdminText | "">> = validate?.(value) ?? {};

  const put = (next: { base: R; value: R }) => {
    if (equal(next.base, next.value)) dropDraft(key);
    else keepDraft(key, next);
    setState(next);
  };
  const run = async (wanted: R, from: R): Promise<boolean> => {
    setPending(true);
    setProblem(undefined);
    try {
      const saved = await save(wanted, from);
      dropDraft(key);
      setState({ base: saved, value: saved });
      setTheirs(undefined);
      setTried(false);
      setRestored(false);
      toast(t("saved"));
      onSaved?.(saved);
      return true;
    } catch (error) {
      const found = asProblem(error);
      const now = found.reason === "STALE" ? await fresh().catch(() => undefined) : undefined;
      if (now) setTheirs(now);
      else setProblem(found);
      put({ base: from, value: wanted });
      showTrouble();
      return false;
    } finally {
      setPending(false);
    }
  };
  return {
    value, base, dirty, restored, pending, problem, theirs,
    patch: (change) => {
      setProblem((old) => (old && old.facts["field"] && Object.keys(change).some((field) => old.facts["field"]?.endsWith(field)) ? undefined : old));
      put({ base, value: { ...value, ...change } });
    },
    err: (field, ...aliases) => {
      const own = errors[field];
      if (tried && own) return t(own);
      const named = problem?.facts["field"] ?? "";
      const hit = problem && [field, ...aliases].some((one) => named === one || named.endsWith(`.${one}`) || named.startsWith(`${one}.`) || named.startsWith(`${one}[`));
      if (!hit) return undefined;
      return problem.reason === "TAKEN" ? t("bad_taken") : problem.reason === "PRIVATE_HOST" ? t("bad_private") : (fieldText(t, field) ?? problem.detail);
    },
    submit: async () => {
      setTried(true);
      if (Object.values(errors).some(Boolean)) {
        showTrouble();
        return false;
      }
      return run(value, base);
    },
    discard: () => {
      setRestored(false);
      setTried(false);
      setProblem(undefined);
      setTheirs(undefined);
      put({ base, value: base });
    },
    takeTheirs: () => {
      if (!theirs) return;
      setTheirs(undefined);
      put({ base: theirs, value: theirs });
    },
    keepMine: () => {
      if (theirs) void run(rebase(base, theirs, value), theirs);
    },
  };
}

const FIELD_TEXTS: Record<string, AdminText> = {
  name: "bad_name", email: "bad_email", extension: "bad_extension", e164: "bad_e164", forward_to: "bad_forward", project_ids: "bad_projects", members: "bad_members", dispositions: "bad_dispositions",
  skills: "bad_skills", capacity: "bad_capacity", origins: "bad_origins", colour: "bad_colour", token: "bad_token", time_zone: "bad_zone", roles: "bad_roles", title: "bad_name",
};
function fieldText(t: (key: AdminText) => string, field: string): string | undefined {
  const key = FIELD_TEXTS[field];
  return key && t(key);
}
