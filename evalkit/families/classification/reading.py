"""Reads labels out of an answer's text; the rule that matched is kept with what it found.

The rules, from the strictest on:

- `label_exact`: the whole text is a label.
- `json`: the text holds JSON: a label, a list of them, an object with one under a usual or its only key, or a
  map of labels to truth values.
- `label_fenced`, `label_tagged`: a code fence or a tag (`<label>…</label>`) holds a label and nothing else.
- `label_normalised`: the text is a label as `spelling` spells it.
- `alias`: the whole text is a declared alias (as it stands before `json`, else spelt likewise).
- `label_list`: (several labels asked for) the text is labels between commas, semicolons or line breaks.
- `label_stated`: the final statements of the text ("Answer: …", `\\boxed{…}`) name a label, all the same one.
- `label_line`: one line is a label and nothing else, and no other line is another label.
- `label_first`: the text begins with a label and goes on to explain it: "No, it does not."
- `label_in_text`: a sentence of the text affirms a label (`prose`), and none takes it back.

An answer that names two labels where one was asked for is credited with neither, unless a final statement
behind both singles one out. Nothing is read out of a JSON value that is broken or cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from evalkit.families.answer_text import find_statements
from evalkit.families.classification.options import LabelOptions
from evalkit.families.classification.prose import (
    ProseReader,
    Sentence,
    contradicts,
    find_affirmed,
    is_doubtful,
    leads_to_statement,
    mentions_alone,
    speaks,
)
from evalkit.families.classification.spelling import Spelling
from evalkit.families.classification.values import label_texts
from evalkit.families.doubt import is_retracted
from evalkit.families.json_text import find_json

READ_AT_MOST = 20_000
"""Characters of an answer that are looked through for a label in prose."""

NAMED = re.compile(
    r"\b(?:labels?|category|categories|class|classification|intents?|queue|topic|sentiment|emotion|tone|output|result|response|decision|verdict|prediction|option"
    r"|choice|kategorien?|klasse|etiqueta|étiquette|categoría|catégorie|réponse|respuesta|risposta|resposta|antwoord"
    r"|ответ|метка|категория|απάντηση|ετικέτα)[\"'*_` ]{0,4}(?::|=|->|→)"
    r"|(?:答案|标签|類別|类别|答え|回答|คำตอบ|ป้ายกำกับ|उत्तर|लेबल|الإجابة|الجواب|التصنيف)[\"'*_` ]{0,4}[:：=]",
    re.IGNORECASE,
)
"""How a label is announced, besides the final statements of all families."""

_MAY_STATE = re.compile(r"[:：=→\\]|->|answer|antwort|final|label|result|output", re.IGNORECASE)
"""What every statement has; most texts have none of it."""

NUMBERED = re.compile(r"\w|[IVXLC]{1,6}|\d{1,3}")
"""Labels that number a choice."""
_MARKED = re.compile(
    r"[\W_]{0,20}?(?P<label>\w{1,6})[*_`]{0,4}(?:(?P<mark>[).:!…])|\s{1,4}(?=[-–—])[-–—])[*_`]{0,4}\s{0,20}(?P<rest>\S.*)",
    re.DOTALL,
)
_CHOICE_MARK = re.compile(r"(?<![^\s(\[*])(?P<label>\w{1,6})\**[).:\]]\**\s")
_EXPLAINS = re.compile(
    r"(?:the|this|that|these|it|its|because|since|as|i|we|he|she|they|there|in|both|all|here|option"
    r"|answer|only|given|based|my|your|each|most|correct|explanation|reason(?:ing)?|rationale|note|from|by|with|for"
    r"|to|not|no other|none|der|die|das|es|weil|da|denn|dies\w*|im|ich|wir|hier)\b",
    re.IGNORECASE,
)
"""How a sentence begins that explains a choice."""
_LONGEST_CHOICE = 3
"""Words of a choice's text that is not known; longer ones are sentences of who knows what."""
_SEPARATOR = re.compile(r"[,;،、；，\n|]|\band\b|\bund\b|(?<=\s)&(?=\s)")
_LIST_MARK = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•·])\s+")
_BRACKETED = re.compile(r"\s*\[([^\[\]{}]*)\]\s*")
_MARKS_AROUND = 4
"""Bullets, quotes and fences that may stand around a label with blanks between them."""
_MOST_PLACES = 20
"""Fences, tags or lines with a label; a text with more of them is a loop, and answers nothing by them."""
_NOTHING = frozenset({"none", "no labels", "no label", "empty", "nothing"})
"""How an empty set of labels is written in words."""

