"""Templates that would run for ever or fill the memory end at a limit; those that people write do not."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from evalkit.backends.templated import compile_body
from evalkit.bounded import templates
from evalkit.bounded.templates import MOST_STEPS, BoundedEnvironment, TemplateLimit, render
from evalkit.families.prompts import prompt_problems
from evalkit.records import Item, Prompt, Suite

SIXTY_TIMES = "{% for i in range(60) %}{% set ns.x = BODY %}{% endfor %}{{ ns.x }}"
DOUBLING = "{% set ns = namespace(x='aaaaaaaaaa') %}" + SIXTY_TIMES
LISTS = "{% set ns = namespace(x=['a'], y=['a']) %}" + SIXTY_TIMES
BOMBS = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "printf": "{{ '%1000000000d' % 1 }}",
    "printf star": "{{ '%*d' % (1000000000, 1) }}",
    "printf filter": "{{ '%1000000000d'|format(1) }}",
    "printf many": "{{ ('%(a)s' * 9999) % {'a': 'x' * 9999} }}",
    "format": "{{ '{:1000000000}'.format(1) }}",
    "format nested": "{{ '{:{}}'.format(1, 1000000000) }}",
    "repeat": "{{ 'a' * 10**9 }}",
    "repeat from the right": "{{ 10**9 * 'a' }}",
    "repeat a list": "{{ [1] * 10**9 }}",
    "power": "{{ 10 ** (10 ** 10) }}",
    "product": "{% set ns = namespace(x=9) %}" + "{% set ns.x = ns.x * ns.x %}" * 60,
    "center": "{{ 'a'|center(10**9) }}",
    "center method": "{{ 'a'.center(10**9) }}",
    "zfill": "{{ 'a'.zfill(10**9) }}",
    "expandtabs": "{{ '\t'.expandtabs(10**9) }}",
    "translate": "{{ ('a' * 9999).translate({97: 'b' * 9999}) }}",
    "indent": "{{ ('\n' * 9999)|indent('x' * 9999) }}",
    "replace": "{{ ('a' * 9999)|replace('a', 'b' * 9999) }}",
    "replace method": "{{ ('a' * 9999).replace('a', 'b' * 9999) }}",
    "join": "{{ range(99999)|join('x' * 9999) }}",
    "join method": "{{ ('x' * 9999).join(('a,' * 9999).split(',')) }}",
    "tojson": "{{ [[[[[[1]]]]]]|tojson(indent=10**9) }}",
    "batch": "{{ [1]|batch(10**9, 'x')|list }}",
    "sum": "{{ range(99999)|batch(1)|sum(start=[])|length }}",
    "round": "{{ 1.5|round(10**9, 'ceil') }}",
    "doubled by ~": DOUBLING.replace("BODY", "ns.x ~ ns.x"),
    "doubled by +": DOUBLING.replace("BODY", "ns.x + ns.x"),
    "doubled by a block": "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(60) %}"
    "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}{% endfor %}",
    "doubled by a macro": "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{% set ns = namespace(x='a' * 999) %}"
    "{% for i in range(60) %}{% set ns.x = m(ns.x) %}{% endfor %}",
    "nested lists": LISTS.replace("BODY", "[ns.x, ns.x]"),
    "nested tuples": LISTS.replace("BODY", "(ns.x, ns.x)"),
    "nested mappings": LISTS.replace("BODY", "{'a': ns.x, 'b': ns.x}"),
    "nested dict()": LISTS.replace("BODY", "dict(a=ns.x, b=ns.x)"),
    "nested namespaces": LISTS.replace("BODY", "namespace(a=ns.x, b=ns.x)"),
    "two lists compared": "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
    "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
    "macro without end": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macro that doubles": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
    "{{ m(60) }}",
    "loop that calls itself": "{% set ns = namespace() %}{% set ns.x = [1] %}"
    "{% for i in ns.x recursive %}{{ loop(ns.x) }}{% endfor %}",
    "output": "{% for i in range(99999) %}{{ 'a' * 9999 }}{% endfor %}",
    "slow within a step": "{% for i in range(99999) %}{% if range(99999)|list|sort|length %}{% endif %}"
    "{% endfor %}",
    "map": "{{ range(99999)|map('string')|map('center', 9999)|join }}",
    "include of itself": "{% include 'user' %}",
    "import": "{% import 'user' as u %}",
    "nesting": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "nested lists in the source": "{{ " + "[" * 2_000 + "x" + "]" * 2_000 + " }}",
    "nested ifs": "{% if input %}" * 500 + "{% endif %}" * 500,
    "length": "a" * (templates.LONGEST_TEMPLATE + 1),
}  # fmt: skip
ALLOWED = {
    "{% for p in context %}[{{ loop.index }}/{{ loop.length }}] {{ p.text }}\n{% endfor %}": "[1/1] C\n",
    "{% for k, v in labels.items() %}{{ k }}:{{ v }}{% if not loop.last %}, {% endif %}{% endfor %}":
        "a:first, b:",
    "{{ labels|tojson(indent=2) }}": '{\n  "a": "first",\n  "b": ""\n}',
    "{{ input|upper|center(9)|trim }} {{ 'é'|tojson }} {{ '%05.1f' % 2.25 }}": 'HI "é" 002.2',
    "{{ 'order 1234567 %s'|format(1) }}{{ '{:>4}|{}'.format('a', 'b') }}": "order 1234567 1   a|b",
    "{{ input ~ '!' * 3 }}{{ [1, 2] + [3] }}{{ 2 ** 10 }}": "hi!!![1, 2, 3]1024",
    "{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(input) }}{{ labels|join(', ') }}": "<hi>a, b",
    "{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}":
        "3",
    "{% for c in [1, 2] recursive %}{{ c }}{% endfor %}{{ (1, input) }}{{ {'k': input} }}":
        "12(1, 'hi'){'k': 'hi'}",
    "{{ ('word ' * 500)|truncate(1200)|length }}{{ context|join(', ', attribute='text') }}": "1197C",
    "{{ input.replace('h', 'k').split('i') }}{{ 'a-b'|replace('-', '+') }}": "['k', '']a+b",
    "{% for i in [] %}x{% else %}none{% endfor %}{% set a, b = 1, 2 %}{{ a + b }}": "none3",
}  # fmt: skip
VALUES = {"input": "hi", "context": [{"text": "C"}], "labels": {"a": "first", "b": ""}, "x": 1}


@pytest.mark.parametrize(("source", "text"), ALLOWED.items())
def test_what_people_write_renders_as_ever(source: str, text: str) -> None:
    assert render(BoundedEnvironment().from_string(source), VALUES) == text


def test_each_bomb_is_a_problem_of_the_suite_within_two_seconds_and_without_memory() -> None:
    """In a process of its own, which is killed if it hangs or grows: that would be the fault."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))\n"
        "import tests.bounded.test_templates as t\n"
        "for name in t.BOMBS:\n"
        "    print(name, flush=True)\n"
        "    t.check_bomb(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.stderr[-2_000:])
    assert done.stdout.split("\n")[:-1] == list(BOMBS)


