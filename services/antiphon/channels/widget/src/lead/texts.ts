import type { Language } from "../protocol";

/** The form's own words. Title, intro and consent come with the channel; where one is empty, these are taken. */
const en = {
  title: "Leave your number",
  intro: "We will call you back.",
  open: "Call me back",
  close: "Close",
  name: "Name",
  phone: "Phone",
  text: "What is it about",
  optional: "optional",
  policy: "Privacy policy",
  newTab: "opens in a new tab",
  send: "Send",
  sending: "Sending…",
  thanks: "Thank you. We will call you.",
  needPhone: "Enter a number with its country code.",
  needConsent: "Without your consent we may not keep your number.",
  tooFast: "Too many requests. Try again in a minute.",
  failed: "It was not sent. Check the connection and press Send again.",
};
export type LeadTexts = typeof en;

const ru: LeadTexts = {
  title: "Оставьте номер",
  intro: "Мы вам перезвоним.",
  open: "Перезвоните мне",
  close: "Закрыть",
  name: "Имя",
  phone: "Телефон",
  text: "Какой у вас вопрос",
  optional: "необязательно",
  policy: "Политика конфиденциальности",
  newTab: "откроется в новой вкладке",
  send: "Отправить",
  sending: "Отправляем…",
  thanks: "Спасибо. Мы позвоним.",
  needPhone: "Введите номер с кодом страны.",
  needConsent: "Без согласия мы не можем сохранить номер.",
  tooFast: "Слишком много заявок. Попробуйте через минуту.",
  failed: "Не отправлено. Проверьте связь и нажмите «Отправить» ещё раз.",
};

const uk: LeadTexts = {
  title: "Залиште номер",
  intro: "Ми вам передзвонимо.",
  open: "Передзвоніть мені",
  close: "Закрити",
  name: "Ім’я",
  phone: "Телефон",
  text: "Яке у вас питання",
  optional: "необов’язково",
  policy: "Політика конфіденційності",
  newTab: "відкриється в новій вкладці",
  send: "Надіслати",
  sending: "Надсилаємо…",
  thanks: "Дякуємо. Ми зателефонуємо.",
  needPhone: "Введіть номер із кодом країни.",
  needConsent: "Без згоди ми не можемо зберегти номер.",
  tooFast: "Забагато заявок. Спробуйте за хвилину.",
  failed: "Не надіслано. Перевірте зв’язок і натисніть «Надіслати» ще раз.",
};

export const words: Record<Language, LeadTexts> = { en, ru, uk };
