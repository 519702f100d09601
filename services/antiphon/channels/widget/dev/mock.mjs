// A fake site and a fake Antiphon server to look at the widget: npm run build && npm run dev:mock.
// Site  http://127.0.0.1:16410/?lang=uk&colour=%230b6375   (strict CSP, the widget comes from the other origin)
// Server http://127.0.0.1:16411   plus /dev/* switches used while trying things by hand.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import { WebSocketServer } from "ws";

const SITE = Number(process.env.SITE_PORT ?? 16410);
const API = Number(process.env.API_PORT ?? 16411);
const HOST = `127.0.0.1:${API}`;
const CSP =
  `default-src 'none'; script-src http://${HOST}; connect-src http://${HOST} ws://${HOST}; ` +
  `style-src 'self'; img-src 'self' http://${HOST} data:; frame-ancestors 'none'`;

const words = {
  en: {
    site: "Klimatcentr", sub: "We usually answer in 2 min", hi: "Hello. What can we help with?", menu: "Choose what it is about.", options: ["Choose a model", "Installation and price", "Repair", "Where is my order"],
    form: "We will call a specialist. Leave a contact, so that the conversation is not lost.", consent: "I agree to the processing of my data.",
    who: "Oksana", first: "Good afternoon! How many rooms?", calc: "Two separate units then. Installation ₴9,600.00, one day. The estimate: https://example.com/e/418 (valid for a week).", head: "Cool rooms this week", para: "Air conditioners in Kyiv: choice, installation, service.",
  },
  ru: {
    site: "Климатцентр", sub: "Обычно отвечаем за 2 мин", hi: "Здравствуйте. С чем помочь?", menu: "Выберите тему.", options: ["Подобрать", "Монтаж и цена", "Ремонт", "Где мой заказ"],
    form: "Позовём специалиста. Оставьте контакт, чтобы не потерять разговор.", consent: "Согласие на обработку данных.",
    who: "Оксана", first: "Добрый день! На сколько комнат нужен монтаж?", calc: "Тогда два отдельных блока. Монтаж 9 600,00 ₴, это один день. Расчёт: https://example.com/e/418 (действует неделю).", head: "Прохлада дома уже на этой неделе", para: "Подбор, монтаж и сервис кондиционеров в Киеве.",
  },
  uk: {
    site: "Кліматцентр", sub: "Зазвичай відповідаємо за 2 хв", hi: "Вітаємо. З чим допомогти?", menu: "Оберіть тему.", options: ["Підібрати", "Монтаж і ціна", "Ремонт", "Де моє замовлення"],
    form: "Покличемо фахівця. Залиште контакт, щоб не загубити розмову.", consent: "Згода на обробку даних.",
    who: "Оксана", first: "Добрий день! На скільки кімнат потрібен монтаж?", calc: "Тоді два окремі блоки. Монтаж 9 600,00 ₴, це один день. Розрахунок: https://example.com/e/418 (діє тиждень).", head: "Прохолода вдома вже цього тижня", para: "Підбір, монтаж і сервіс кондиціонерів у Києві.",
  },
};

const threads = new Map(); // token -> { seq, messages, sockets, step, lang, status }
const files = new Map();
const dev = { dropAcks: 0, refuse: null, down: false, uploadDelay: 0, colour: "", away: "", received: [] };

const page = (q) => {
  const w = words[q.get("lang")] ?? words.uk;
  return `<!doctype html><html lang="${q.get("lang") ?? "uk"}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css"><title>${w.site}</title><h1>${w.head}</h1><p>${w.para}</p><button id="own">+380 44 390-20-20</button><script src="http://${HOST}/widget.js" data-channel="${q.get("key") ?? "demo"}" data-language="${q.get("lang") ?? "uk"}" ${q.has("open") ? "data-open" : ""} ${q.has("theme") ? `data-theme="${q.get("theme")}"` : ""} async></script></html>`;
};

createServer((req, res) => {
  const url = new URL(req.url, "http://x");
  if (url.pathname === "/site.css") {
    res.writeHead(200, { "content-type": "text/css" });
    // Rude on purpose: none of this may reach the widget.
    res.end("html{font-size:10px} body{font-family:serif;padding:2rem;background:#fbfaf7;color:#2b2823} h1{font-size:3.2rem;max-width:20ch} p{font-size:1.6rem} div{font-size:40px;display:none} button{text-transform:uppercase;letter-spacing:4px} @media(prefers-color-scheme:dark){body{background:#191816;color:#e9e6df}}");
    return;
  }
  res.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": CSP });
  res.end(page(url.searchParams));
}).listen(SITE, "127.0.0.1", () => console.log(`site   http://127.0.0.1:${SITE}/?lang=uk`));

