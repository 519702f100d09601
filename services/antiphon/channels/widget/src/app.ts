import { Connection } from "./connection";
import {
  apply,
  empty,
  lastIncoming,
  lastSeq,
  resumeFrom,
  unread,
  waiting,
  type Conversation,
} from "./conversation";
import { Outbox } from "./outbox";
import { readConfig, type FormAnswer, type Identity, type Language, type ServerFrame, type WidgetConfig } from "./protocol";
import { rows } from "./rows";
import { Store, shelf } from "./store";
import { css, dress, type Theme } from "./styles";
import { estimateText, pickLanguage, say, texts, type Texts } from "./texts";
import { MAX_FILES, Uploads } from "./uploads";
import { Composer } from "./view/composer";
import { h } from "./view/dom";
import { Launcher } from "./view/launcher";
import { MessageList } from "./view/list";
import { Panel, type Strip } from "./view/panel";
import { Tray } from "./view/uploads";

export interface Settings {
  /** Where the script came from: the server of the channel. */
  base: string;
  key: string;
  language: string | null;
  open: boolean;
  theme: Theme;
  left: boolean;
}

const TYPING_EVERY_MS = 3000;
/** History follows the hello frame without an end mark: this long without a message means it is all there. */
const HISTORY_QUIET_MS = 400;
/** A short break is nobody's business; a longer one is said. */
const OFFLINE_AFTER_MS = 1500;

export class App {
  private readonly host: HTMLElement;
  private readonly root: ShadowRoot;
  private readonly wrap: HTMLElement;
  private readonly store: Store;
  private readonly session: Store;
  private readonly outbox: Outbox;
  private readonly connection: Connection;
  private readonly uploads: Uploads;
  private readonly language: Language;
  private readonly t: Texts;
  private readonly launcher: Launcher;
  private readonly list: MessageList;
  private readonly tray: Tray;
  private readonly composer: Composer;
  private readonly panel: Panel;

  private conversation: Conversation = empty;
  private identity: Identity | null = null;
  private opened = false;
  private shown = true;
  private returnTo: HTMLElement | null = null;
  private lastTyping = 0;
  private sendWhenUploaded: string | null = null;
  private notice: Strip | null = null;
  private offlineSince: number | null = null;
  private replaying = false;
  private quietTimer: ReturnType<typeof setTimeout> | undefined;
  private drawTimer = false;
  private readSent = 0;
  private helloSince = 0;

  constructor(
    private readonly settings: Settings,
    private readonly config: WidgetConfig,
  ) {
    this.language = pickLanguage([
      settings.language,
      config.language,
      document.documentElement.lang,
      ...(navigator.languages ?? []),
    ]);
    const t = (this.t = texts(this.language));
    this.store = new Store(settings.key, shelf("localStorage"));
    this.session = new Store(settings.key, shelf("sessionStorage"));
    this.outbox = new Outbox(this.store);

    this.host = h("div", { id: "antiphon-widget" });
    this.root = this.host.attachShadow({ mode: "open" });
    dress(this.root, css(config.colour, settings.theme));

    this.connection = new Connection(`${settings.base.replace(/^http/, "ws")}/widget/socket`, {
      hello: () => this.hello(),
      frame: (frame) => this.frame(frame),
      state: () => this.connectionChanged(),
      unknownToken: () => this.forget(),
      refused: () => this.refused(),
    });
    this.uploads = new Uploads({
      base: settings.base,
      limits: () => config,
      token: () => (this.connection.ready ? this.store.get("token") : null),
      changed: () => this.uploadsChanged(),
      unauthorised: () => this.connection.restart(),
    });

    this.launcher = new Launcher(() => this.open());
    this.list = new MessageList(t, this.language, {
      choose: (o) => {
        this.send(o.label, { choice: o.key });
        this.composer.field.focus();
      },
      submitForm: (seq, _spec, result) => {
        if (result?.values["name"]) this.store.set("name", result.values["name"]);
        const form: FormAnswer = result ? { seq, values: result.values } : { seq, skipped: true };
        this.send(result?.text ?? t.skip, { form });
        this.composer.field.focus();
      },
      retry: (id) => this.retry(id),
      remove: (id) => {
        this.outbox.acknowledge(id);
        this.composer.field.focus();
        this.draw();
      },
      edit: (id) => {
        const item = this.outbox.all().find((p) => p.client_id === id);
        if (!item) return;
        this.outbox.acknowledge(id);
        this.composer.set([item.text, this.composer.field.value].filter(Boolean).join("\n"));
        this.composer.field.focus();
        this.draw();
      },
      known: () => ({ name: this.identity?.name ?? this.store.get("name") ?? undefined, email: this.identity?.email }),
      scrolled: () => this.markRead(),
    });
    this.tray = new Tray(t, this.language, {
      remove: (id) => {
        this.uploads.remove(id);
        this.composer.field.focus();
      },
      retry: (id) => this.uploads.retry(id),
    });
    this.composer = new Composer(t, config.accept, {
      send: (text) => this.compose(text),
      files: (files) => this.addFiles(files),
      typing: () => this.typing(),
      draft: (text) => (text ? this.store.set("draft", text) : this.store.remove("draft")),
    });
    this.panel = new Panel(
      { list: this.list.el, tray: this.tray.el, composer: this.composer.el },
      t.close,
      { close: () => this.close(), files: (files) => this.addFiles(files) },
    );
    this.wrap = h("div", { class: settings.left ? "w left" : "w", lang: this.language, dir: "ltr" }, this.launcher.el, this.panel.el);
    this.root.append(this.wrap);
    this.composer.set(this.store.get("draft") ?? "");
    this.listen();
  }

