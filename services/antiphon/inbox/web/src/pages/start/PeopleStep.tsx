import { useState } from "react";
import { acd, directory } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { language } from "../../i18n/texts";
import { myId } from "../../rt/selectors";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { Select } from "../../ui/Select";
import { TextField } from "../../ui/TextField";
import { Copied } from "./Copied";
import type { StepProps } from "./step";
import { firstPassword } from "./steps";
import { useT } from "./texts";

const ROLES = ["ROLE_AGENT", "ROLE_SUPERVISOR", "ROLE_ADMIN"] as const satisfies readonly T.Role[];
const secure = (below: number) => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % below;

/** Colleagues get a sign-in with a first password; whoever takes customers joins the queue. */
export function PeopleStep({ onDone, actions }: StepProps) {
  const t = useT();
  const say = useProblemText();
  const { me, people, queue } = useDesk((state) => ({ me: myId(state), people: state.people, queue: Object.values(state.queues)[0] }));
  const [form, setForm] = useState({ name: "", email: "", role: "ROLE_AGENT" as (typeof ROLES)[number] });
  const [made, setMade] = useState<{ email: string; password: string }>();
  const [tried, setTried] = useState(false);
  const valid = /^\S+@\S+\.\S+$/.test(form.email.trim());
  const invite = useAction(async () => {
    const password = firstPassword(secure);
    const { person } = await directory.savePerson({ name: form.name.trim(), email: form.email.trim(), roles: [form.role], language: language() }, password);
    learn.person(person);
    if (queue && person && form.role !== "ROLE_ADMIN") learn.queue((await acd.saveQueue({ ...queue, members: [...queue.members, { person_id: person.id, level: form.role === "ROLE_AGENT" ? 1 : 2 } as never] })).queue);
    setMade({ email: form.email.trim(), password });
    setForm({ ...form, name: "", email: "" });
    setTried(false);
  });
  const others = Object.values(people).filter((one) => one.id !== me && !one.disabled);
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); setTried(true); if (form.name.trim() && valid) void invite.run(); }}>
      <h2>{t("s_people")}</h2><p className="mid">{t("people_text")}</p>
      {others.length > 0 && <ul className="start-list" aria-label={t("colleagues")}>{others.map((one) => <li key={one.id}><span className="m">{one.name}</span> <span className="dim">{one.email}</span></li>)}</ul>}
      {made && <div className="card body form" role="status"><p>{t("invited", { email: made.email })}</p><Copied label={t("sign_in_data")} text={`${location.origin}/sign-in\n${made.email}\n${made.password}`} /></div>}
      <div className="row">
        <TextField label={t("name")} value={form.name} onChange={(name) => setForm({ ...form, name })} maxLength={100} error={tried && !form.name.trim() ? t("needed") : undefined} />
        <TextField label={t("email")} type="email" value={form.email} onChange={(email) => setForm({ ...form, email })} error={tried && !valid ? t("bad_email") : undefined} />
        <Select label={t("role")} options={ROLES.map((id) => ({ id, text: t(id) }))} value={form.role} onChange={(role) => setForm({ ...form, role })} />
      </div>
      {invite.problem && <p className="err" role="alert">{say(invite.problem)}</p>}
      <div><Button type="submit" icon="plus" isPending={invite.pending}>{t("invite")}</Button></div>
      {actions(<Button kind="primary" onPress={onDone}>{t(others.length > 0 ? "next" : "alone")}</Button>)}
    </form>
  );
}
