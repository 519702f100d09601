import { useState } from "react";
import { channels } from "../../api/api";
import type * as T from "../../api/types.gen";
import { useAction } from "../../api/useCall";
import { useProblemText } from "../../i18n/problems";
import { learn, useDesk } from "../../rt/store";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { Copied } from "./Copied";
import type { StepProps } from "./step";
import { receive } from "./reception";
import { originOf } from "./steps";
import { useT } from "./texts";

export const snippet = (channel: T.Channel): string => `<script src="${channel.webhook_url}" data-channel="${channel.public_key}" async></script>`;

/** The chat of the company's site: a channel, a scheme that receives it, and one line for the site. */
export function ChatStep({ onDone, actions, channel }: StepProps & { channel: T.Channel | undefined }) {
  const t = useT();
  const say = useProblemText();
  const { tenant, queue, made } = useDesk((state) => ({ tenant: state.me?.tenant, queue: Object.values(state.queues)[0], made: Object.values(state.channels).find((one) => one.kind === "webchat") }));
  const [site, setSite] = useState("");
  const [tried, setTried] = useState(false);
  const origin = originOf(site);
  const save = useAction(async () => {
    if (!tenant || !queue) return;
    const language = tenant.language || "en";
    const settings = { origins: [...new Set([location.origin, ...(origin ? [origin] : [])])], title: tenant.name, language, colour: "#0b6375", fallback_queue_id: queue.id };
    const chat = made ?? (await channels.save({ kind: "webchat", name: t("site_name"), enabled: true, settings })).channel;
    if (chat) await receive(chat.id, queue.id, language, { name: t("scheme_name"), reason: t("scheme_reason") });
    learn.channel(chat);
    onDone();
  });
  return (
    <form className="form" onSubmit={(event) => { event.preventDefault(); setTried(true); if (channel) onDone(); else if (!site.trim() || origin) void save.run(); }}>
      <h2>{t("s_chat")}</h2><p className="mid">{t("chat_text")}</p>
      {channel ? <><Copied label={t("snippet")} text={snippet(channel)} /><p className="hint">{t("snippet_hint")}</p></>
        : <TextField label={t("site")} hint={t("site_hint")} placeholder="https://shop.example" value={site} onChange={setSite} error={tried && site.trim() && !origin ? t("bad_site") : undefined} />}
      {!queue && <p className="err" role="alert">{t("queue_first")}</p>}
      {save.problem && <p className="err" role="alert">{say(save.problem)}</p>}
      {actions(<Button kind="primary" type="submit" isPending={save.pending}>{t(channel ? "next" : "connect")}</Button>)}
    </form>
  );
}