def check_bomb(name: str) -> None:
    items = tuple(Item(id=str(n), input="x") for n in range(5))
    prompt = Prompt(user=BOMBS[name])
    suite = Suite(name="s", family="classification", version="1", prompts={"default": prompt}, items=items)
    began_s = time.process_time()
    problems = list(prompt_problems(suite, variables={"labels": {}, "x": 1}, show=str))
    assert problems or name == "nested ifs", name
    assert all(p.key == "prompt" and p.message.startswith("the template") for p in problems), name
    assert time.process_time() - began_s < 2, name


def test_the_line_of_the_template_is_named() -> None:
    prompt = Prompt(user="one\ntwo\n{{ 'a' * 10**9 }}")
    items = (Item(id="1", input="x"),)
    suite = Suite(name="s", family="classification", version="1", prompts={"default": prompt}, items=items)
    (problem,) = prompt_problems(suite, variables={}, show=str)
    assert "(its line 3)" in problem.message
    assert (problem.key, problem.item_id) == ("prompt", None), "the place is in suite.yaml, not in the items"


@pytest.mark.parametrize(("turns", "renders"), [(MOST_STEPS, True), (MOST_STEPS + 1, False)])
def test_the_limit_of_steps(turns: int, renders: bool) -> None:
    # A turn of the outer loop is a step, with a call of `range` and 998 turns inside it; two calls besides.
    outer, inner = turns // 1_000 - 1, turns % 1_000 + 998
    source = (
        (
            "{% for a in range(OUTER) %}{% for b in range(998) %}{% endfor %}{% endfor %}"
            "{% for c in range(INNER) %}{% endfor %}"
        )
        .replace("OUTER", str(outer))
        .replace("INNER", str(inner))
    )
    template = BoundedEnvironment().from_string(source)
    if renders:
        render(template, {})
    else:
        with pytest.raises(TemplateLimit, match="turns"):
            render(template, {})


@pytest.mark.parametrize(
    "body", [{"q": "{{ 'a' * 10**9 }}"}, {"q": "x {{ 'a' * 10**9 }}"}, "{{ 'a' * 10**9 }}"]
)
def test_a_body_for_an_endpoint_is_bounded_too(body: object) -> None:
    with pytest.raises(TemplateLimit):
        compile_body(body)({})
