"""What a text says of a label: texts that must never be credited, and texts that must."""

from __future__ import annotations

import ast
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.credit import measure
from evalkit.families import get_family
from evalkit.families.classification.options import LabelOptions
from evalkit.families.classification.reading import LabelReader, LabelReading
from evalkit.families.classification.spelling import Spelling
from evalkit.records import Contract, Suite

SPAM = ("spam", "ham")
YES_NO = ("yes", "no")
LETTERS = ("A", "B", "C", "D")
TOXIC = ("toxic", "harmless")
MOOD = ("positive", "negative", "neutral")

NEVER: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("1", "2", "3"),
        "3",
        """3. Oktober
3'
3"
3 - 1
3. 2""",
    ),
    (
        ("yes", "no"),
        "no",
        """Answer: no. 5
Answer: **no. 5**
Final answer: no. 3
Answer: no. five
Answer: no. of items is 5
No. IV
No: it is
No, it always does
Answer: no. It does.""",
    ),
    (
        SPAM,
        "spam",
        """{"is_spam": false, "label": "spam"}
{"isSpam": false, "label": "spam"}
{"spam_detected": false, "label": "spam"}
{"spam_score": 0.0, "label": "spam"}
{"is_ham": true, "label": "spam"}
{"label": "spam", "spam": false}
{"label": "spam", "ham": true}
{"label": "spam", "spam": 0.1, "ham": 0.9}
{"label": "spam", "scores": {"spam": 0.1, "ham": 0.9}}
{"label": "spam", "not_spam": true}
{"label": "spam", "rejected": true}
{"label": "spam", "verdict": false}
{"label": "spam", "prediction": false}
{"label": "spam", "final_label": "ham"}
{"label": "spam", "corrected_label": "ham"}
{"initial_label": "spam"}
Spam… maybe
Spam. Really?
This is spam. That statement is false.
This is spam. The opposite is true.
This is spam. (The previous sentence is wrong.)
This is spam. Strike the above.""",
    ),
    (
        LETTERS,
        "A",
        """A. Nonymous wrote this
A - level maths is hard
A*
A'
A′
A″
A… maybe
A. Lincoln was president
Answer: A. Lincoln was president
Answer: A*
A! lovely day
A - Z
A. Really?
A: Alright, so
A: It depends.
**A:** The text talks about cats.""",
    ),
    (
        SPAM,
        "spam",
        """This is spam's opposite.
It is spam only in name.
It is spam in name only.
This is spam, isn't it?
It is spam, as the sender wants us to believe.
This is spam. Wrong!
This is spam? No way.
The answer is spam if you ask a fool.
Answer: spam-free
This is spam free.
It is spam-adjacent.
The label is spam or something else.
This is what spam is not.
The label spam does not fit.
spam does not apply
spam: not applicable
spam - no
spam – definitely not
spam → no
spam = false
No spam here.
no spam
zero spam
This is less spam than ham.
It's spam that this is not.
I'd say it is spam, but it is not.
I'd say spam, but no.
It is spam, except that it isn't.
This is spam, he said.
This is spam, she lied.
I would say this is spam if it had links.
It is spam unless proven otherwise.
It is spam, provided that it has links.
It looks like spam, but it's a legitimate mail.
It looks like spam, however it is ham.
It looks like spam at first sight.
It seems to be spam, yet it is harmless.
Answer: spam? Hardly.
Answer: spam :)  not
My answer would be spam if there were a link.
The answer is spam's antonym.
the answer is: definitely not spam
Final answer: anything other than spam
Final answer: spam is incorrect
Final answer: everything but spam
Label: spam (rejected)
Label: spam ❌
Label: ❌ spam
Label: spam? ham?
Label: spam -> ham
spam -> ham
from spam to ham
Label: spam → ham
Label: not-spam
Label: NOT spam
Label: not_spam
Label: no_spam
Label: unspam
Label: spam=0
Label: spam: 0
spam: 0%
spam: 0.0
Spam score: 0
spam probability: 2%
spam: low
Is spam: false
is_spam: false
is_spam=false
spam? false
spam⏎No.
spam⏎not
not⏎spam
Not:⏎spam
The following is wrong:⏎⏎spam
Which of the two?⏎spam
Options:⏎spam
Labels:⏎- spam⏎- ham
1. spam⏎2. ham
(a) spam (b) ham
spam|ham
| spam |⏎| ham |
spam, ham
ham, spam
spam & ham
spam+ham
both spam and ham
spam and/or ham
spam then ham
spam, ham, or neither
<label>spam</label><label>ham</label>
<label>not spam</label>
<wrong>spam</wrong>
<del>spam</del> ham
~~spam~~ ham
spam~~
The user said: "Answer: spam"
You told me to write "Answer: spam".
Reply with Answer: spam
Output format: Label: spam
e.g. Label: spam
For instance: Label: spam
Template:⏎Label: spam
If unsure, Answer: spam
I can't say the answer is spam
I refuse to say that the answer is spam
One might say the answer is spam
It's false that the answer is spam
Nobody says the answer is spam.
The answer is spam according to the sender, who lies.
The answer is spam, they say.
the answer is spam? I don't think so
Ist es Spam? Nein.
Kein Spam
Es ist kein Spam.
Das ist nie Spam.
Das ist nie und nimmer Spam
Spam ist es nicht.
Es ist Spam nicht.
Das ist wohl kaum Spam
Das ist Spam, oder?
Das ist Spam, oder etwa nicht?
Das ist nur scheinbar Spam.
Das soll Spam sein?
Das ist angeblich Spam.
Das wäre Spam.
Antwort: kein Spam
Antwort: Spam nicht
spam (just kidding)
spam lol jk
spam. JK.
spam... not!
spam NOT
spam, NOT
Spam it isn't
spam: nope
spam! (no)
{"label": "spam"
{"spam": false}
{"spam": 0.2}
{"spam": "unlikely"}
{"is_spam": false}
{"label": {"not": "spam"}}
{"label": ["spam", "ham"]}
{"label": "spam|ham"}
{"label": "spam?"}
{"label": "spam", "label": "ham"}
{'label': 'spam'
{"labels": {"spam": false, "ham": false}}
[{"label":"spam","score":0.1},{"label":"ham","score":0.9}]
{"labels": ["spam", "ham"], "scores": [0.1, 0.9]}
{"negative": "spam"}
{"example": "spam"}
{"input": "spam"}
{"answer": null, "second": "spam"}
{"answer": "not spam", "guess": "spam"}
Input: spam
Text: spam
Question: spam
Subject: spam
Title: spam
Topic: spam?
spam filter
a spam filter flagged it
This is a spam filter test.
This is spam filter output.
It is about spam filters.
It is about spam prevention.
It is a spam report.
The message is spam warning.
It concerns spam protection
The text is about how to fight spam
The email describes what spam is
It contains no spam
It contains spam-like words
This is spammy.
spams
SPAMHAM
s p a m
sp am
maps (spam reversed)
spam\u0338
s\u0338pam
ѕрам
spam²
spam1
1spam
spam.ham
spam@example.com
http://spam
/spam
\\spam
@spam
#spam
$spam
-spam
+spam
=spam
!spam
not(spam)
NOT(spam)
~spam
¬spam
≠ spam
!= spam
<> spam
spam != true
ham > spam
spam < ham""",
    ),
    (
        YES_NO,
        "yes",
        """Yes, but no.
Yes, if the customer paid.
Yes? I doubt it.
yes/no
Yes - and no.
Yes, that would be wrong.
Yes, that is wrong.
Yes, they do not.
Yes. It does not.
Yes, I can answer that. No.
Yes, sure: no
Yes, the answer is no
Yes, hmm, no
Yeah no
yes no yes
Yes is not the answer.
Yes is wrong
I can't say yes.
He says yes.
Say yes!
If yes, reply yes.
Yes ... no
Yes!? No!
Oui
yes?
Yes, you could say no.""",
    ),
    (
        YES_NO,
        "no",
        """No doubt, yes.
No problem.
No problem, yes
No wait, yes.
No question: yes
No. 5
No idea.
No, I mean yes.
No, sorry, yes!
No one knows.
No - yes.
No, it does.
no?
There is no answer.
I have no idea
No comment.
No, on the contrary: yes.
No, actually it does.
No more questions, yes.
no.1""",
    ),
    (
        LETTERS,
        "A",
        """A or B
A, B
A/B
A and B are wrong
A is wrong
A question.
A.B.
A) red B) blue
Answer: A cat
Not A
Answer: A or B
The answer is A cat
The answer is a
A?
A, no B
A. No, B.
It is a.
I got an A in maths.
A+
A-
Vitamin A
Option A is incorrect
Options: A
Choose A or B
Answer (A/B/C/D):
Answer: A B
Answer: AB
Answer: A, but B is better
Answer: A. Actually B.
A. Hmm, rather B
A man.""",
    ),
    (
        TOXIC,
        "toxic",
        """nontoxic
non toxic
non-toxic
It is non toxic.
Toxic? Not at all.
not toxic
Nothing toxic here
free of toxic
This is hardly toxic.
The comment is not in any way toxic.
This isn't remotely toxic.
less toxic
toxic-free
detoxic
This is mildly toxic? no
The comment is about toxic waste.
It describes toxic people.
The comment is toxic-looking but fine""",
    ),
    (
        MOOD,
        "positive",
        """not positive
I'm not positive.
I am positive that it is negative.
Positive or negative?
positive/negative
The sentiment is positive or neutral.
The sentiment is anything but positive
The test was positive.
The sentiment is not positive but negative
The sentiment is hardly positive.
less than positive
far from positive
The sentiment is false positive.
false positive
Not so positive
un-positive
HIV positive?
positively negative
The sentiment is positive at first, then negative.""",
    ),
)
"""Labels, the label that none of the texts says, and the texts, a line each; ⏎ is a line break."""

