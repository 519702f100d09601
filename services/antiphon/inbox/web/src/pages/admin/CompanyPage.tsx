import { directory } from "../../api/api";
import type { Tenant } from "../../api/types.gen";
import { useLoad } from "../../api/useCall";
import { Icon } from "../../design/Icon";
import { clock, day } from "../../i18n/format";
import { LANGUAGES, LANGUAGE_CODES } from "../../i18n/languages";
import { useProblemText } from "../../i18n/problems";
import { serverNow } from "../../rt/clock";
import { learn, store } from "../../rt/store";
import { useTitle } from "../../shell/Panes";
import { Button } from "../../ui/Button";
import { ComboBox } from "../../ui/ComboBox";
import { Empty } from "../../ui/Empty";
import { Select } from "../../ui/Select";
import { Skeleton } from "../../ui/Skeleton";
import { TextField } from "../../ui/TextField";
import { useEditor } from "./editor";
import { zones } from "./zones";
import { localTime } from "./hours";
import { Form } from "./Section";
import { useT } from "./texts";

function CompanyForm({ stored }: { stored: Tenant }) {
  const t = useT();
  const editor = useEditor<Tenant>({
    key: "company", stored, validate: (value) => ({ name: value.name.trim() ? "" : "bad_name" }),
    fresh: async () => (await directory.tenant()).tenant,
    save: async ({ created_at: _created, ...value }) => (await directory.putTenant(value)).tenant ?? { ...stored, ...value },
    onSaved: (tenant) => {
      if (store.state.me) learn.me({ ...store.state.me, tenant });
    },
  });
  const { value, patch, err } = editor;
  const minute = localTime(value.time_zone, serverNow()).minute;
  const there = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  return (
    <Form section="company" icon="globe" right="tenant.write" editor={editor} isNew={false} wide fixed title={t("company")} labels={{ name: t("company_name"), language: t("language"), time_zone: t("time_zone") }}
      below={<div className="fields"><p className="hint more-row">{stored.created_at ? t("company_since", { day: day(stored.created_at) }) : ""}</p></div>}>
      <div className="narrow-fields">
        <TextField label={t("company_name")} hint={t("company_name_hint")} value={value.name} onChange={(name) => patch({ name })} error={err("name")} />
        <Select label={t("language")} hint={t("company_language_hint")} options={LANGUAGE_CODES.map((id) => ({ id, text: LANGUAGES[id] }))} value={value.language as never} onChange={(language) => patch({ language })} error={err("language")} />
        <ComboBox label={t("time_zone")} hint={t("company_zone_hint", { there, here: clock(serverNow()) })} options={zones(value.time_zone)} value={value.time_zone} onChange={(time_zone) => patch({ time_zone })} error={err("time_zone")} />
      </div>
    </Form>
  );
}

export default function CompanyPage() {
  const t = useT();
  const say = useProblemText();
  const loaded = useLoad(directory.tenant);
  useTitle(t("company"));
  if (loaded.data?.tenant) return <div className="work whole"><CompanyForm stored={loaded.data.tenant} /></div>;
  return loaded.problem ? <Empty icon="alert" title={t("not_loaded")} actions={<Button onPress={loaded.reload}><Icon name="refresh" />{t("try_again")}</Button>}>{say(loaded.problem)}</Empty> : <Skeleton />;
}
