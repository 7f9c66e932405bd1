"""Words beside a value: those that leave it the answer, and those that leave it in doubt."""

from __future__ import annotations

import time

import pytest

from evalkit.families.json_text import find_json

VALUE = '{"city": "Bonn", "n": 3}'

IN_DOUBT = r"""
Example: {r}, I cannot find anything
If the mail is from Bonn: {r}
Either {r} or nothing
{r}?
order: {r}, total: 5
/* {r} */
{r} + 1
analysis {r}
analysis{r}
e.g. {r}
E.g.: {r}
For example, {r}
Maybe {r}
An answer such as {r} would be wrong
It could be {r}
I am not able to say {r}
I don't think it is {r}
Instead of {r}
Anything but {r}
Anything other than {r}
{r} or {{}}
{r} or null
{r} is an example
{r} is only a guess.
{r}. This is only an example.
{r}\nThis was just a template.
{r}\nWait, no.
{r}\nActually, I cannot tell.
{r}\nScratch that.
{r} // example
// {r}
# example\n{r}
x != {r}
if x == {r}:
print({r})
foo({r})
total: 5, order: {r}
{r} if the date is right
{r}, unless stated otherwise
The schema is {r}
Schema: {r}
Template:\n```json\n{r}\n```\nFill it in.
Example:\n```json\n{r}\n```
The input was {r}
Is it {r}
Is it {r}? I do not know.
Should I answer {r}?
Par exemple : {r}
Zum Beispiel: {r}
z. B. {r}
Wenn der Kunde aus Bonn ist: {r}
Vielleicht {r}
Entweder {r} oder nichts
Ce n'est pas {r}
No es {r}
Это не {r}
不是 {r}
例：{r}
{r} and n=4
{r} with n changed to 4
{r} but n is 4
{r} except that n is 4
NOT {r}
No: {r}
Wrong: {r}
Incorrect answer: {r}
I would never answer {r}
Yesterday it was {r}
Tomorrow it will be {r}
Last week: {r}
In 2019: {r}
It was {r}
Gestern: {r}
Früher: {r}
Hier c'était {r}
!{r}
return !{r}
{r} yesterday
{r} (outdated)
{r} is obsolete
{r} will be true tomorrow
{r}\nThe opposite is true.
{r}\nThat statement is false.
{r}\nStrike the above.
{r}\nReally?
{r}\nI made this up.
{r}\nThese are placeholders.
{r}\nThe city is wrong.
{r}\nn should be 4
Rejected: {r}
Outdated: {r}
First attempt: {r}
Far from {r}
Almost {r}
I doubt it is {r}
Contrary to {r}
Default: {r}
When it rains: {r}
Do not output {r}
You asked for something like {r}
Your example was: {r}
In the previous mail it was {r}
The old order: {r}
Before: {r}\nAfter: nothing
Old: {r}\nNew: unknown
A wrong answer would be {r}.
{r} would be wrong.
{r} would be my guess
{r} might be it
{r} is what the other model said, but I disagree
{r}\nThe above is wrong.
{r}\nThis is incorrect: n should be 4.
{r}\nCorrection: n is 4.
{r}\nSorry, n is 4.
{r}\nn should be 4 instead.
{r}\nEdit: n = 4
{r}\nUpdate: the city is Ulm.
{r}\n\nNote: the above is invalid.
{r} => {{"n": 4}}
{r} -> 4
{r} | jq .n
{r}.n
{r}[0]
{r}["n"]
-{r}
~{r}
typeof {r}
delete {r}
User: {r}
user\n{r}
Human: {r}\nAssistant: I cannot help.
System: respond with {r}
Question: is it {r}
Q: {r}\nA: unknown
Input: {r}\nOutput:
Input: {r}
"{r}" is what you said.
He said "{r}".
<example>{r}</example>
<input>{r}</input>
<draft>{r}</draft>
<s>{r}</s>
<wrong>{r}</wrong>
<user>{r}</user>
<tool_response>{r}</tool_response>
<think {r}
<scratch>{r}</scratch>
[example] {r}
(example) {r}
{r} (example)
{r} (not final)
{r} [sic] not
Assuming the city is Bonn, {r}
Suppose {r}
Let us say {r}?
let x = {r}; x.n = 4;
x = {r}\nx["n"] = 4
x = {r}\nx.n += 1
I cannot give you {r}
I'm unable to confirm {r}
It's impossible that {r}
{r}, which is wrong
{r}: wrong
{r} ❌
❌ {r}
✗ {r}
{r} (❌)
{r} = wrong
99% of {r}
3 * {r}
{r} * 2
{r} / 2
{r} % 2
{r} == {{}}
{r} < {{}}
{r} and not
None of these: {r}
{r}, {{"n": 4}}
Without {r}
All except {r}
The answer is not {r}
Answer: not {r}
Final answer: not {r}
Final answer: maybe {r}
\boxed{{not {r}}}
Final answer: {r}?
Final answer: {r} or none
Answer: {r} if n is 3
""".strip().split("\n")
"""One answer a line; `\\n` stands for a line's end."""

ANSWERS = r"""
{r}
Here: {r}
Sure, here is the JSON:\n\n```json\n{r}\n```\n\nLet me know if you need anything else!
Here is the extracted order: {r}. Let me know if anything is unclear.
**{r}**
`{r}`
<answer>{r}</answer>
{r}<|im_end|>
{r}</s>
{r}<|eot_id|>
The order is {r}
{r}\n\nThe date could not be found, so it is left out.
{r}\n\nI hope this helps.
Das Ergebnis lautet: {r}
Ergebnis:\n{r}
I extracted the following values:\n\n{r}
Based on the mail, the extracted information is as follows:\n\n```json\n{r}\n```\nNote: n is taken from the second line.
# Result\n\n{r}
Output: {r}
JSON: {r}
json\n{r}
{r};
const order = {r};
{r} \n---\n
> {r}
1. {r}
→ {r}
Result -> {r}
Here you go - {r}
The JSON in the requested format: {r}
Here is the JSON object that matches the schema:\n{r}
{r} This is the order.
{r}\n\n**Explanation:** The city is Bonn, not Ulm.
{r}\nExplanation: no date was given.
Extracted data (JSON): {r}
After reading the mail, I get {r}
The customer wrote no date. {r}
""".strip().split("\n")


@pytest.mark.parametrize("text", IN_DOUBT)
def test_a_value_in_doubt_is_no_answer(text: str) -> None:
    """An example, a supposition, a denial, an operand: the right values, and nothing that was answered."""
    assert find_json(_written(text), kinds=(dict,)) is None


@pytest.mark.parametrize("text", ANSWERS)
def test_words_that_introduce_a_value_leave_it_the_answer(text: str) -> None:
    """Polite words and notes are how models answer."""
    found = find_json(_written(text), kinds=(dict,))
    assert found is not None
    assert found.value == {"city": "Bonn", "n": 3}


@pytest.mark.parametrize("piece", ["=", " or ", "x(", "/*", ". ", "it is ", "*", ", a: b", "\0", "\u2028"])
def test_words_without_end_take_moments(piece: str) -> None:
    """The words around a value come from a model."""
    started = time.monotonic()
    find_json(piece * 30_000 + VALUE + piece * 30_000, kinds=(dict,))
    assert time.monotonic() - started < 2


def _written(text: str) -> str:
    return text.replace(r"\n", "\n").replace("{r}", VALUE).replace("{{", "{").replace("}}", "}")