ALWAYS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        SPAM,
        "spam",
        """Spam
SPAM.
"spam"
**spam**
`spam`
spam!
Label: spam
label: Spam.
The label is spam
The email is spam.
This email is spam.
This is a spam email.
This is a spam message.
I would label this email as spam.
I'd classify it as spam.
Based on the content, this message is spam.
Based on the content of the email, I would classify it as **spam**.
It's spam.
Clearly spam.
Definitely spam.
Probably spam.
I believe this is spam.
I think this is spam because it asks for money.
Category: **spam**
Classification: spam
Answer: spam.
Final Answer: spam
**Final Answer:** spam
### Answer⏎spam
# Label: spam
The final label is spam.
So, the answer is: spam
Thus, the correct label is "spam".
The answer is "spam".
spam, because it asks for money
spam - it asks for money
spam: it asks for money
spam (it asks for money)
Spam. The sender asks for money.
Spam. It is not a personal mail.
spam, not ham
This is spam, not ham.
Not ham, but spam.
This is not ham. It is spam.
This isn't ham but spam.
Spam rather than ham.
```⏎spam⏎```
```json⏎{"label": "spam"}⏎```
{"label":"spam"}
{"class": "spam", "confidence": 0.97}
{"spam": true, "ham": false}
{"spam": 0.97, "ham": 0.03}
<answer>spam</answer>
\\boxed{spam}
\\boxed{\\text{spam}}
The answer is \\boxed{\\text{spam}}.
$$\\boxed{spam}$$
<think>ham?</think>⏎⏎spam
Looks like spam to me.
My answer is spam.
My classification: spam
Prediction: spam
Sentiment: spam
Output: spam
Result: spam
Verdict: spam
Label -> spam
label=spam
The message should be labelled spam.
This should be classified as spam.
This falls under spam.
This message falls into the category spam.
This message falls into the spam category.
It belongs in the spam category.
The text belongs to the category "spam".
I choose: spam
The best label is spam.
Spam is the correct label.
The given text can be classified as spam.
The given email is classified as spam.
The provided message is spam.
Sure! The label is spam.
Sure, here is the label: spam
Here is the label:⏎⏎spam
Here's my classification: spam
After reading the text, I conclude that it is spam.
The message asks for money. Therefore it is spam.
The message asks for money and is therefore spam.
Das ist Spam.
Es handelt sich um Spam.
Die Nachricht ist Spam.
Ich würde das als Spam einstufen.
Kategorie: Spam
Antwort: Spam
Das ist kein Ham, sondern Spam.
Diese E-Mail ist Spam.
Das ist eindeutig Spam.""",
    ),
    (
        YES_NO,
        "yes",
        """Yes
yes.
Yes, it does.
Yes. The contract covers it.
Yes, the contract covers it
Yes, because it is covered.
Yes — it is covered.
Yes: it is covered.
Yes, it is.
Yes, the damage is covered, since no exclusion applies.
The answer is yes.
The answer is yes, because there is no exclusion.
Answer: Yes, it is covered.
Yes! It is covered.
\\boxed{yes}
Yes, this is covered by the policy. There is no exclusion.
Yes, you can return it within 30 days.
Yes, customers can return it.""",
    ),
    (
        YES_NO,
        "no",
        """No
No.
No, it does not.
No, it doesn't.
No. The contract does not cover it.
No, this is not covered.
No, because it is excluded.
No — it is excluded.
No, the policy excludes it.
The answer is no.
Answer: no, it is not covered.
No, there is no such clause.
No, water damage is excluded.
No, the customer cannot return it.""",
    ),
    (
        LETTERS,
        "B",
        """B
B.
(B)
B)
B) blue
B. blue
B: blue
(B) blue
Option B
option B
The answer is B
The answer is B.
The answer is (B).
The answer is B) blue
Answer: B
Answer: B.
Answer: (B)
Answer: B) blue
**B**
**B) blue**
Answer: **B**
Answer: **B) blue**
The correct answer is B, because the sky is blue.
The correct option is B.
I choose B.
B, because it cannot be A.
Answer: B. It cannot be A
First A… but the answer is B
First A... but the answer is B
A is wrong. The answer is B.
It is not A. The answer is B.
\\boxed{B}
$\\boxed{\\text{B}}$
The final answer is $\\boxed{B}$.
Final answer: B) blue
B. The sky is blue.
B is correct.
B is the correct answer.""",
    ),
    (
        MOOD,
        "positive",
        """The sentiment is positive.
Positive sentiment.
The sentiment of the review is positive.
The sentiment of this review is **positive**.
The review expresses a positive sentiment.
Overall, the sentiment is positive.
The overall sentiment is positive.
Sentiment: positive
The tone is clearly positive.
The review is positive, as the customer likes the product.
This review is overwhelmingly positive.""",
    ),
)
"""Labels, the label that each of the texts says, and the texts."""