_LOOKS_LIKE_JSON = re.compile(r"\{\s*(?:[\"'“”]|\w+\s*:)|\[\s*[\"'“”{]")
_OPENING = re.compile(r"[\[{]")
_FENCE = re.compile(r"```(?:[\w+.-]{0,20}[ \t]*\n)?([^`]{0,2000}?)```")
_TAG = re.compile(
    r"<((?:final_?)?(?:answer|label|labels|category|class|classification|intent|output|result|response|prediction|verdict"
    r"|decision|choice))>\s*([^<>]{0,2000}?)\s*</\1>",
    re.IGNORECASE,
)
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|textbf|mathbf|textit)\s*\{([^{}]*)\}")
_HEADING = re.compile(
    r"(?:# )*(?:final )?(?:answer|label|category|classification|result|output|antwort|kategorie)(?: :)?"
)
_SENTENCE_END = re.compile(r"[.!?。।](?=\s|\Z)|\n")


@dataclass(frozen=True, slots=True)
class LabelReading:
    """What an answer says."""

    labels: tuple[str, ...]
    """Labels of the set, each once, in the order named."""
    unknown: tuple[str, ...]
    """What stood in a label's place and is none."""
    rule: str | None
    """The rule that read it; None when no rule did."""


NOTHING_READ = LabelReading((), (), None)