const cors = { "access-control-allow-origin": `http://127.0.0.1:${SITE}`, "access-control-allow-headers": "authorization", vary: "Origin" };
const json = (res, status, body) => {
  res.writeHead(status, { ...cors, "content-type": status < 400 ? "application/json" : "application/problem+json" });
  res.end(JSON.stringify(body));
};

const api = createServer(async (req, res) => {
  const url = new URL(req.url, `http://${HOST}`);
  if (req.method === "OPTIONS") return res.writeHead(204, { ...cors, "access-control-max-age": "600" }).end();
  if (url.pathname === "/widget.js") {
    const file = new URL("../dist/widget.js", import.meta.url);
    if (!existsSync(file)) return res.writeHead(503).end("npm run build first");
    res.writeHead(200, { "content-type": "text/javascript; charset=utf-8" });
    return createReadStream(file).pipe(res);
  }
  if (url.pathname.startsWith("/dev/")) return control(url, res);
  if (dev.down) return res.destroy();
  if (url.pathname === "/widget/config") {
    const lang = new URL(req.headers.referer ?? "http://x/").searchParams.get("lang") ?? dev.lang ?? "uk";
    const w = words[lang] ?? words.uk;
    return json(res, 200, { title: w.site, subtitle: w.sub, colour: dev.colour, language: lang, greeting: w.hi, away_text: dev.away, max_upload_mb: 2, accept: ["image/*", "application/pdf"] });
  }
  if (url.pathname === "/widget/attachments") {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    const body = Buffer.concat(chunks);
    const head = body.subarray(0, 1000).toString("utf8");
    const name = /filename="([^"]*)"/.exec(head)?.[1] ?? "file";
    const type = /Content-Type: ([^\r\n]+)/.exec(head)?.[1] ?? "application/octet-stream";
    const start = body.indexOf("\r\n\r\n") + 4;
    const data = body.subarray(start, body.lastIndexOf("\r\n--"));
    await new Promise((r) => setTimeout(r, dev.uploadDelay));
    if (!threads.has((req.headers.authorization ?? "").replace("Bearer ", ""))) return json(res, 401, { reason: "FAILED", detail: "token" });
    if (name.includes("virus")) return json(res, 415, { reason: "TYPE_REFUSED", detail: "content does not match" });
    const id = randomBytes(6).toString("hex");
    const a = { id, name, media_type: type, size: data.length, url: `/widget/files/${id}` };
    files.set(id, { ...a, data });
    return json(res, 200, { attachment: a });
  }
  const file = files.get(url.pathname.split("/").at(-1));
  if (file) return res.writeHead(200, { "content-type": file.media_type, "cross-origin-resource-policy": "cross-origin" }).end(file.data);
  res.writeHead(404, cors).end();
});

function control(url, res) {
  const q = url.searchParams;
  const what = url.pathname.slice(5);
  if (what === "drop-acks") dev.dropAcks = Number(q.get("n"));
  if (what === "refuse") dev.refuse = q.get("reason") ? { reason: q.get("reason"), retry: q.get("retry") === "1" } : null;
  if (what === "down") { dev.down = q.get("on") === "1"; if (dev.down) for (const t of threads.values()) for (const s of t.sockets) s.terminate(); }
  if (what === "kick") for (const t of threads.values()) for (const s of t.sockets) s.close(Number(q.get("code") ?? 1012));
  if (what === "forget") { for (const t of threads.values()) for (const s of t.sockets) s.terminate(); threads.clear(); dev.received = []; }
  if (what === "set") { if (q.has("colour")) dev.colour = q.get("colour"); if (q.has("away")) dev.away = q.get("away"); if (q.has("slow")) dev.uploadDelay = Number(q.get("slow")); if (q.has("lang")) dev.lang = q.get("lang"); }
  if (what === "scene") for (const t of threads.values()) scene(t, q.get("name"), q.get("text"));
  json(res, 200, { threads: [...threads.values()].map((t) => ({ seq: t.seq, messages: t.messages, sockets: t.sockets.size })), received: dev.received });
}

const all = (t, frame) => { for (const s of t.sockets) if (s.readyState === 1) s.send(JSON.stringify(frame)); };
const w = (t) => words[t.lang] ?? words.uk;

function put(t, m) {
  t.seq += 1;
  const full = { seq: t.seq, client_id: null, kind: "text", mine: false, author_name: "", text: "", attachments: [], options: [], at: new Date().toISOString(), delivery: "sent", edited: false, deleted: false, rev: 1, event: null, ...m };
  t.messages.push(full);
  all(t, { t: "msg", m: full });
  return full;
}