def read(text: str, labels: Sequence[str] = SPAM, *, several: bool = False) -> LabelReading:
    return LabelReader(dict.fromkeys(labels, ""), LabelOptions(), several=several).read(text)


def named(text: str, labels: Sequence[str] = SPAM, *, several: bool = False) -> tuple[str, ...]:
    found = read(text, labels, several=several)
    return () if found.unknown else found.labels


@pytest.mark.parametrize(
    ("labels", "label", "text"), [(n, label, t) for n, label, texts in NEVER for t in texts.split("\n")]
)
def test_what_denies_doubts_quotes_or_merely_holds_a_label_is_never_credited(
    labels: tuple[str, ...], label: str, text: str
) -> None:
    """A harness that credits a wrong answer is worth nothing."""
    assert named(text.replace("⏎", "\n"), labels) != (label,)


@pytest.mark.parametrize(
    ("labels", "label", "text"), [(n, label, t) for n, label, texts in ALWAYS for t in texts.split("\n")]
)
def test_what_people_and_models_write_for_a_label_is_credited(
    labels: tuple[str, ...], label: str, text: str
) -> None:
    text = text.replace("⏎", "\n").replace("<think>ham?</think>", "")
    assert named(text, labels) == (label,)


@pytest.mark.parametrize(
    ("labels", "text", "key"),
    [
        ((), "Card_Arrival.", "card arrival"),
        ((), "**bug-report**", "bug report"),
        ((), "Stra\u00dfe", "strasse"),
        ((), "ｓｐａｍ", "spam"),
        ((), "sp\u200bam\u200e", "spam"),
        ((), "\u202eנכון\u202c", "נכון"),
        ((), "cafe\u0301", "caf\u00e9"),
        ((), "ไม่ดี", "ไม่ดี"),
        ((), "हाँ", "हाँ"),
        ((), "٣", "3"),
        ((), "−1", "-1"),
        ((), "１．５", "1.5"),
        ((), "-1", "-1"),
        ((), "+1", "+1"),
        ((), "--1", "--1"),
        ((), "C++", "c++"),
        ((), "C#", "c#"),
        ((), "C--", "c--"),
        ((), "A-", "a-"),
        ((), "50%", "50%"),
        ((), "👍🏽", "👍🏽"),
        ((), "☺\ufe0f", "☺"),
        ((), "İYİ", "iyi"),
        ((), "R&D", "r & d"),
        (("ılık", "ilik"), "ILIK", "ılık"),
        (("ılık", "ilik"), "İLİK", "ilik"),
        (("5*", "5**"), "5*", "5*"),
        (("spam",), "5*", "5"),
    ],
)
def test_unicode_s_rules_say_when_two_texts_are_the_same_label(
    labels: tuple[str, ...], text: str, key: str
) -> None:
    assert Spelling(labels).key(text) == key