  start(): void {
    document.body.append(this.host);
    this.render();
    if (this.settings.open || this.session.get("open")) this.open(false);
    // Nothing is opened or stored for a visitor who has not touched the chat.
    if (this.store.get("token") || this.outbox.all().length) this.connection.start();
  }

  open(focus = true): void {
    if (!this.shown) return;
    if (!this.opened) {
      const active = document.activeElement;
      this.returnTo = active instanceof HTMLElement && active !== this.host && active !== document.body ? active : null;
      this.opened = true;
      this.session.set("open", "1");
      this.connection.start();
      this.connection.wake();
      this.render();
      this.composer.fit();
      this.list.toEnd();
    }
    if (!focus) return;
    // A phone's keyboard would cover the answer: there the visitor asks for it by touching the field.
    if (matchMedia("(pointer: coarse)").matches) this.panel.el.focus();
    else this.composer.field.focus();
  }

  close(): void {
    if (!this.opened) return;
    const inside = this.root.activeElement !== null;
    this.opened = false;
    this.session.remove("open");
    this.render();
    if (inside) (this.returnTo?.isConnected ? this.returnTo : this.launcher.el).focus();
    this.returnTo = null;
  }

  /** Who the visitor is, proved by the site's server; null when they have signed out of the site. */
  identify(identity: Identity | null): void {
    const before = JSON.stringify(this.identity);
    if (identity === null) {
      const known = this.store.get("token") !== null || this.identity !== null;
      this.identity = null;
      if (!known) return;
      this.connection.stop();
      this.forget();
      this.outbox.clear();
      for (const name of ["draft", "name"]) this.store.remove(name);
      this.composer.set("");
      if (this.opened) this.connection.start();
      return;
    }
    this.identity = identity;
    if (before === JSON.stringify(identity)) return;
    if (this.connection.state === "idle") this.connection.start();
    else this.connection.restart();
  }

