"""The words in the heads of exported files, and the names of results; a person's language decides."""

from __future__ import annotations

LANGUAGES = ("en", "ru", "uk")
_WORDS = """
started        | Started                  | Начало                        | Початок
ended          | Ended                    | Конец                         | Кінець
id             | Id                       | Идентификатор                 | Ідентифікатор
sort           | Kind                     | Вид                           | Вид
channel        | Channel                  | Канал                         | Канал
direction      | Direction                | Направление                   | Напрямок
party          | Customer                 | Клиент                        | Клієнт
queue          | Queue                    | Очередь                       | Черга
agent          | Agent                    | Оператор                      | Оператор
result         | Result                   | Итог                          | Підсумок
disposition    | Disposition              | Результат                     | Результат
tag            | Tag                      | Метка                         | Мітка
tags           | Tags                     | Метки                         | Мітки
project        | Project                  | Проект                        | Проєкт
duration       | Duration, s              | Длительность, с               | Тривалість, с
wait           | Wait, s                  | Ожидание, с                   | Очікування, с
talk           | Talk, s                  | Разговор, с                   | Розмова, с
wrap           | Wrap-up, s               | Постобработка, с              | Постобробка, с
transfers      | Transfers                | Переводы                      | Переведення
messages_in    | Messages in              | Сообщения клиента             | Повідомлення клієнта
messages_out   | Messages out             | Сообщения операторов          | Повідомлення операторів
first_reply    | First reply, s           | Первый ответ, с               | Перша відповідь, с
csat           | Mark                     | Оценка                        | Оцінка
from           | From                     | С                             | З
to             | To                       | По                            | До
weekday        | Day of week              | День недели                   | День тижня
hour           | Hour                     | Час                           | Година
interactions   | Interactions             | Обращения                     | Звернення
offered        | Offered                  | Поступило                     | Надійшло
answered       | Answered                 | Отвечено                      | Відповіли
in_time        | Answered in time         | Отвечено вовремя              | Відповіли вчасно
abandoned      | Abandoned                | Потеряно                      | Втрачено
short          | Short abandons           | Короткие потери               | Короткі втрати
overflowed     | Overflowed               | Переполнение                  | Переповнення
waiting        | Still waiting            | Ещё ждут                      | Ще чекають
redirected     | Redirected               | Перенаправлено                | Перенаправлено
service_level  | Service level            | Уровень обслуживания          | Рівень обслуговування
asa            | ASA, s                   | Среднее ожидание ответа, с    | Середнє очікування відповіді, с
longest        | Longest wait, s          | Дольше всего ждали, с         | Найдовше чекали, с
handled        | Handled                  | Обработано                    | Оброблено
aht            | AHT, s                   | Средняя обработка, с          | Середня обробка, с
transferred    | Transferred              | Переведено                    | Переведено
rung           | Offers                   | Предложений                   | Пропозицій
missed         | Offers missed            | Пропущено предложений         | Пропущено пропозицій
ready          | Ready, s                 | Готов, с                      | Готовий, с
busy           | Busy, s                  | Занят, с                      | Зайнятий, с
pause          | Break, s                 | Перерыв, с                    | Перерва, с
occupancy      | Occupancy                | Загрузка                      | Завантаження
rated          | Marks given              | Оценок                        | Оцінок
campaign       | Campaign                 | Кампания                      | Кампанія
sold           | Led to a sale            | Привели к продаже             | Привели до продажу
sales          | Sales                    | Продажи                       | Продажі
conversion     | Conversion               | Конверсия                     | Конверсія
sold_amounts   | Sold for                 | Сумма продаж                  | Сума продажів
total          | Total                    | Всего                         | Усього
history        | history                  | история                       | історія
report         | report                   | отчёт                         | звіт
DIRECTION_1    | Inbound                  | Входящее                      | Вхідне
DIRECTION_2    | Outbound                 | Исходящее                     | Вихідне
DIRECTION_3    | Internal                 | Внутреннее                    | Внутрішнє
SORT_1         | Call                     | Звонок                        | Дзвінок
SORT_2         | Chat                     | Чат                           | Чат
SORT_3         | Mail                     | Письмо                        | Лист
SORT_4         | Callback                 | Обратный звонок               | Зворотний дзвінок
"""
_TABLE = {
    cells[0]: dict(zip(LANGUAGES, cells[1:], strict=True))
    for cells in ([cell.strip() for cell in line.split("|")] for line in _WORDS.strip().splitlines())
}


def word(key: str, language: str) -> str:
    """In the language, or in English."""
    return _TABLE[key].get(language) or _TABLE[key]["en"]