@pytest.mark.parametrize(
    "labels",
    [
        ("-1", "1", "+1", "0"),
        ("C", "C++", "C#"),
        ("A", "A-", "A+"),
        ("ดี", "ดื", "แย่"),
        ("कल", "काल", "कालि"),
        ("👍", "👎", "👍🏽"),
        ("*", "**", "***"),
        ("!", "?", "."),
        ("<5", ">5", "5"),
        ("caf\u00e9", "cafe"),
        ("ılık", "ilik"),
        ("نعم", "نعمة"),
    ],
)
def test_labels_that_differ_only_by_marks_or_signs_are_legal_and_kept_apart(labels: tuple[str, ...]) -> None:
    contract = Contract(labels=dict.fromkeys(labels, ""))
    suite = Suite(name="s", family="classification", version="1", contract=contract)
    assert list(get_family("classification").check(suite)) == []
    for label in labels:
        assert named(label, labels) == (label,)
        assert named(f"Label: {label}", labels) == (label,)
        without = tuple(n for n in labels if n != label)
        assert named(label, without) == ()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{"spam": true, "ham": false}', ("spam",)),
        ('{"spam": 1, "ham": 0}', ("spam",)),
        ('{"spam": "yes", "ham": "no"}', ("spam",)),
        ('{"labels": {"spam": true, "ham": false}}', ("spam",)),
        ('{"spam": false, "ham": true}', ("ham",)),
        ('{"spam": true, "ham": true}', ("spam", "ham")),
        ('{"spam": false, "ham": false}', ()),
        ('{"spam": false}', ()),
        ('{"spam": 0.98, "ham": 0.02}', ("spam",)),
        ('{"spam": 0.51, "ham": 0.47}', ("spam",)),
        ('{"spam": 0.51, "ham": 0.46}', ()),
        ('{"spam": 0.5, "ham": 0.5}', ()),
        ('{"spam": 2, "ham": 1}', ()),
        ('{"spam": 0.9, "ham": 0.8}', ()),
        ('{"spam": "high", "ham": "low"}', ()),
    ],
)
def test_a_map_of_truth_values_or_a_whole_distribution_is_read_as_one(
    text: str, labels: tuple[str, ...]
) -> None:
    """0.02 is how far rounded probabilities may miss 1 together; ranks and bare scores say nothing."""
    assert named(text) == labels