  private listen(): void {
    addEventListener("online", () => this.connection.wake());
    addEventListener("offline", () => this.draw());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.connection.wake();
      this.draw();
    });
    addEventListener("pageshow", (e) => {
      if (e.persisted && this.connection.state !== "idle") this.connection.restart();
    });
    // Another tab of the same site: its queue, its token and what was read there.
    addEventListener("storage", (e) => {
      if (e.key !== null && !e.key.startsWith(this.store.prefix)) return;
      const token = this.store.get("token");
      if (e.key === `${this.store.prefix}token` && e.newValue !== this.token && token !== this.token) {
        this.conversation = empty;
        this.token = token;
        if (this.connection.state !== "idle") this.connection.restart();
      }
      this.draw();
    });
    setInterval(() => this.tick(), 1000);
  }

  private tick(): void {
    const typing = this.conversation.typing;
    if (typing && typing.until <= Date.now()) {
      this.conversation = { ...this.conversation, typing: null };
      this.draw();
    }
    if (this.offlineSince !== null && this.opened) this.draw();
    this.flush();
  }

  // ---- connection ----

  /** The token this tab speaks with; the stored one may already be another tab's. */
  private token: string | null = null;

  private hello() {
    this.token = this.store.get("token");
    this.helloSince = this.token ? resumeFrom(this.conversation) : 0;
    this.readSent = 0;
    return {
      t: "hello" as const,
      key: this.settings.key,
      token: this.token,
      since: this.helloSince,
      language: this.language,
      page: {
        url: location.href.slice(0, 2000),
        title: ownTitle().slice(0, 300),
        referrer: document.referrer.slice(0, 2000),
      },
      ...(this.identity ? { identity: this.identity } : {}),
    };
  }

  private frame(frame: ServerFrame): void {
    switch (frame.t) {
      case "hello": {
        if (frame.token !== this.token) {
          // A new visitor, or one the server has recognised by identity: what is on screen belongs to another thread.
          const mixed = this.token !== null && lastSeq(this.conversation) > 0;
          this.token = frame.token;
          this.store.set("token", frame.token);
          if (mixed) this.conversation = empty;
          if (mixed) this.store.remove("seen");
          if (mixed && this.helloSince > 0) {
            this.connection.restart();
            return;
          }
        }
        this.store.set("config", JSON.stringify(this.config));
        this.replaying = true;
        this.list.busy(true);
        this.settle();
        this.outbox.forgetSent();
        break;
      }
      case "msg":
      case "upd":
        if (frame.m.mine && frame.m.client_id) this.outbox.acknowledge(frame.m.client_id);
        if (this.replaying) this.settle();
        break;
      case "error":
        this.refusal(frame.client_id, frame.reason, frame.detail, frame.retry);
        break;
      default:
        break;
    }
    this.conversation = apply(this.conversation, frame, Date.now());
    this.draw();
  }

  private settle(): void {
    clearTimeout(this.quietTimer);
    this.quietTimer = setTimeout(() => {
      this.render();
      this.replaying = false;
      this.list.busy(false);
      this.draw();
    }, HISTORY_QUIET_MS);
  }

  private refusal(clientId: string | null, reason: string, detail: string, again: boolean): void {
    const known = this.t[reason as keyof Texts] as string | undefined;
    if (clientId && !again) this.outbox.fail(clientId, reason, detail);
    else if (clientId) this.outbox.later(clientId, 5000);
    if (!clientId || again) {
      this.notice = { icon: "alert", text: known ?? (detail || this.t.FAILED), tone: reason === "BLOCKED" ? "crit" : "warn" };
      const shown = this.notice;
      if (again) setTimeout(() => {
        if (this.notice !== shown) return;
        this.notice = null;
        this.draw();
      }, 10_000);
    }
  }

  private forget(): void {
    this.token = null;
    this.store.remove("token");
    this.store.remove("seen");
    this.conversation = empty;
    this.draw();
  }

  private refused(): void {
    this.shown = false;
    this.host.remove();
    unreadTitle(0);
    console.error(
      `Antiphon: the chat is hidden, because ${location.origin} is not among the allowed sites of channel "${this.settings.key}". ` +
        `To fix it, add ${location.origin} to the channel's allowed origins in Antiphon (Channels, Web chat, Allowed sites).`,
    );
  }

  private connectionChanged(): void {
    const state = this.connection.state;
    if (state === "ready" || state === "idle") this.offlineSince = null;
    else this.offlineSince ??= Date.now();
    // Nobody can be seen typing over a line that is down.
    if (state === "offline") this.conversation = { ...this.conversation, typing: null };
    if (state === "ready") {
      this.flush();
      this.uploads.pump();
    }
    this.draw();
  }

  private flush(): void {
    if (!this.connection.ready) return;
    for (const m of this.outbox.due()) this.connection.send({ t: "msg", ...m });
  }

  // ---- the visitor's actions ----

  private compose(text: string): boolean {
    if (this.uploads.busy) {
      this.sendWhenUploaded = text;
      this.draw();
      return false;
    }
    const attachments = this.uploads.take();
    if (!text && !attachments.length) return false;
    this.send(text, attachments.length ? { attachments } : {});
    return true;
  }

  private send(text: string, more: { choice?: string; form?: FormAnswer; attachments?: ReturnType<Uploads["take"]> }): void {
    this.outbox.add({ text, ...more });
    this.notice = null;
    this.connection.start();
    this.connection.wake();
    this.flush();
    this.render();
    this.list.toEnd();
  }

  private retry(id: string): void {
    if (this.outbox.has(id)) this.outbox.retry(id);
    else {
      // The server has it, but could not pass it on: the same id asks it to try again.
      const m = this.conversation.messages.find((x) => x.mine && x.client_id === id);
      if (m) this.connection.send({ t: "msg", client_id: id, text: m.text, attachment_ids: m.attachments.map((a) => a.id) });
    }
    this.composer.field.focus();
    this.flush();
    this.draw();
  }

  private addFiles(files: File[]): void {
    const room = MAX_FILES - this.uploads.items.length;
    if (files.length > room) this.notice = { icon: "alert", text: say(this.t.fileMany, { n: MAX_FILES }), tone: "warn" };
    this.connection.start();
    this.uploads.add(files.slice(0, Math.max(0, room)));
  }

  private uploadsChanged(): void {
    // Called while the parts are still being made.
    if (!this.panel) return;
    if (this.sendWhenUploaded !== null && !this.uploads.busy) {
      const failed = this.uploads.items.some((u) => u.state === "failed");
      this.sendWhenUploaded = null;
      // With a failed file the message waits: the visitor decides what to do with it.
      if (!failed && this.compose(this.composer.field.value.trim())) {
        this.composer.set("");
        this.store.remove("draft");
      }
    }
    this.draw();
  }

  private typing(): void {
    const now = Date.now();
    if (now - this.lastTyping < TYPING_EVERY_MS) return;
    if (this.connection.send({ t: "typing" })) this.lastTyping = now;
  }

  private markRead(): void {
    if (!this.opened || document.visibilityState !== "visible" || !this.list.atEnd) return;
    const seq = lastIncoming(this.conversation);
    if (seq > this.store.number("seen")) this.store.set("seen", String(seq));
    if (seq > this.readSent && this.connection.send({ t: "read", seq })) this.readSent = seq;
  }

  // ---- drawing ----

  private draw(): void {
    if (this.drawTimer) return;
    this.drawTimer = true;
    queueMicrotask(() => {
      this.drawTimer = false;
      this.render();
    });
  }

  private render(): void {
    if (!this.shown) return;
    const { t, conversation: c, config } = this;
    const pending = this.outbox.all();
    this.panel.el.hidden = !this.opened;
    const online = this.connection.ready;
    const title = config.title || t.title;
    const agent = c.status === "open" ? c.agentName : null;
    const subtitle = agent ? t.online : c.status === "waiting" ? t.waiting : config.subtitle;
    this.panel.head(agent ? `${agent}, ${title}` : title, subtitle, initials(agent ?? title));
    this.panel.top(this.state());
    this.panel.typist(c.typing ? say(t.typing, { who: c.typing.who || c.agentName || t.someone }) : "");
    this.tray.update(this.uploads.items, config);
    this.composer.files(this.uploads.items.some((u) => u.state !== "failed"));
    this.list.update(
      rows(c, pending, {
        language: this.language,
        texts: t,
        greeting: config.greeting,
        title,
        online,
        now: Date.now(),
      }),
      this.replaying,
    );
    this.bottom(waiting(c, pending).filter((p) => !p.failed));
    this.markRead();
    const n = unread(c, this.store.number("seen"));
    this.launcher.update(t, this.opened, n);
    unreadTitle(n);
  }

  private state(): Strip | null {
    const { t, conversation: c, config } = this;
    if (c.status === "waiting") {
      const text = [c.position ? say(t.place, { n: c.position }) : "", c.estimate ? estimateText(c.estimate, t) : ""]
        .filter(Boolean)
        .join(" ");
      return { icon: "clock", text: text || t.searching, tone: "" };
    }
    if (c.status === "open") return null;
    if (config.away_text) return { icon: "clock", text: config.away_text, tone: "" };
    return c.status === "closed" ? { icon: null, text: t.closed, tone: "" } : null;
  }

  private bottom(unsent: { client_id: string }[]): void {
    const t = this.t;
    const long = this.offlineSince !== null && Date.now() - this.offlineSince > OFFLINE_AFTER_MS;
    if (this.offlineSince !== null && (long || navigator.onLine === false)) {
      const kept = unsent.every((p) => this.outbox.kept(p.client_id));
      const text = unsent.length ? (kept ? t.offlineKept : t.offlineMemory) : t.offline;
      this.panel.bottom({ icon: "offline", text, tone: "warn" });
    } else if (this.sendWhenUploaded !== null) {
      this.panel.bottom({ icon: "clock", text: t.sendsAfter, tone: "" });
    } else {
      this.panel.bottom(
        this.notice,
        this.notice
          ? {
              label: t.dismiss,
              click: () => {
                this.notice = null;
                this.composer.field.focus();
                this.draw();
              },
            }
          : undefined,
      );
    }
  }
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .map((w) => [...w].find((ch) => /[\p{L}\d]/u.test(ch)) ?? "")
    .filter(Boolean)
    .slice(0, 2)
    .join("")
    .toLocaleUpperCase();

const MARK = /^\(\d+\+?\) /;
let marked = false;

/** The page's title without our number in front. */
const ownTitle = (): string => (marked ? document.title.replace(MARK, "") : document.title);

function unreadTitle(n: number): void {
  const wanted = n > 0 ? `(${n > 99 ? "99+" : n}) ${ownTitle()}` : ownTitle();
  if (document.title !== wanted) document.title = wanted;
  marked = n > 0;
}

/** The channel's settings: from the server, or as last seen while the server cannot be reached. */
export function cachedConfig(key: string): WidgetConfig | null {
  try {
    const raw = new Store(key, shelf("localStorage")).get("config");
    return raw ? readConfig(JSON.parse(raw)) : null;
  } catch {
    return null;
  }
}