class LabelReader:
    """Reads answers of one suite."""

    def __init__(self, labels: Mapping[str, str], options: LabelOptions, *, several: bool = False) -> None:
        self._exact = {label: label for label in labels}
        self._options = options
        self._several = several
        self._aliases = {a: label for label, texts in options.aliases.items() for a in texts}
        self.spelling = Spelling(labels)
        key = self.spelling.key
        self._spelt = _unambiguous((key(n), n) for n in self._exact)
        self._spoken = _unambiguous((key(a), label) for a, label in self._aliases.items())
        self._most_words = (
            max((len(k.split()) for k in (*self._spelt, *self._spoken)), default=0) + _MARKS_AROUND
        )
        self._abouts = {key(about): label for label, about in labels.items() if about}
        self._prose = ProseReader(self.spelling, {**self._spoken, **self._spelt}, [*labels, *self._aliases])

    def read(self, text: str, asked: str = "", *, whole: bool = True) -> LabelReading:
        """Return the label or the set of labels that the text names.

        Args:
            text: The answer, reasoning left out.
            asked: What was asked, which tells the texts of choices that are letters or numbers.
            whole: Whether the answer was finished; of a cut one only a label that stands alone is taken.
        """
        found = self._exactly(text)
        if found is not None or len(text) > READ_AT_MOST * 50:
            return found or NOTHING_READ
        held, rest = self._from_json(text)
        if rest is None:
            return held or NOTHING_READ
        if held is None:
            if "```" in text or "</" in text:
                held = self._read_enclosed(text)
            else:
                found = self._nearly(text) or self._list(text)
        if found is None and whole and self._options.prose and self._options.normalise:
            return self._from_prose(rest[:READ_AT_MOST], asked, held)
        return found or held or NOTHING_READ

    def _from_prose(self, text: str, asked: str, held: LabelReading | None) -> LabelReading:
        """Return what a text says, given what a JSON value, a fence or a tag in it holds."""
        stated, place = self._read_stated(text, asked) if _MAY_STATE.search(text) else (None, -1)
        if stated is not None:
            if held is None or set(held.labels) == set(stated.labels):
                return stated if held is None else held
            behind = max(text.rfind(mark) for mark in ("}", "]", "```", "</")) < place
            return stated if behind and stated.labels else _both(held, stated)
        if held is not None:
            return held
        if self.spelling.is_open(text):
            return NOTHING_READ
        return self._line(text) or self._in_text(text, asked) or self._read_named(text)

    def _directly(self, text: str) -> LabelReading | None:
        return self._exactly(text) or self._nearly(text)

    def _is_label(self, text: str) -> bool:
        return self._directly(text) is not None

    def _exactly(self, text: str) -> LabelReading | None:
        text = text.strip()
        if text in self._exact:
            return LabelReading((text,), (), "label_exact")
        return LabelReading((self._aliases[text],), (), "alias") if text in self._aliases else None

    def _nearly(self, text: str) -> LabelReading | None:
        if not self._options.normalise or len(text) > READ_AT_MOST or text.count("```") % 2:
            return None
        if len(text.split(None, self._most_words)) > self._most_words or _LOOKS_LIKE_JSON.search(text):
            return None
        spelt = self.spelling.answer_key(text)
        if spelt in self._spelt:
            return LabelReading((self._spelt[spelt],), (), "label_normalised")
        return LabelReading((self._spoken[spelt],), (), "alias") if spelt in self._spoken else None

    def _from_json(self, text: str) -> tuple[LabelReading | None, str | None]:
        """Return what a JSON value says, and the text without it; no text where nothing else may be read."""
        if not any(mark in text for mark in '[{"'):
            return None, text
        found = find_json(text, kinds=(dict, list) if self._several else (dict,))
        opening = _OPENING.search(text)
        end = max(text.rfind("}"), text.rfind("]")) + 1
        is_placed = opening is not None and end > opening.start()
        before, after = (text[: opening.start()], text[end:]) if opening and is_placed else (text, "")
        if found is None:
            if not _LOOKS_LIKE_JSON.search(text) or self._is_quoted_list(text):
                return None, text
            # A statement behind a whole value may settle on something else. Of a broken or cut value, and of
            # several that differ, no part is the answer.
            overruled = after.strip("` \n") and find_json(text[: len(text) - len(after)], kinds=(dict, list))
            return None, f"{before}{{}}{after}" if overruled else None
        # "[1]" in a sentence is a footnote, not a list of labels.
        if found.how == "json_in_text" and isinstance(found.value, list) and not _are_texts(found.value):
            return None, text
        reading = self._of_value(found.value)
        if found.how == "json":
            return reading, None
        if reading is not None and not self._stands(before, after):
            reading = None
        return reading, f"{before}{{}}{after}"

    def _of_value(self, value: object) -> LabelReading | None:
        texts = label_texts(value, self._is_label, several=self._several)
        reading = None if texts is None else self._all(texts.texts, "json")
        return reading if reading is None or (texts and texts.certain) or not reading.unknown else None

    def _is_quoted_list(self, text: str) -> bool:
        """Tell whether the text is a list as Python writes it: whole, and of plain words."""
        return "'" in text and '"' not in text and _BRACKETED.fullmatch(text) is not None

    def _read_enclosed(self, text: str) -> LabelReading | None:
        """Return what fences and tags hold, where all of them hold the same."""
        found: list[LabelReading] = []
        for rule, pattern in (("label_tagged", _TAG), ("label_fenced", _FENCE)):
            matches = list(islice(pattern.finditer(text), _MOST_PLACES + 1))
            if len(matches) > _MOST_PLACES:
                return None
            for match in matches:
                direct = self._directly(match[match.lastindex or 0]) or self._list(
                    match[match.lastindex or 0]
                )
                if direct is None:
                    continue
                if not self._stands(text[: match.start()], text[match.end() :]):
                    return None
                found.append(LabelReading(direct.labels, (), rule))
            if found:
                break
        return _same(found)

    def _stands(self, before: str, after: str) -> bool:
        """Tell whether the words around a value leave it standing as the answer."""
        before, after = before[-1000:].rstrip(" \n`<"), after[:2000].strip(" \n`")
        if before:
            lead = self._prose.text(_SENTENCE_END.split(before.rstrip(".!\n"))[-1])
            if is_doubtful(lead):
                return False
        said = self._prose.text(after)
        if re.match(
            r"[ .,;)]*(?:is|isn't|was|would|does|doesn't|cannot|can't|could|might|may|or|ist|wäre|oder)\b",
            said,
        ):
            return False
        return not is_retracted(said)

    def _list(self, text: str) -> LabelReading | None:
        if not self._several or not self._options.normalise or len(text) > READ_AT_MOST:
            return None
        bracketed = _BRACKETED.fullmatch(text)
        text = (
            bracketed[1]
            if (bracketed and not _LOOKS_LIKE_JSON.search(text)) or (self._is_quoted_list(text) and bracketed)
            else text
        )
        if self.spelling.key(text) in _NOTHING:
            return LabelReading((), (), "label_list")
        if text.count("```") % 2 or _LOOKS_LIKE_JSON.search(text):
            return None
        parts = [
            _LIST_MARK.sub("", p, count=1) if _LIST_MARK.match(p) else p
            for p in _SEPARATOR.split(text)
            if p.strip()
        ]
        reading = self._all(parts, "label_list")
        return None if reading.unknown or not parts else reading

    def _all(self, texts: Iterable[str], rule: str) -> LabelReading:
        labels: list[str] = []
        unknown: list[str] = []
        for text in texts:
            direct = self._directly(text)
            if direct is None:
                unknown.append(text)
            else:
                labels.extend(direct.labels)
        return LabelReading(tuple(dict.fromkeys(labels)), tuple(dict.fromkeys(unknown)), rule)

    def _read_stated(self, text: str, asked: str) -> tuple[LabelReading | None, int]:
        """Return what the final statements name, no labels if that is unclear, and where the last begins."""
        found: list[LabelReading] = []
        place = -1
        for statement in find_statements(text, also=NAMED):
            begin = max((m.end() for m in _SENTENCE_END.finditer(text, 0, statement.start)), default=0)
            if not leads_to_statement(
                self._prose.text(text[begin : statement.start]), strong=statement.strong
            ):
                continue
            said = _LATEX_TEXT.sub(r"\1", text[statement.start : statement.end])
            has_stars = "*" in text[: statement.start] or said.lstrip().startswith("*")
            said = said.lstrip(" \n*`_:$").rstrip(" \n`_:$" + "*" * has_stars)
            if self._follows_example(text[:begin]):
                continue
            line, _, _ = said.partition("\n")
            line_reading = (
                self._directly(said) or self._list(said) or self._directly(line) or self._list(line)
            )
            sentences = self._prose.sentences(said)
            if line_reading is None and sentences and sentences[0].labels:
                labels = find_affirmed(sentences[0], stated=True)
                line_reading = LabelReading(labels, (), None)
            if line_reading is None:
                continue  # it speaks of something else
            later = self._prose.sentences(text[statement.start :])[1:]
            retracted = is_retracted(" . ".join(("", *(s.text for s in later))))
            is_article = said in ("a", "i") and text[statement.start - 1] not in ":="
            only = line_reading.labels[0] if len(line_reading.labels) == 1 else None
            if (
                retracted
                or is_article
                or (only is not None and later and contradicts(only, later[0]))
                or (only is not None and not self._is_its_choice(said, only, asked))
                or self._is_listed(line_reading, later)
                or not self._boxed_stands(text, statement.end)
            ):
                line_reading = LabelReading((), (), None)
            found.append(line_reading)
            place = statement.start
        if not found:
            return None, -1
        same = _same([LabelReading(r.labels, (), "label_stated") for r in found])
        return (
            same if all(r.labels or r.rule == "label_list" for r in found) else LabelReading((), (), None)
        ), place

    def _is_listed(self, reading: LabelReading, later: Sequence[Sentence]) -> bool:
        """Tell whether other labels follow, each by itself, where one was asked for."""
        return not self._several and any(
            mentions_alone(s) and set(s.labels) - set(reading.labels) for s in later
        )

    def _follows_example(self, before: str) -> bool:
        """Tell whether the line or the words before announce an example or a form."""
        before = before[-200:].rstrip()
        return before.endswith((":", "e.g.", "z.B.", "E.g.", "i.e.")) and is_doubtful(
            self._prose.text(
                before.rpartition("\n")[2]
                .replace("E.g.", "e.g.")
                .replace("e.g.", "example")
                .replace("z.B.", "example")
            )
        )

    def _boxed_stands(self, text: str, end: int) -> bool:
        if text[end : end + 1] != "}":
            return True
        after = self._prose.sentences(text[end + 1 :][:500].lstrip("} $*"))
        return not after or not re.match(
            r"(?:is|isn't|was|would|could|might|may|or|cannot|can't|ist|oder|\?)\b|\?", after[0].text
        )

    def _line(self, text: str) -> LabelReading | None:
        lines = [n for n in text.splitlines() if n.strip()]
        if self._several or len(lines) < 2:
            return None  # the whole text was tried before
        found = {i: d for i, n in enumerate(lines) if (d := self._directly(n)) is not None}
        if not found or len(found) > _MOST_PLACES:
            return None
        labels = tuple(dict.fromkeys(n for d in found.values() for n in d.labels))
        if len(labels) > 1:
            return LabelReading(labels, (), "label_line")
        for at in found:
            before, after = lines[at - 1] if at else "", "\n".join(lines[at + 1 :])
            if before and at - 1 not in found:
                said = self._prose.text(before)
                finished = re.search(r"[.!。।]\W*$", before)
                if not finished and (is_doubtful(said) or not speaks(said)) and not _HEADING.fullmatch(said):
                    return None
            if after and not self._stands("", after):
                return None
        sentences = [s for i, line in enumerate(lines) if i not in found for s in self._prose.sentences(line)]
        others = {
            n
            for s in sentences
            for n in (s.labels if mentions_alone(s) and "?" not in s.text else find_affirmed(s))
        }
        return (
            LabelReading(labels, (), "label_line") if others <= set(labels) else _both(labels, tuple(others))
        )

    def _in_text(self, text: str, asked: str) -> LabelReading | None:
        """Return what the sentences affirm, where none takes it back."""
        sentences = self._prose.sentences(text)
        said = [find_affirmed(s, first=not i) for i, s in enumerate(sentences)]
        labels = tuple(dict.fromkeys(n for s in said for n in s))
        if not labels:
            return None
        begin = next(i for i, s in enumerate(said) if s)
        later = list(enumerate(sentences))[begin + 1 :]
        if later and len(later[0][1].text.split()[0]) == 1 and later[0][1].text[0].isalpha() and begin == 0:
            return None  # "I. e."
        if later and len(labels) == 1 and contradicts(labels[0], later[0][1]):
            return None
        for i, sentence in later:
            others = set(sentence.labels) - set(labels)
            if is_retracted(f". {sentence.text}") or (others and mentions_alone(sentence)):
                return None
            if set(sentence.labels) & set(labels) and is_doubtful(sentence.text):
                return None
            is_choice = i == 1 and len(sentences[0].text) <= 3
            if not is_choice and len(sentence.text.split()) > 2 and not speaks(sentence.text):
                return None
        if self._several and 2 < len(self._exact) == len(labels):
            return None  # the instructions once more, as likely as not
        if not self._several and len(labels) == 1 and not self._is_its_choice(text, labels[0], asked):
            return None
        is_first = begin == 0 and not any(said[1:])
        return LabelReading(
            labels,
            (),
            "label_first" if is_first and sentences[0].text[0] in "\ue000\ue001" else "label_in_text",
        )

    def _is_its_choice(self, text: str, label: str, asked: str) -> bool:
        """Tell whether what follows a letter or number in front is its choice's text or explains it.

        "B) red" says neither where red is A. "A. Lincoln" may be a name, "3. Oktober" a day, "A: it depends"
        short for "answer": these say the label only before what the question or the suite has as its choice.
        """
        found = _MARKED.match(text) if NUMBERED.fullmatch(label) else None
        if found is None or self.spelling.key(found["label"]) != self.spelling.key(label):
            return True
        behind = f"{self.spelling.key(found['rest'][:1000])} "
        choices = self._choices(asked) or {n: key for key, n in self._abouts.items()}
        begun = [n for n, key in choices.items() if behind.startswith(f"{key} ")]
        if begun:
            return max(begun, key=lambda n: len(choices[n])) == label
        if found["mark"] == ")" or _EXPLAINS.match(found["rest"]):
            return not (found["mark"] == ":" and label == "A")
        if found["mark"] == ":":
            return label != "A"
        first, _, _ = found["rest"].partition(".")
        is_text = (first[:1].islower() and not first.startswith("of ")) or (
            first[:1].isdigit() and not label.isdigit()
        )
        return not choices and found["mark"] == "." and is_text and len(first.split()) <= _LONGEST_CHOICE

    def _choices(self, asked: str) -> Mapping[str, str]:
        """Return label -> key of the text that a question tells behind it; empty for fewer than two."""
        marks = [m for m in _CHOICE_MARK.finditer(asked[:READ_AT_MOST]) if m["label"] in self._exact]
        ends = [*(m.start() for m in marks[1:]), len(asked)]
        told = {
            m["label"]: self.spelling.key(asked[m.end() : end].strip().partition("\n")[0])
            for m, end in zip(marks, ends, strict=False)
        }
        return {n: key for n, key in told.items() if key} if len(told) > 1 else {}

    def _read_named(self, text: str) -> LabelReading:
        """Return the labels that are named at all, where they are several and so none is the answer."""
        if self._several:
            return NOTHING_READ
        named = tuple(dict.fromkeys(n for s in self._prose.sentences(text) for n in s.labels))
        return LabelReading(named, (), "label_in_text") if len(named) > 1 else NOTHING_READ


def _both(first: LabelReading | tuple[str, ...], second: LabelReading | tuple[str, ...]) -> LabelReading:
    labels = [n for r in (first, second) for n in (r.labels if isinstance(r, LabelReading) else r)]
    found = tuple(dict.fromkeys(labels))
    return LabelReading(found, (), "label_in_text") if len(found) > 1 else NOTHING_READ


def _same(found: list[LabelReading]) -> LabelReading | None:
    """Return what all readings say; if they differ, all labels, which answers neither question."""
    if not found:
        return None
    if all(set(r.labels) == set(found[0].labels) for r in found):
        return found[0]
    labels = tuple(dict.fromkeys(n for r in found for n in r.labels))
    return LabelReading(labels, ("…",), found[0].rule)


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(v, str) for v in values)


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Text -> label, without texts that would mean two labels, and without empty ones."""
    found: dict[str, set[str]] = {}
    for text, label in pairs:
        found.setdefault(text, set()).add(label)
    return {text: next(iter(labels)) for text, labels in found.items() if text and len(labels) == 1}
