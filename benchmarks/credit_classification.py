"""Makes right and wrong answers to items of classification; imports no scorer nor reader.

What is right follows from how an answer is made: a right one says the target and nothing else as its answer, a
wrong one says another label, denies, doubts or merely mentions the target, contradicts itself or is not finished.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.credit_case import REASONING, Case


@dataclass(frozen=True, slots=True)
class Labels:
    """A set of labels, and what else an answer may wrongly say."""

    names: tuple[str, ...]
    strangers: tuple[str, ...] = ()
    """Texts near a label that are none of the set."""
    words: bool = True
    """Whether the labels are words that fit into English sentences ("this is spam")."""
    folds: bool = True
    """Whether letter case may change without changing the label."""


WORDS = (
    Labels(("spam", "ham"), ("spams", "spammer", "hams", "non-spam", "anti-spam", "spam-free", "spam/ham")),
    Labels(
        ("billing", "refund", "refund_status", "bug_report"), ("refunds", "prebilling", "refund-free", "bug")
    ),
    Labels(("positive", "negative", "neutral"), ("positively", "non-negative", "posit", "neutrality")),
    Labels(("toxic", "harmless"), ("nontoxic", "non-toxic", "detoxic", "toxicity", "harmlessness")),
    Labels(("Rechnung", "Kündigung", "Größe"), ("Rechnungen", "Kundigung", "Grosze")),
)
SIGNS = (
    Labels(("-1", "0", "1"), ("+1", "--1", "10", "-10", "1.5", "01"), words=False),
    Labels(("-1", "0"), ("1", "+1", "１"), words=False),
    Labels(("C", "C++", "C#"), ("C+", "c##", "C--", "F#"), words=False),
    Labels(("A", "A-", "A+", "B"), ("A--", "A++", "B+", "AB"), words=False, folds=False),
    Labels(("👍", "👎", "🤷"), ("👍👎", "🖐", "👍🏽"), words=False),
    Labels(("1", "2", "3", "4", "5"), ("12", "-3", "3.5", "4/5", "+2", "50"), words=False),
    Labels(("<5", ">5", "5"), ("≤5", "=5", "55"), words=False),
)
SCRIPTS = (
    Labels(("ดี", "แย่"), ("ไม่ดี", "แย", "แย่มาก", "ด"), words=False),
    Labels(("कल", "काल", "हाँ"), ("का", "क", "कलि"), words=False),
    Labels(("نعم", "لا", "ربما"), ("نعمة", "ليس", "ربم"), words=False),
    Labels(("是", "否"), ("不是", "是否", "可否"), words=False),
    Labels(("ναι", "όχι", "ίσως"), ("ναιν", "οχ", "ισω"), words=False),
    Labels(("спам", "письмо", "счёт"), ("неспам", "не-спам", "письма", "счёты"), words=False),
    Labels(("ılık", "ilik", "sıcak"), ("ılik", "sicak"), words=False, folds=False),
)
YES_NO = (
    Labels(("yes", "no"), ("yesterday", "nope", "know", "not")),
    Labels(("Yes", "No", "Maybe"), ("Eyes", "None", "Nod")),
)
LETTERS = (
    Labels(("A", "B", "C", "D"), ("E", "AB", "a question of taste", "a blue one"), words=False),
    Labels(("I", "II", "III", "IV"), ("V", "IIII", "I think so", "I would say two"), words=False),
)
TEXTS = ("blue", "the Danube", "42 metres", "it rains", "Paris")

SENTENCES = (
    "This is {}.", "It is {}.", "This is clearly {}.", "I would classify this as {}.", "I would classify the message as {}.",
    "The correct label is {}.", "The label is {}.", "The category is {}.", "The best label for this text is {}.",
    "This message is {}.", "The text is {}.", "Based on the wording, this is {}.", "I think it is {}.", "I'd say {}.",
    "It is about {}.", "This belongs to {}.", "The message should be classified as {}.", "It looks like {}.",
    "Therefore, the label is {}.", "So this is {}.", "Given the context, the right category is {}.", "My answer is {}.",
    "This is {}, because the sender says so.", "It is {}, since the link gives it away.", "I choose {}.", "I'd go with {}.",
    "Das ist {}.", "Es handelt sich um {}.", "Die Kategorie ist {}.", "Die Nachricht gehört zu {}.", "Das ist eindeutig {}.",
    "The text was long. It is {}.", "The sender wants money back, so this is {}.", "{} is the correct label.", "{} is the right category.",
)  # fmt: skip
AGAINST = (
    "This is {}, not {}.",
    "It is {} rather than {}.",
    "It looks like {1}, but the answer is {0}.",
    "It isn't {1}. The answer is {0}.",
)
STATEMENTS = (
    "Answer: {}", "Answer: **{}**", "**Answer:** {}", "Label: {}", "Category: {}", "Final answer: {}", "The answer is {}.",
    "The correct answer is {}.", "The final answer is {}.", "\\boxed{{{}}}", "$\\boxed{{{}}}$", "The answer is $\\boxed{{{}}}$.",
    "Let us see. The text speaks for itself.\nAnswer: {}", "We look at each part.\n\nFinal answer: {}", "Antwort: {}",
    "So the answer is {}.", "Corrected: {}", "Reasoning: the wording is plain.\nLabel: {}", "Answer:\n{}",
)  # fmt: skip
OVERRULED = (
    "Answer: {1}\nFinal answer: {0}", "First {1}, but the answer is {0}", "Answer: {1}. Corrected: {0}",
    "Label: {1}\nWait, that is wrong. Final answer: {0}", "Answer: {0}. It cannot be {1}", "{1}?\n\nAnswer: {0}",
    "I considered {1}.\nFinal answer: {0}", '```json\n{{"label": "{1}"}}\n```\nThat was wrong. Final answer: {0}',
)  # fmt: skip
JSONS = (
    '{{"label": {}}}', '{{"answer": {}}}', '{{"category": {}, "confidence": 0.9}}', '{{"reason": "plain", "label": {}}}', "{}",
    '{{"class": {}}}', '{{\n  "label": {}\n}}',
)  # fmt: skip

DENIALS = (
    "not {}", "This is not {}.", "It isn't {}.", "It is no longer {}.", "This is anything but {}.", "This is free of {}.", "nothing {}",
    "There is nothing {} about it.", "I can rule out {}.", "{} is unlikely.", "It fails to be {}.", "non-{}", "The mail is non-{}.",
    "This is neither {} nor {}.", "Das ist nicht {}.", "Das ist kein {}.", "keine {}", "weder {} noch {}", "ohne {}", "{} can be excluded.",
    "I doubt that this is {}.", "I don't think it is {}.", "Nobody would call this {}.", "It is hardly {}.", "It is far from {}.",
    "the opposite of {}", "This lacks anything {}.", "{} is the wrong label.", "{} would be wrong.", "{} is ruled out.", "everything except {}",
    "It is not {} or {}.", "Answer: not {}", "Label: non-{}", "The answer is not {}.", "The answer isn't {}.", "The answer is anything but {}.",
    "I don't think the answer is {}.", "It is not true that the answer is {}.", "Wrong answer: {}", "Not the label: {}", "The wrong label is {}.",
    "Never {}!", "{}? No.", "{}? Certainly not.", "Es handelt sich nicht um {}.", "Das ist alles andere als {}.", "{} ist ausgeschlossen.",
    "Ce n'est pas {}.", "No es {}.", "Dit is geen {}.", "Это не {}", "これは{}ではない", "不是{}", "ไม่{}", "ليس {}", "!{}", "¬{}", "~~{}~~", "❌ {}",
    "\\boxed{{not {}}}", "It is not \\boxed{{{}}}.", "\\boxed{{{}}} is wrong.", "<not>{}</not>", "This is un-{}.", "pseudo-{}", "{}-like",
    "Do not answer {}.", "This is less than {}.", "It is everything but {}.", "{} it is not.", "{}, it is not.", "{}: no", "{}: false", "{} = 0",
    "It would be a mistake to call it {}.", "Calling this {} is wrong.", "This is what {} is not.", "[ ] {}", "It is the reverse of {}.",
    "Not\n{}", "It is not:\n\n{}", "This is not\n```\n{}\n```", "Don't say <label>{}</label>", 'I would never answer {{"label": "{}"}}.',
    '{{"label": "not {}"}}', '{{"not": "{}"}}', '{{"rejected": "{}"}}', '{{"label": "{}", "correct": false}}', "This has never been {}.",
    "It stopped being {}.", "It only pretends to be {}.", "He calls it {}, wrongly.", "{} (not)", "{} ✗", "Answer: {} (no!)",
    "Answer: {} is wrong", "The label is {}? No.", "Label: {}, not at all", "Answer: {} ... not", "This can't be {}.", "This cannot be {}.",
)  # fmt: skip
DOUBTS = (
    "Is it {}?", "Is this {}", "Could be {} or {}.", "If it were {}, the tone would be harsher.", "It might be {}.", "Maybe {}?", "{} or {}", "{}/{}",
    "Either {} or {}.", "The labels are {}, {}.", "The options are {} and {}.", "Possible labels: {}, {}", "Choose from {} and {}.",
    "I have to decide between {} and {}.", "Was it {}?", "Whether it is {} I cannot say.", "Suppose it is {}.", "{}?", "{} vs. {}",
    "Some would say it is {}.", "The sender claims this is {}.", "The user asked whether this is {}.", "For example, Answer: {}", "Ist das {}?",
    "Wenn es {} wäre, dann ja.", "Das könnte {} sein.", "entweder {} oder {}", "Answer with {} or {}.", 'The format is {{"label": "{}"}} or so.',
    "My first guess was {}.", "It used to be {}.", "Unless this is {}, I give up.", "One of {}, {}", "Who says this is {}?", "The example was {}.",
    "A question about {} would look different.", "Answer: {} or {}", "Answer: {}, {}", "The answer is {} or {}.", "Answer: {}?", "Label: {}/{}",
    "{} and {}", "{}, {}", "{}\n{}", "- {}\n- {}", "The answer is between {} and {}.", "<label>{}</label> or <label>{}</label>",
    "```\n{}\n```\n```\n{}\n```", "Answer: {}\nAnswer: {}", '{{"label": "{}"}} {{"label": "{}"}}', '["{}", "{}"]', "Final answer: {}\nFinal answer: {}",
    "\\boxed{{{}}} \\boxed{{{}}}", '{{"label": "{}", "category": "{}"}}', "My colleague thinks it is {}.", "People often believe the answer is {}.",
)  # fmt: skip
TAKEN_BACK = (
    "This is {0}. Just kidding, it's {1}.", "Answer: {0}. No wait, {1}.", "{0}\nActually, {1}.", "{0}. Or rather {1}.", "This is {0}. Not.",
    "Answer: {0}\nCorrected: {1}", "Final answer: {0}. Correction: {1}", "The answer is {0}. Scratch that.", "{0}. On second thought, no.",
    "Answer: {0}\nFinal answer: {1}", "First {0}, but the answer is {1}", "{0}\nThat was wrong.", "{0} <think>or is it {1}?",
    '{{"label": "{0}"}}\nFinal answer: {1}', "Label: {0}\nSo the final answer is {1}.", "```\n{0}\n```\nThat is wrong.", "{0}, or maybe {1}",
    "{0}, just kidding, {1}", "This is {0}. I was wrong.", "<label>{0}</label> This label is not right.",
)  # fmt: skip
TORN = (
    '{{"label": "{}"', '{{"label": "{}', '{{"status": None, "label": "{}"}}', '["{}"', '```json\n{{"label": "{}"', "```\n{}", '{{label: "{}",',
    '{{"a": {{"label": "{}"}}', '[{{"label": "{}"}}, {{"la', "<label>{}", "<answer>{}</label>", '{{"labels": ["{}", "x', "\\boxed{{{}",
)  # fmt: skip
EXPLAINED = {
    "yes": (
        "{}, it does.",
        "{}, the contract covers it.",
        "{}, the contract covers it; there is no exclusion.",
        "{}. The clause says so.",
        "{}!",
    ),
    "no": (
        "{}, it does not.",
        "{}, it doesn't.",
        "{}, the contract does not cover it.",
        "{}. Nothing in the clause says so.",
        "{}, that is excluded.",
    ),
}
CONTRADICTIONS = (
    "Yes and no.", "Yes, no.", "No, but yes.", "Yes, but no.", "No … but yes", "Yes. No.", "No. Yes.", "Yes, or no?", "Yes, it does not.", "No, it does.",
    "Yes or no?", "Neither yes nor no.", "Yes? No?", "I can say yes or no.", "Answer yes or no.", "Is it a yes or a no?", "no yes", "Yes, I can help.",
    "There is no way to tell yes from it.", "Yes, I understand the question.", "No idea, maybe yes.", "Maybe, if you say yes.",
)  # fmt: skip

REASONED = (
    "",
    "Let me think.",
    "Perhaps {}.",
    "It could be {}.",
    "The answer is {}.",
    "Answer: {}\n",
    '{{"label": "{}"}}',
    "{}",
    "Not {}.",
)


def make_case(rng: random.Random, *, right: bool) -> Case:
    """Return one answer of a form drawn by chance."""
    forms = _RIGHT if right else _WRONG
    return forms[rng.randrange(len(forms))](rng)


def _case(labels: Labels, form: str, way: str, text: str, target: object, *, several: bool = False) -> Case:
    contract = {"labels": dict.fromkeys(labels.names, ""), "multi_label": several}
    return Case(form=form, way=way, text=text, target=target, contract=contract)


def _other(rng: random.Random, labels: Labels, target: str) -> str:
    return rng.choice([n for n in labels.names if n != target])


def _respell(rng: random.Random, labels: Labels, label: str) -> str:
    """Return the label as somebody else may type it."""
    ways: list[Callable[[str], str]] = [
        lambda t: t,
        lambda t: unicodedata.normalize("NFD", t),
        lambda t: f"\u200b{t}\u200e",
        lambda t: f" {t} ",
    ]
    if labels.folds and label.isascii() and label.isalpha() and len(label) > 1:
        ways += [str.upper, str.capitalize, str.lower, _wide]
    if label.lstrip("-").isdigit():
        ways += [lambda t: t.replace("-", "−"), _wide_digits]
    if "_" in label:
        ways += [lambda t: t.replace("_", " "), lambda t: t.replace("_", "-")]
    return rng.choice(ways)(label)


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _wide_digits(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


ANY = (*WORDS, *SIGNS, *SCRIPTS, *YES_NO, *LETTERS)


def _bare(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    shape = rng.choice(
        ("{}", "{}.", "**{}**", "`{}`", "{}\n", "*{}*", "“{}”", "({})", "{}!")
        if labels not in SIGNS
        else ("{}", "**{}**", "`{}`", "{}\n", "“{}”")
    )
    return "bare", shape.format(_respell(rng, labels, label))


def _fenced(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    shape = rng.choice(
        (
            "```\n{}\n```",
            "```text\n{}\n```",
            "Here is the label:\n```\n{}\n```",
            "```\n{}\n```\nThe wording is plain.",
        )
    )
    return "fenced", shape.format(_respell(rng, labels, label))


def _tagged(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    shape = rng.choice(
        (
            "<label>{}</label>",
            "<answer>{}</answer>",
            "<answer>\n{}\n</answer>",
            "The wording is plain. <label>{}</label>",
        )
    )
    # A label of angle brackets has no form in a tag.
    if "<" in label or ">" in label:
        shape = "{}"
    return "tagged", shape.format(label)


def _json(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    ascii_only = rng.random() < 0.5
    text = rng.choice(JSONS).format(json.dumps(label, ensure_ascii=ascii_only))
    wrap = rng.choice(("{}", "```json\n{}\n```", "```\n{}\n```")) if text.startswith("{") else "{}"
    return ("JSON" if wrap == "{}" else "JSON, fenced"), wrap.replace("{}", text)


def _json_in_text(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    text = json.dumps({"label": label}, ensure_ascii=False)
    wrap = rng.choice(
        ("Here is my answer: {}", "{}\nThe wording is plain.", "Sure! {}", "The result is below.\n\n{}")
    )
    return "JSON, in prose", wrap.replace("{}", text)


def _map(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    yes, no = rng.choice(
        ((True, False), (1, 0), ("yes", "no"), ("true", "false"), (0.9, 0.1 / (len(labels.names) - 1)))
    )
    return "JSON, map", json.dumps({n: yes if n == label else no for n in labels.names}, ensure_ascii=False)


def _statement(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    shapes = STATEMENTS
    return "final statement", rng.choice(shapes).format(label)


def _line(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    shape = rng.choice(
        (
            "{}\n\nThe wording is plain.",
            "The wording is plain.\n\n{}",
            "The customer does not want the lamp any more.\n{}",
            "{}\nReason: the sender asks for it.",
        )
    )
    return "line", shape.format(label)


def _reasoned(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    opening, closing = rng.choice(REASONING)
    thought = rng.choice(REASONED).format(rng.choice(labels.names))
    _, answer = rng.choice((_bare, _json, _statement))(rng, label, labels)
    return "after reasoning", f"{opening}{thought}{closing}{rng.choice(('', chr(10), ' '))}{answer}"


def _prose(rng: random.Random, label: str, labels: Labels) -> tuple[str, str]:
    return "prose", rng.choice(SENTENCES).format(label)


_SINGLE = (_bare, _fenced, _tagged, _json, _json_in_text, _map, _statement, _line, _reasoned)


def _right_any(rng: random.Random) -> Case:
    labels = rng.choice(ANY)
    target = rng.choice(labels.names)
    wrap = rng.choice(_SINGLE)
    form, text = wrap(rng, target, labels)
    return _case(labels, form, wrap.__name__, text, target)


def _wrong_any(rng: random.Random) -> Case:
    labels = rng.choice(ANY)
    target = rng.choice(labels.names)
    said = rng.choice([*(n for n in labels.names if n != target), *labels.strangers])
    wrap = rng.choice([w for w in _SINGLE if w is not _map or said in labels.names])
    form, text = wrap(rng, said, labels)
    return _case(labels, form, f"another: {wrap.__name__}", text, target)


def _right_prose(rng: random.Random) -> Case:
    labels = rng.choice(WORDS)
    target = rng.choice(labels.names)
    if rng.random() < 0.2:
        text = rng.choice(AGAINST).format(target, _other(rng, labels, target))
        return _case(labels, "prose", "against", text, target)
    form, text = _prose(rng, target, labels)
    return _case(labels, form, "sentence", text, target)


def _wrong_prose(rng: random.Random) -> Case:
    labels = rng.choice(WORDS)
    target = rng.choice(labels.names)
    if rng.random() < 0.3:
        text = rng.choice(AGAINST).format(_other(rng, labels, target), target)
        return _case(labels, "prose", "against", text, target)
    said = rng.choice([*(n for n in labels.names if n != target), *labels.strangers])
    form, text = _prose(rng, said, labels)
    return _case(labels, form, "another sentence", text, target)


def _right_overruled(rng: random.Random) -> Case:
    labels = rng.choice((*WORDS, *SCRIPTS, *LETTERS, *YES_NO))
    target = rng.choice(labels.names)
    text = rng.choice(OVERRULED).format(target, _other(rng, labels, target))
    return _case(labels, "final statement", "overruled", text, target)


def _wrong_overruled(rng: random.Random) -> Case:
    labels = rng.choice((*WORDS, *SCRIPTS, *LETTERS, *YES_NO))
    target = rng.choice(labels.names)
    other = _other(rng, labels, target)
    text = rng.choice((*OVERRULED, *TAKEN_BACK)) if rng.random() < 0.5 else ""
    if text:
        first, second = (other, target) if text in OVERRULED else (target, other)
        return _case(labels, "final statement", text, text.format(first, second), target)
    text = rng.choice(TAKEN_BACK)
    return _case(labels, "final statement", text, text.format(target, other), target)


def _right_yes_no(rng: random.Random) -> Case:
    labels = rng.choice(YES_NO)
    target = rng.choice([n for n in labels.names if n.lower() in EXPLAINED])
    text = rng.choice(EXPLAINED[target.lower()]).format(rng.choice((target.capitalize(), target.lower())))
    return _case(labels, "yes or no, explained", text, text, target)


def _wrong_yes_no(rng: random.Random) -> Case:
    labels = rng.choice(YES_NO)
    target = rng.choice(labels.names[:2])
    text = rng.choice(CONTRADICTIONS)
    if rng.random() < 0.5:
        said = "no" if target.lower() == "yes" else "yes"
        text = rng.choice(EXPLAINED[said]).format(said.capitalize())
    return _case(labels, "yes or no, explained", text, text, target)


def _right_letter(rng: random.Random) -> Case:
    labels = rng.choice(LETTERS)
    target = rng.choice(labels.names)
    shape = rng.choice(
        (
            "{}) {text}",
            "{}. {text}",
            "({}) {text}",
            "Answer: {}) {text}",
            "The answer is {}. {text}",
            "Answer: {}. It cannot be {other}",
            "{}: {text}",
        )
    )
    if rng.random() < 0.5:
        # The question tells the choices, so that "A. Paris" is no name, and "A:" not short for "answer".
        texts = dict(zip(labels.names, rng.sample(TEXTS, len(labels.names)), strict=True))
        style, end = rng.choice(("{}) {}", "{}. {}", "({}) {}", "{}: {}")), rng.choice(("\n", "  "))
        asked = "Which is it?\n" + end.join(style.format(n, t) for n, t in texts.items())
        text = shape.format(target, text=texts[target], other=_other(rng, labels, target))
        return replace(_case(labels, "letter with its choice", shape, text, target), asked=asked)
    if target == "A" and shape == "{}: {text}":
        shape = "{}) {text}"
    text = shape.format(target, text=rng.choice(TEXTS[:4]), other=_other(rng, labels, target))
    return _case(labels, "letter with its choice", shape, text, target)


def _wrong_letter(rng: random.Random) -> Case:
    labels = rng.choice(LETTERS)
    target = rng.choice(labels.names[:2])
    other = _other(rng, labels, target)
    article = (
        "Answer: a question of taste", "A question of taste.", "I think it depends.", "It is a request.", "This is a matter of opinion.", "I am not sure.",
        "I, for one, cannot tell.", "Answer: I do not know", "The answer is a secret.", "Answer: I cannot tell.", "A, B or C?", "I see a pattern here.",
        "A. Nonymous wrote this", "A - level maths is hard", "A*", "A'", "C. elegans is a worm", "Answer: A. Lincoln", "I. Newton did",
        "Answer: a", "A: it depends", "The label is a mystery.", "I. e. nothing", "a) or b)",
    )  # fmt: skip
    shape = rng.choice(
        (
            "{}) {text}",
            "{}. {text}",
            "Answer: {}) {text}",
            "The answer is {}. It cannot be {other}",
            "A) {text} B) {text} C) {text}",
        )
    )
    said = shape.format(other, text=rng.choice(TEXTS), other=target)
    if rng.random() < 0.5:
        said = rng.choice([t for t in article if not (t == "Answer: a" and target == "A")])
        return _case(labels, "letter with its choice", said[:30], said, target)
    if rng.random() < 0.3:
        # The right letter before another choice's text.
        texts = dict(zip(labels.names, rng.sample(TEXTS, len(labels.names)), strict=True))
        said = rng.choice(("{}) {}", "{}. {}", "Answer: {}. {}")).format(target, texts[other])
        asked = "\n".join(f"{n}) {t}" for n, t in texts.items())
        return replace(_case(labels, "letter with its choice", "another's text", said, target), asked=asked)
    return _case(labels, "letter with its choice", said[:30], said, target)


def _wrong_denial(rng: random.Random) -> Case:
    labels = rng.choice((*WORDS, *SCRIPTS, *YES_NO)) if rng.random() < 0.7 else rng.choice(ANY)
    target = rng.choice(labels.names)
    shape = rng.choice(DENIALS)
    text = shape.format(target, _other(rng, labels, target))
    # A denial that is itself about a label named "no" affirms nothing either, but "No." says no.
    if target.lower() == "no" and ("? No" in shape or "(no" in shape or ": no" in shape):
        text = f"not {target}"
    if target.lower() in ("no", "否", "όχι", "لا") and shape in ("No es {}.", "{}, it is not."):
        text = f"It isn't {target}."
    return _case(labels, "denied", shape, _wrapped(rng, text), target)


def _wrong_doubt(rng: random.Random) -> Case:
    labels = rng.choice((*WORDS, *SCRIPTS, *YES_NO)) if rng.random() < 0.7 else rng.choice(ANY)
    target = rng.choice(labels.names)
    shape = rng.choice(DOUBTS)
    pair = [target, _other(rng, labels, target)]
    if "{}" in shape.replace("{}", "", 1):
        rng.shuffle(pair)
    return _case(labels, "doubted, asked or quoted", shape, _wrapped(rng, shape.format(*pair)), target)


def _wrapped(rng: random.Random, text: str) -> str:
    """Return a text that affirms nothing, as it is or behind reasoning that says nothing either."""
    if rng.random() < 0.8:
        return text
    opening, closing = rng.choice(REASONING)
    return f"{opening}Let me think.{closing}{text}"


def _wrong_torn(rng: random.Random) -> Case:
    labels = rng.choice(ANY)
    target = rng.choice(labels.names)
    shape = rng.choice(TORN)
    return _case(labels, "broken or cut", shape, shape.format(target), target)


def _wrong_unfinished(rng: random.Random) -> Case:
    labels = rng.choice(ANY)
    target = rng.choice(labels.names)
    opening, _ = rng.choice(REASONING)
    wrap = rng.choice([w for w in _SINGLE if w is not _reasoned])
    _, text = wrap(rng, target, labels)
    before = rng.choice(("", "", f"{target}\n", "Let me see. "))
    return _case(labels, "unfinished reasoning", wrap.__name__, f"{before}{opening}{text}", target)


def _wrong_map(rng: random.Random) -> Case:
    labels = rng.choice(ANY)
    target = rng.choice(labels.names)
    others = [n for n in labels.names if n != target]
    values: Sequence[object] = rng.choice(
        (
            (False, True),
            (0, 1),
            ("no", "yes"),
            ("false", "true"),
            (0.1, 0.9 / len(others)),
            (False, False),
            (0, 0),
            (True, True),
            (2, 1),
            (7, 9),
            (0.9, 0.8),
        )
    )
    if len(others) > 1 and values[0] == 0.1 and 0.9 / len(others) <= 0.1:
        values = (0.0, 1.0)
    text = json.dumps({target: values[0], **dict.fromkeys(others, values[1])}, ensure_ascii=False)
    return _case(labels, "JSON, map", str(values), text, target)


_SETS = (*WORDS, SIGNS[2], SCRIPTS[0], SCRIPTS[3], SCRIPTS[5])


def _write_set(rng: random.Random, labels: Labels, said: Sequence[str]) -> tuple[str, str]:
    said = list(said)
    rng.shuffle(said)
    written = json.dumps(said, ensure_ascii=False)
    shapes: list[tuple[str, str]] = [
        ("JSON list", written), ("JSON list", f"```json\n{written}\n```"), ("JSON list", json.dumps({"labels": said})),
        ("JSON, map", json.dumps({n: n in said for n in labels.names})), ("JSON, map", json.dumps({n: int(n in said) for n in labels.names})),
        ("after reasoning", f"<think>Perhaps {labels.names[0]}.</think>{written}"),
    ]  # fmt: skip
    if said:
        shapes += [
            ("list", ", ".join(said)),
            ("list", "\n".join(f"- {n}" for n in said)),
            ("final statement", f"Labels: {', '.join(said)}"),
            ("list", " and ".join(said)),
        ]
    else:
        shapes += [("list", "none"), ("list", "None.")]
    form, text = rng.choice(shapes)
    return f"several: {form}", text


def _right_set(rng: random.Random) -> Case:
    labels = rng.choice(_SETS)
    target = [n for n in labels.names if rng.random() < 0.5]
    form, text = _write_set(rng, labels, target)
    return _case(labels, form, "set", text, target, several=True)


def _wrong_set(rng: random.Random) -> Case:
    labels = rng.choice(_SETS)
    target = [n for n in labels.names if rng.random() < 0.5]
    flipped = set(rng.sample(labels.names, rng.randrange(1, len(labels.names) + 1)))
    said = [n for n in labels.names if (n in target) != (n in flipped)]
    way = rng.random()
    if way < 0.5:
        form, text = _write_set(rng, labels, said)
        return _case(labels, form, "another set", text, target, several=True)
    if way < 0.6:
        form, text = _write_set(rng, labels, [*target, rng.choice(labels.strangers)])
        if "map" in form:
            text = json.dumps([*target, labels.strangers[0]])
        return _case(labels, form, "a stranger", text, target, several=True)
    target = target or [labels.names[0]]
    first = target[0]
    listed = ", ".join(target)
    text = rng.choice((
        json.dumps(target)[:-1], f'{{"labels": {json.dumps(target)}', f"not {listed}", f"neither {listed}", f"none of {listed}", f"Is it {listed}?",
        f"all but {listed}", f"<think>{json.dumps(target)}", json.dumps(dict.fromkeys(target, False)), f"{listed} and others", f"without {listed}",
        f"I doubt it is {first}.", f"Labels: not {listed}", "; ".join(f"{n}: no" for n in target), f"{listed}? No.", f"anything but {listed}",
    ))  # fmt: skip
    return _case(labels, "several: denied or cut", text.replace(first, "{}")[:30], text, target, several=True)


_RIGHT = (
    _right_any,
    _right_any,
    _right_any,
    _right_any,
    _right_prose,
    _right_prose,
    _right_overruled,
    _right_yes_no,
    _right_letter,
    _right_set,
    _right_set,
)
_WRONG = (
    _wrong_any, _wrong_any, _wrong_prose, _wrong_overruled, _wrong_yes_no, _wrong_letter, _wrong_denial, _wrong_denial, _wrong_denial, _wrong_doubt,
    _wrong_doubt, _wrong_torn, _wrong_unfinished, _wrong_map, _wrong_set, _wrong_set,
)  # fmt: skip