def test_a_map_with_a_true_stranger_is_out_of_the_set() -> None:
    assert read('{"spam": true, "ham": false, "phishing": true}').unknown == ("phishing",)
    assert read('{"spam": true, "ham": false, "why": "a link"}').unknown == ()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('["spam", "ham"]', ("spam", "ham")),
        ("['spam', 'ham']", ("spam", "ham")),
        ("[spam, ham]", ("spam", "ham")),
        ('{"spam": true, "ham": true}', ("spam", "ham")),
        ('{"spam": true, "ham": false}', ("spam",)),
        ("1. spam\n2. ham", ("spam", "ham")),
        ("Labels: spam, ham", ("spam", "ham")),
        ("It is about spam and ham.", ("spam", "ham")),
        ('["spam", "ham"', ()),
        ("['spam', 'ham'", ()),
        ('{"labels": ["spam", "ham"]', ()),
        ("spam, not ham", ("spam",)),
        ("not spam, ham", ()),
        ("neither spam nor ham", ()),
        ("spam, ham?", ()),
        ("- [ ] spam\n- [ ] ham", ()),
        ('{"spam": 0.9, "ham": 0.8}', ()),
    ],
)
def test_a_set_of_labels_is_whole_and_affirmed_or_nothing(text: str, labels: tuple[str, ...]) -> None:
    assert named(text, several=True) == labels


