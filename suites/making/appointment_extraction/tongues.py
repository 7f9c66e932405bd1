"""What days, months, numbers and clock times are called in each language of the suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from suites.making.draws import Draw


def _words(line: str) -> list[str]:
    return line.split()


Time = Callable[[Draw, int, int], "tuple[str, str]"]


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """The words of one language. `{}` stands for a weekday, a number or a day of the month."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    words: dict[int, str]
    near: tuple[str, str, str]
    this_weekday: tuple[str, ...]
    on_weekday: tuple[str, ...]
    next_weekday: tuple[str, ...]
    weekday_week: tuple[str, ...]
    in_days: tuple[str, ...]
    in_weeks: tuple[str, ...]
    ordinal: Callable[[int], str]
    on_day: str
    on_weekday_day: str
    weekday_ordinal: tuple[str, ...]
    of_next_month: tuple[str, ...]
    month_day: tuple[str, ...]
    on_date: str
    full_date: tuple[str, ...]
    month_end: tuple[tuple[str, str], ...]
    first_weekday: tuple[tuple[str, ...], tuple[str, ...]]
    around: tuple[tuple[int, str], ...]
    times: tuple[Time, ...]
    digit_times: tuple[Time, ...]


def _numbers(line: str, first: int = 1) -> dict[int, str]:
    return dict(enumerate(line.split(), first))


_HOURS_EN = _numbers("one two three four five six seven eight nine ten eleven twelve")
_HOURS_DE = _numbers("eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf")
_HOURS_ES = _numbers("una dos tres cuatro cinco seis siete ocho nueve diez once doce")
_HOURS_IT = _numbers("una due tre quattro cinque sei sette otto nove dieci undici dodici")
_HOURS_NL = _numbers("een twee drie vier vijf zes zeven acht negen tien elf twaalf")


def _twelve(hour: int) -> int:
    return (hour - 1) % 12 + 1