function scene(t, name, text) {
  const x = w(t);
  if (name === "menu") put(t, { kind: "menu", text: x.menu, options: x.options.map((label, i) => ({ key: String(i + 1), label })) });
  if (name === "form") put(t, { kind: "form", text: x.form, form: { fields: [{ key: "name", required: true }, { key: "phone", type: "tel", required: true }], consent: { text: x.consent, url: "https://example.com/terms" }, skip: true } });
  if (name === "queue") { t.status = "waiting"; all(t, { t: "status", status: "waiting", agent_name: null, position: 2, estimate: [60, 120] }); }
  if (name === "agent") { t.status = "open"; t.agent = x.who; all(t, { t: "status", status: "open", agent_name: x.who, position: null, estimate: null }); put(t, { kind: "event", event: "joined", author_name: x.who }); put(t, { text: x.first, author_name: x.who }); all(t, { t: "read", by: "them", seq: t.seq }); }
  if (name === "calc") put(t, { text: x.calc, author_name: x.who, attachments: [{ id: "418", name: "Розрахунок-418.pdf", media_type: "application/pdf", size: 188416, url: "/widget/files/418" }] });
  if (name === "say") put(t, { text, author_name: x.who });
  if (name === "typing") all(t, { t: "typing", who: x.who, for_ms: 6000 });
  if (name === "delivered") { const m = t.messages.filter((y) => y.mine).at(-1); if (m) { m.delivery = "delivered"; m.rev++; all(t, { t: "upd", m }); } }
  if (name === "edit") { const m = t.messages.filter((y) => !y.mine && y.kind === "text").at(-1); if (m) { m.text = text; m.edited = true; m.rev++; all(t, { t: "upd", m }); } }
  if (name === "delete") { const m = t.messages.filter((y) => !y.mine && y.kind === "text").at(-1); if (m) { m.text = ""; m.deleted = true; m.rev++; all(t, { t: "upd", m }); } }
  if (name === "close") { t.status = "closed"; t.agent = null; put(t, { kind: "event", event: "closed" }); all(t, { t: "status", status: "closed", agent_name: null, position: null, estimate: null }); }
}

const sockets = new WebSocketServer({ noServer: true });
api.on("upgrade", (req, socket, head) => {
  if (dev.down || !req.url.startsWith("/widget/socket")) return socket.destroy();
  sockets.handleUpgrade(req, socket, head, (s) => serve(s, req));
});

function serve(s, req) {
  if (req.headers.origin !== `http://127.0.0.1:${SITE}`) return s.close(4403);
  let thread = null;
  const beat = setInterval(() => s.send('{"t":"hb"}'), 25_000);
  s.on("close", () => { clearInterval(beat); thread?.sockets.delete(s); });
  s.on("message", (raw) => {
    const f = JSON.parse(raw);
    dev.received.push(f);
    if (f.t === "hello") {
      if (f.key === "banned") return s.close(4403);
      if (f.token && !threads.has(f.token)) return s.close(4401);
      const token = f.token ?? randomBytes(18).toString("base64url");
      thread = threads.get(token) ?? { seq: 0, messages: [], sockets: new Set(), status: "reception", agent: null };
      thread.lang = f.language;
      threads.set(token, thread);
      thread.sockets.add(s);
      s.send(JSON.stringify({ t: "hello", token, now: new Date().toISOString(), conversation: { id: "c1", status: thread.status, agent_name: thread.agent }, read: { them: 0 } }));
      for (const m of thread.messages.filter((x) => x.seq > f.since).slice(-50)) s.send(JSON.stringify({ t: "msg", m }));
    }
    if (f.t === "msg" && thread) {
      if (dev.refuse) return s.send(JSON.stringify({ t: "error", client_id: f.client_id, detail: "", ...dev.refuse }));
      let m = thread.messages.find((x) => x.client_id === f.client_id);
      const fresh = !m;
      const lost = dev.dropAcks > 0;
      if (lost) { dev.dropAcks--; thread.sockets.delete(s); }
      m ??= put(thread, { client_id: f.client_id, mine: true, text: f.text, attachments: (f.attachment_ids ?? []).map((id) => { const { data: _, ...a } = files.get(id); return a; }) });
      if (lost) return s.close(1011); // stored, but the acknowledgement is lost
      if (!fresh) s.send(JSON.stringify({ t: "msg", m }));
      if (fresh && process.env.QUIET !== "1") setTimeout(() => scene(thread, ["menu", "form", "queue", "agent", "calc"][thread.step ?? 0], ""), 500, (thread.step = (thread.step ?? -1) + 1));
    }
  });
}

api.listen(API, "127.0.0.1", () => console.log(`server http://${HOST}`));