def test_a_final_statement_singles_one_out_and_nothing_else_does() -> None:
    assert named('```json\n{"label": "ham"}\n```\nThat was wrong. Final answer: spam') == ("spam",)
    assert named('{"label": "ham"} {"label": "spam"}') == ()
    assert named("Answer: ham. Corrected: spam") == ("spam",)
    assert len(named("ham\nspam")) != 1
    assert named("\\boxed{ham} \\boxed{spam}") != ("spam",)


def test_a_letter_before_another_choice_s_text_says_neither() -> None:
    reader = LabelReader({"A": "red", "B": "blue"}, LabelOptions())
    assert reader.read("B) blue").labels == ("B",)
    assert reader.read("B) red").labels == ()


@pytest.mark.parametrize(
    "asked", ["Who?\nA) Lincoln\nB. New York\n", "Who? (A) Lincoln (B) New York", "A: Lincoln\nB: New York"]
)
def test_a_letter_with_a_name_is_its_choice_only_where_the_question_tells_so(asked: str) -> None:
    """ "A. Lincoln" is a person unless Lincoln is what A stands for."""
    reader = LabelReader(dict.fromkeys(LETTERS, ""), LabelOptions())
    for text in ("A. Lincoln was president", "Answer: A. Lincoln", "A - Lincoln", "A: Lincoln"):
        assert reader.read(text, asked).labels == ("A",), text
    assert reader.read("B. New York").labels == ()
    assert reader.read("B. New York", asked).labels == ("B",)
    for text in ("A. New York", "B. Franklin", "Answer: A. New York"):
        assert reader.read(text, asked).labels == (), text


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('{"is_spam": true, "label": "spam"}', "spam"),
        ('{"is_spam": false, "label": "ham"}', "ham"),
        ('{"label": "ham", "spam": 0.1, "ham": 0.9}', "ham"),
        ('{"label": "spam", "final_label": "spam"}', "spam"),
        ('{"label": "spam", "error": false}', "spam"),
    ],
)
def test_fields_that_agree_with_a_label_leave_it_standing(text: str, label: str) -> None:
    assert named(text) == (label,)


def test_false_fields_agree_with_a_label_that_is_no() -> None:
    assert named('{"answer": "no", "detected": false}', ("yes", "no")) == ("no",)
    assert named('{"answer": "yes", "detected": false}', ("yes", "no")) == ()
    assert named('{"verdict": false}', ("true", "false")) == ("false",)


def test_the_page_s_table_is_of_this_generator_and_says_that_no_wrong_answer_was_credited() -> None:
    page = (Path(__file__).parents[2] / "docs" / "classification.md").read_text(encoding="utf-8")
    table = page.partition("<!-- table: credit -->")[2].partition("<!-- end -->")[0].strip().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    made = measure("classification", 2_000, 13)
    assert [row[0] for row in rows] == [*sorted(made.made[True].keys() | made.made[False].keys()), "all"]
    assert rows[-1][1::2] == ["100,000", "100,000"]
    assert int(rows[-1][2].replace(",", "")) >= 99_900
    assert {row[4] for row in rows} == {"0"}


@pytest.mark.parametrize("seed", [11, 12])
def test_of_made_answers_no_wrong_one_is_credited_and_nearly_every_right_one_is(seed: int) -> None:
    """A seeded part of `python benchmarks/credit.py classification`; its table is on the page."""
    found = measure("classification", 3_000, seed)
    assert [c.text for c in found.missed[False]] == []
    assert found.holds
    assert len(found.made[True].keys() | found.made[False].keys()) >= 20


def test_the_generator_imports_no_scorer_nor_reader() -> None:
    source = Path(__file__).parents[2] / "benchmarks" / "credit_classification.py"
    nodes = ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    modules = {n.module for n in nodes if isinstance(n, ast.ImportFrom)}
    assert not {m for m in modules if str(m).startswith("evalkit")}


@pytest.mark.parametrize(
    "text",
    [
        "spam\n" * 4000,
        "```\nspam\n" * 2000,
        '{"a": [' * 10000,
        "{" * 20000,
        "spam, " * 4000,
        "a, " * 7000,
        "it is " * 4000 + "spam",
        "<label>spam</label>" * 1000,
        "Answer: spam. " * 99,
        "-" * 20000 + "1",
    ],
)
def test_hostile_texts_are_read_in_time_linear_in_their_length(text: str) -> None:
    start = time.process_time()
    read(text)
    read(text, several=True)
    assert time.process_time() - start < 5, "a guard against quadratic time, not a speed test"
