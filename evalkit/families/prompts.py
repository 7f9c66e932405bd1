"""Prompt variants made into chat messages: sandboxed templates compiled once, few-shot turns drawn by seed.

The system message comes first and is the same for every item wherever the template allows it, then the
few-shot turns, then the item: servers keep the shared beginning in their prompt cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, meta

from evalkit.bounded.templates import (
    BoundedEnvironment,
    TemplateLimit,
    check_source,
    render,
    template_line,
)
from evalkit.errors import SuiteError, near_names
from evalkit.families.interface import Problem
from evalkit.records import Candidate, Item, Prompt, Suite, content_hash

Messages = tuple[Mapping[str, Any], ...]
Shown = str | Messages
"""An example's right answer: the assistant's text, or the turns that it takes (calls, results, a word)."""
Variables = Mapping[str, Any] | Callable[[Item], Mapping[str, Any]]
"""Template variables of a family: the same for every item, or made for each (an item's own tools)."""

ITEM_VARIABLES = ("input", "context", "messages", "tags")
"""What every template may use of the item, beside the family's own variables."""

_UNDEFINED_HINT = "templates may use `is defined` and `default(…)` where an item may lack something"
_LIMIT_HINT = "docs/suites.md names the limits of a template"
_EXAMPLE_SPLITS = frozenset({"train", "dev"})
_WHOLE_INPUT = Prompt().user


def prompting(
    suite: Suite,
    candidate: Candidate,
    *,
    variables: Variables,
    show: Callable[[Item], Shown],
    suffix: str | Callable[[Item], str] = "",
    fallback: Prompt | None = None,
) -> tuple[Prompt, Callable[[Item], Messages]]:
    """The candidate's prompt variant, and what makes an item's messages with it.

    Args:
        suite: Where the variants and the few-shot examples are.
        candidate: Names the variant; its other fields are not read.
        variables: The family's template variables (labels, schema, tools).
        show: The right answer of an example as the assistant would write it.
        suffix: Goes below the system text (the answer's form, tools described as text), unless the variant
            says `append: false`.
        fallback: The family's own prompt, taken for `default` when the suite declares none.

    Raises:
        SuiteError: The variant is unknown, its template is wrong, or it has too few examples to draw from.
    """
    prompt = _variant(suite, candidate.prompt, fallback)
    where = f"suite {suite.name!r}, prompt {candidate.prompt!r}"
    build = _Build(prompt, where, variables, suffix if prompt.append else "", _names(suite, variables))
    turns = tuple(
        t for e in _examples(suite, prompt, where) for t in (*build.turns(e), *_render_turns(show(e)))
    )

    def messages(item: Item) -> Messages:
        return (*build.system(item), *turns, *build.turns(item))

    return prompt, messages


def prompt_problems(
    suite: Suite, *, variables: Variables, show: Callable[[Item], Shown], fallback: Prompt | None = None
) -> Iterator[Problem]:
    """Every fault of the suite's prompt variants: syntax, unknown names, too few examples, items left out."""
    for name, prompt in (suite.prompts or {"default": fallback or Prompt()}).items():
        key = "prompt" if name == "default" else f"prompts.{name}"
        try:
            messages = prompting(suite, _asking(name), variables=variables, show=show, fallback=fallback)[1]
        except SuiteError as error:
            yield Problem(message=error.message, hint=error.hint or "", key=key)
            continue
        for item in suite.items:
            try:
                messages(item)
            except SuiteError as error:
                fault = Problem(message=error.message, hint=error.hint or "", key=key)
                if isinstance(error.__cause__, TemplateLimit):
                    yield fault  # of the template; each item would take as long
                    break
                yield replace(fault, item_id=item.id, line=item.line)
        yield from _unshown_context(suite, prompt, key)


@dataclass(frozen=True, slots=True)
class _CompiledPart:
    """One compiled template and whether it says the same for every item."""

    template: Template
    fixed: bool
    where: str

    def render(self, values: Mapping[str, Any], item: Item) -> str:
        try:
            return render(self.template, values)
        except Exception as error:  # templates run arbitrary expressions of the suite's author
            line = template_line(error)
            spot = f" (its line {line})" if line else ""
            limited = isinstance(error, TemplateLimit)
            raise SuiteError(
                f"the template does not render{spot}: {error}",
                where=f"{self.where}, item {item.id!r}",
                hint=_LIMIT_HINT if limited else _UNDEFINED_HINT,
            ) from error


class _Build:
    """Makes the system message and the turns of one item."""

    def __init__(
        self,
        prompt: Prompt,
        where: str,
        variables: Variables,
        suffix: str | Callable[[Item], str],
        names: frozenset[str],
    ) -> None:
        own_each = callable(variables)
        self._variables = variables
        self._suffix = suffix
        self._system = _compile(prompt.system, f"{where}, system", names, own_each)
        self._user = _compile(prompt.user, f"{where}, user", names, own_each)
        self._whole_input = prompt.user.strip() == _WHOLE_INPUT
        self._shared = self._system.fixed and isinstance(suffix, str)
        self._shared_text: str | None = None

    def system(self, item: Item) -> Messages:
        """The system message, with the item's own system turns below the shared text; none when empty."""
        if not self._shared or self._shared_text is None:
            suffix = self._suffix if isinstance(self._suffix, str) else self._suffix(item)
            self._shared_text = _paragraphs(self._system.render(self._values(item), item), suffix)
        own = [_text(m) for m in item.messages if m.get("role") == "system"]
        text = _paragraphs(self._shared_text, *own)
        return ({"role": "system", "content": text},) if text else ()

    def turns(self, item: Item) -> Messages:
        """The item's earlier turns as they are, and its last user turn by the template."""
        turns = tuple(m for m in item.messages if m.get("role") != "system")
        if item.input is None:
            if not turns or turns[-1].get("role") != "user" or self._whole_input:
                return turns
            turns = turns[:-1]
        return (*turns, {"role": "user", "content": self._user.render(self._values(item), item)})

    def _values(self, item: Item) -> dict[str, Any]:
        own = self._variables(item) if callable(self._variables) else self._variables
        return {
            **own,
            "input": item.input if item.input is not None else _last_user_text(item.messages),
            "context": item.context,
            "messages": item.messages,
            "tags": item.tags,
        }


def _variant(suite: Suite, name: str, fallback: Prompt | None) -> Prompt:
    if name in suite.prompts:
        return suite.prompts[name]
    if name == "default":
        return fallback or Prompt()
    raise SuiteError(
        f"suite {suite.name!r} has no prompt variant {name!r}",
        where=suite.path,
        hint=near_names(name, {*suite.prompts, "default"}),
    )


def _examples(suite: Suite, prompt: Prompt, where: str) -> Sequence[Item]:
    """The few-shot examples: ranked by a hash of seed and id, so that more examples keep the earlier ones."""
    if prompt.few_shot <= 0:
        return ()
    pool = [i for i in suite.items if i.split in _EXAMPLE_SPLITS and i.target is not None]
    if len(pool) < prompt.few_shot:
        raise SuiteError(
            f"few_shot asks for {prompt.few_shot} examples, and train and dev hold {len(pool)} with a target",
            where=where,
            hint='give some items "split": "dev"; test items are never shown',
        )
    return sorted(pool, key=lambda i: (content_hash(prompt.few_shot_seed, i.id), i.id))[: prompt.few_shot]


def _compile(source: str, where: str, names: frozenset[str], own_each: bool) -> _CompiledPart:
    environment = _sandbox()
    try:
        check_source(source)
        used = meta.find_undeclared_variables(environment.parse(source)) - set(environment.globals)
        template = environment.from_string(source)
    except TemplateSyntaxError as error:
        raise SuiteError(
            f"the template is not valid: {error.message}", where=f"{where}, line {error.lineno}"
        ) from error
    except TemplateError as error:
        raise SuiteError(f"the template is not valid: {error}", where=where) from error
    except (RecursionError, MemoryError) as error:
        raise SuiteError("the template is nested too deeply", where=where) from error
    for name in sorted(used - names):
        raise SuiteError(
            f"the template uses {name!r}, which is not known", where=where, hint=near_names(name, names)
        )
    # jinja2 chains the environment's globals before the template's, and walks that chain for each item.
    template.globals = dict(template.globals)
    return _CompiledPart(template, fixed=not (used if own_each else used & set(ITEM_VARIABLES)), where=where)


@cache
def _sandbox() -> BoundedEnvironment:
    """Templates come with suites, which may be someone else's."""
    return BoundedEnvironment()


def _names(suite: Suite, variables: Variables) -> frozenset[str]:
    if not callable(variables):
        return frozenset(ITEM_VARIABLES) | frozenset(variables)
    own = variables(suite.items[0] if suite.items else Item(id="", input=""))
    return frozenset(ITEM_VARIABLES) | frozenset(own)


def _unshown_context(suite: Suite, prompt: Prompt, key: str) -> Iterator[Problem]:
    """A context that no template shows is an item that cannot be answered: said, not left to be found."""
    used: set[str] = set()
    for source in (prompt.system, prompt.user):
        used |= meta.find_undeclared_variables(_sandbox().parse(source))
    first = next((i for i in suite.items if i.context), None)
    if first is not None and "context" not in used:
        yield Problem(
            message="items have a context that the prompt never shows",
            hint="add {% for p in context %}{{ p.text }}{% endfor %} to the user template",
            key=key,
            item_id=first.id,
            line=first.line,
        )


def _asking(prompt: str) -> Candidate:
    return Candidate(name="check", tier="slim", backend="none", prompt=prompt)


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(t for t in (text.strip() for text in texts) if t)


def _render_turns(shown: Shown) -> Messages:
    return ({"role": "assistant", "content": shown},) if isinstance(shown, str) else shown


def _last_user_text(messages: Messages) -> str:
    return next((_text(m) for m in reversed(messages) if m.get("role") == "user"), "")


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, (list, tuple)) else ()
    return "\n".join(str(p["text"]) for p in parts if isinstance(p, Mapping) and "text" in p)