def _en_ordinal(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"the {day}{ending}"


def _en_half(hour: int) -> str:
    return "am" if hour < 12 else "pm"


def _en_digits(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    bare = f"{hour:02}:{minute:02}"
    return f"at {bare}", bare


def _en_half_day(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    space = draw.one(("", " "))
    bare = f"{_twelve(hour)}{f':{minute:02}' if minute else ''}{space}{_en_half(hour)}"
    return f"at {bare}", bare


def _en_words(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    here, after = _HOURS_EN[_twelve(hour)], _HOURS_EN[_twelve(hour + 1)]
    bare = {
        0: draw.one((f"{here} o'clock", f"{here} sharp", here)),
        15: f"quarter past {here}",
        30: draw.one((f"half past {here}", f"{here} thirty")),
        45: f"quarter to {after}",
    }[minute]
    bare = "noon" if (hour, minute) == (12, 0) and draw.chance(0.7) else bare
    return f"at {bare}", bare


def _de_digits(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    bare = f"{hour} Uhr" if not minute else draw.one((f"{hour}:{minute:02} Uhr", f"{hour}.{minute:02} Uhr"))
    return f"um {bare}", bare


def _de_words(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    here, after = _HOURS_DE[_twelve(hour)], _HOURS_DE[_twelve(hour + 1)]
    on_the_hour = "ein Uhr" if here == "eins" else f"{here} Uhr"
    bare = {0: on_the_hour, 15: f"Viertel nach {here}", 30: f"halb {after}", 45: f"Viertel vor {after}"}[
        minute
    ]
    return f"um {bare}", bare


def _fr(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    if (hour, minute) == (12, 0):
        return "à midi", "midi"
    end = f"{minute:02}" if minute else ""
    bare = draw.one((f"{hour}h{end}", f"{hour} h {end}".strip(), f"{hour}h{end}"))
    return f"à {bare}", bare


def _es_digits(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    bare = f"{hour}:{minute:02}"
    return f"a las {bare}", bare


def _es_words(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    at = _twelve(hour if minute < 45 else hour + 1)
    article = "la" if at == 1 else "las"
    end = {0: "", 15: " y cuarto", 30: " y media", 45: " menos cuarto"}[minute]
    part = " de la mañana" if hour < 12 else " de la tarde"
    bare = f"{_HOURS_ES[at]}{end}{part if draw.chance(0.6) else ''}"
    return f"a {article} {bare}", bare


def _it_digits(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    bare = draw.one((f"{hour}:{minute:02}", f"{hour}.{minute:02}"))
    return f"alle {bare}", bare


def _it_words(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    at = _twelve(hour if minute < 45 else hour + 1)
    end = {0: "", 15: " e un quarto", 30: " e mezza", 45: " meno un quarto"}[minute]
    bare = f"{_HOURS_IT[at]}{end}"
    return ("all'" if at == 1 else "alle ") + bare, bare


def _nl_digits(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    bare = draw.one((f"{hour}:{minute:02}", f"{hour}.{minute:02} uur"))
    return f"om {bare}", bare


def _nl_words(draw: Draw, hour: int, minute: int) -> tuple[str, str]:
    here, after = _HOURS_NL[_twelve(hour)], _HOURS_NL[_twelve(hour + 1)]
    bare = {0: f"{here} uur", 15: f"kwart over {here}", 30: f"half {after}", 45: f"kwart voor {after}"}[
        minute
    ]
    return f"om {bare}", bare


TONGUES: dict[str, Tongue] = {
    "en": Tongue(
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=tuple(
            _words("January February March April May June July August September October November December")
        ),
        words=_HOURS_EN,
        near=("today", "tomorrow", "the day after tomorrow"),
        this_weekday=("on {}", "this {}", "on {}", "this coming {}"),
        on_weekday=("on {}", "this coming {}", "on {}"),
        next_weekday=("next {}", "on {} next week", "next week on {}"),
        weekday_week=("a week on {}", "{} week", "not this coming {} but the one after"),
        in_days=("in {} days", "{} days from now", "in {} days' time"),
        in_weeks=(
            "in {} weeks, same weekday as today",
            "{} weeks from today",
            "{} weeks today",
            "exactly {} weeks from now",
        ),
        ordinal=_en_ordinal,
        on_day="on {}",
        on_weekday_day="on {}",
        weekday_ordinal=("{} {}", "{}, {}"),
        of_next_month=("{} of next month",),
        month_day=("{0} {1}", "{1} {0}", "{2} of {1}"),
        on_date="on {}",
        full_date=("{y}-{m:02}-{d:02}", "{d} {month} {y}", "{month} {d}, {y}"),
        month_end=(
            ("on the last day of this month", "last day of this month"),
            ("on the very last day of the month", "last day of the month"),
        ),
        first_weekday=(
            ("the first {} of next month", "the first {} in {}"),
            ("the second {} of next month", "the second {} in {}"),
        ),
        around=(
            (-1, "the day before {}"),
            (1, "the day after {}"),
            (2, "two days after {}"),
            (-2, "two days before {}"),
        ),
        times=(_en_digits, _en_half_day, _en_half_day, _en_words, _en_words),
        digit_times=(_en_digits, _en_half_day),
    ),
    "de": Tongue(
        weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        months=tuple(
            _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
        ),
        words={**_HOURS_DE, 1: "einem"},
        near=("heute", "morgen", "übermorgen"),
        this_weekday=("am {}", "diesen {}", "am {}"),
        on_weekday=("am {}", "am kommenden {}"),
        next_weekday=("nächste Woche {}", "am {} der nächsten Woche"),
        weekday_week=("{} in einer Woche",),
        in_days=("in {} Tagen",),
        in_weeks=("heute in {} Wochen", "genau in {} Wochen"),
        ordinal=lambda day: f"{day}.",
        on_day="am {}",
        on_weekday_day="am {}",
        weekday_ordinal=("{}, dem {}", "{}, den {}"),
        of_next_month=("{} des nächsten Monats",),
        month_day=("{0}. {1}", "{0}.{3}."),
        on_date="am {}",
        full_date=("{d:02}.{m:02}.{y}", "{d}. {month} {y}"),
        month_end=(("am letzten Tag des Monats", "letzter Tag des Monats"),),
        first_weekday=(("ersten {} im {}",), ("zweiten {} im {}",)),
        around=((-1, "einen Tag vor dem {}"), (1, "einen Tag nach dem {}")),
        times=(_de_digits, _de_words, _de_words),
        digit_times=(_de_digits,),
    ),
    "fr": Tongue(
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=tuple(
            _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
        ),
        words=_numbers("un deux trois quatre cinq six sept huit neuf dix onze douze"),
        near=("aujourd'hui", "demain", "après-demain"),
        this_weekday=("{}", "ce {}"),
        on_weekday=("{}",),
        next_weekday=("{} de la semaine prochaine", "la semaine prochaine, {}"),
        weekday_week=("{} en huit",),
        in_days=("dans {} jours",),
        in_weeks=("dans {} semaines jour pour jour",),
        ordinal=lambda day: "le 1er" if day == 1 else f"le {day}",
        on_day="{}",
        on_weekday_day="{}",
        weekday_ordinal=("le {0} {1}",),
        of_next_month=("{} du mois prochain",),
        month_day=("{2} {1}",),
        on_date="{}",
        full_date=("le {d:02}/{m:02}/{y}", "le {d} {month} {y}"),
        month_end=(("le dernier jour du mois", "dernier jour du mois"),),
        first_weekday=(("le premier {} de {}",), ("le deuxième {} de {}",)),
        around=((-1, "la veille du {}"), (1, "le lendemain du {}")),
        times=(_fr,),
        digit_times=(_fr,),
    ),
    "es": Tongue(
        weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=tuple(
            _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
        ),
        words=_numbers("un dos tres cuatro cinco seis siete ocho nueve diez once doce"),
        near=("hoy", "mañana", "pasado mañana"),
        this_weekday=("el {}", "este {}"),
        on_weekday=("el {}",),
        next_weekday=("el {} de la semana que viene",),
        weekday_week=("no este {} sino el siguiente",),
        in_days=("dentro de {} días", "en {} días"),
        in_weeks=("dentro de {} semanas justas",),
        ordinal=str,
        on_day="el día {}",
        on_weekday_day="el {}",
        weekday_ordinal=("{} {}",),
        of_next_month=("{} del mes que viene",),
        month_day=("{0} de {1}",),
        on_date="el {}",
        full_date=("{d:02}/{m:02}/{y}", "{d} de {month} de {y}"),
        month_end=(("el último día del mes", "último día del mes"),),
        first_weekday=(("primer {} de {}",), ("segundo {} de {}",)),
        around=((-1, "el día antes del {}"), (1, "el día después del {}")),
        times=(_es_digits, _es_words),
        digit_times=(_es_digits,),
    ),
    "it": Tongue(
        weekdays=("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
        months=tuple(
            _words(
                "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
            )
        ),
        words=_numbers("uno due tre quattro cinque sei sette otto nove dieci undici dodici"),
        near=("oggi", "domani", "dopodomani"),
        this_weekday=("{}", "questo {}"),
        on_weekday=("{}",),
        next_weekday=("{} della prossima settimana",),
        weekday_week=("non questo {} ma quello dopo",),
        in_days=("fra {} giorni", "tra {} giorni"),
        in_weeks=("fra {} settimane esatte",),
        ordinal=str,
        on_day="il giorno {}",
        on_weekday_day="{}",
        weekday_ordinal=("{} {}",),
        of_next_month=("{} del mese prossimo",),
        month_day=("{0} {1}",),
        on_date="il {}",
        full_date=("{d:02}/{m:02}/{y}", "{d} {month} {y}"),
        month_end=(("l'ultimo giorno del mese", "ultimo giorno del mese"),),
        first_weekday=(("il primo {} di {}",), ("il secondo {} di {}",)),
        around=((-1, "il giorno prima del {}"), (1, "il giorno dopo il {}")),
        times=(_it_digits, _it_words),
        digit_times=(_it_digits,),
    ),
    "nl": Tongue(
        weekdays=("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
        months=tuple(
            _words("januari februari maart april mei juni juli augustus september oktober november december")
        ),
        words=_HOURS_NL,
        near=("vandaag", "morgen", "overmorgen"),
        this_weekday=("{}", "deze {}"),
        on_weekday=("{}", "aanstaande {}"),
        next_weekday=("volgende week {}", "{} van volgende week"),
        weekday_week=("{} over een week",),
        in_days=("over {} dagen",),
        in_weeks=("vandaag over {} weken", "precies over {} weken"),
        ordinal=lambda day: f"{day}e",
        on_day="de {}",
        on_weekday_day="{}",
        weekday_ordinal=("{} de {}",),
        of_next_month=("{} van volgende maand",),
        month_day=("{0} {1}",),
        on_date="op {}",
        full_date=("{d:02}-{m:02}-{y}", "{d} {month} {y}"),
        month_end=(("op de laatste dag van de maand", "laatste dag van de maand"),),
        first_weekday=(("de eerste {} van {}",), ("de tweede {} van {}",)),
        around=((-1, "de dag voor de {}"), (1, "de dag na de {}")),
        times=(_nl_digits, _nl_words),
        digit_times=(_nl_digits,),
    ),
}
