"""Templates of suites and candidates: jinja2 in a sandbox, bounded in time, steps and size.

jinja2's sandbox keeps a template from Python's insides, and lets it loop over 99,999 squared, write
`'%1000000000d'`, or double a list forty times. Here every loop and call counts as a step, and everything that
makes a value larger (operators, literals, filters, methods, joining of texts) looks at the size first. That
needs no second process or thread, which would cost more than most templates take, and ends a template at the
same place on every machine; the limit of time is for what is slow within a step.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import chain
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.filters import make_attrgetter
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, pass_context, pass_environment

MOST_STEPS = 100_000
"""Turns of loops and calls in one rendering. A prompt with a thousand passages takes a few thousand."""

MOST_CHARACTERS = 8_000_000
"""Of a text, and of all texts in a list or mapping: twice the longest context that a model takes."""

MOST_VALUES = 200_000
"""Values in a list or mapping, those inside it included."""

LARGEST_NUMBER = 1_000
"""A width or a count given to what pads or repeats."""

MOST_BITS = 40_000
"""Of an integer that a product or a power makes."""

RENDER_LIMIT_S = 1.0
"""Processor seconds for one rendering."""

LONGEST_TEMPLATE = 1_000_000
"""Characters of a template's own text."""

_FORBIDDEN_FILTERS = ("pprint", "random", "urlize", "xmlattr")
"""Not the same each time, or for web pages."""

_TEXT_METHODS = frozenset(
    {
        "capitalize", "casefold", "center", "count", "endswith", "find", "format", "index", "isalnum",
        "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric", "isprintable",
        "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition", "removeprefix",
        "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split",
        "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
    }
)  # fmt: skip
_FIELD = re.compile(r"%(?:\([^)]*\))?[-#0 +\d.*]*|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_NUMBER = re.compile(r"\d+")
_WIDEST = 3
"""Digits of a width."""
_PADS = frozenset({"batch", "center", "indent", "ljust", "rjust", "round", "slice", "tojson", "zfill"})

_state = threading.local()


class TemplateLimit(TemplateError):  # noqa: N818 - a limit that was reached, as `PatternLimit`
    """A template that takes too many steps, too long, or makes something too large."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """jinja2's sandbox with limits; templates of it are rendered with `render`."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,  # plain text for a model or a server; HTML escapes would change it
        )
        # jinja2's own escapes <, > and & for HTML pages.
        self.filters |= {"tojson": _json_text, "join": _join}
        for name in _FORBIDDEN_FILTERS:
            del self.filters[name]
        del self.globals["lipsum"]
        self.filters = {name: _bound_filter(name, f) for name, f in self.filters.items()}
        self.filters |= {"_turns": _turns, "_joined": _join_bounded, "_weighed": weigh}

    concat = staticmethod(lambda pieces: _join_bounded(pieces))

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        try:
            for loop in source.find_all(nodes.For):
                loop.iter = _wrap_filter(loop.iter, "_turns")
            _rebuild(source)
            return super()._generate(source, *args, **kwargs)
        except RecursionError as error:
            raise TemplateLimit("the template is nested too deeply") from error

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operator's value, where it is not too large."""
        _check_operands(operator, left, right)
        return weigh(super().call_binop(context, operator, left, right))

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """The call's value: one step, with no argument or value that is too large."""
        _step()
        if not isinstance(obj, Macro):
            _check_arguments(args, kwargs)
            _check_method(obj, args, kwargs)
        return weigh(super().call(context, obj, *args, **kwargs))


def check_source(source: str) -> None:
    """Check the length of a template's own text.

    Raises:
        TemplateLimit: It is too long.
    """
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateLimit(f"a template has at most {LONGEST_TEMPLATE:,} characters")


def render(template: Template, values: Mapping[str, Any]) -> str:
    """The rendered text.

    Raises:
        TemplateLimit: A limit was reached.
        Exception: Whatever an expression of the template's author raises.
    """
    with rendering():
        return template.render(values)


@contextmanager
def rendering() -> Iterator[None]:
    """Give what is rendered in the block, on this thread, one budget of steps and time."""
    before = getattr(_state, "budget", None)
    _state.budget = [MOST_STEPS, time.thread_time() + RENDER_LIMIT_S]
    try:
        yield
    except (RecursionError, MemoryError) as error:
        raise TemplateLimit("the template nests too deeply, or takes too much memory") from error
    finally:
        _state.budget = before


def template_line(error: BaseException) -> int | None:
    """The line of the template's own text where rendering failed; None where that is not known."""
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def weigh(value: Any) -> Any:
    """The value itself, if it is not too large.

    Raises:
        TemplateLimit: It is.
    """
    kind = type(value)
    if kind is str or kind is bytes:
        _check_characters(len(value))
    elif kind in _CONTAINERS:
        _check_characters(_weight(value))
    return value


_CONTAINERS = frozenset({list, tuple, dict, set, Namespace})


def _weight(value: Any) -> int:
    """The characters of all texts in a value.

    Raises:
        TemplateLimit: It holds too many values, or contains itself.
    """
    values = characters = 0
    left: list[Any] = [value]
    while left:
        at = left.pop()
        values += 1
        if isinstance(at, str):
            characters += len(at)
        elif isinstance(at, Namespace):
            left.extend(object.__getattribute__(at, "_Namespace__attrs").values())
        elif isinstance(at, Mapping):
            left.extend(at.keys())
            left.extend(at.values())
        elif isinstance(at, (list, tuple, set)):
            left.extend(at)
        if values + len(left) > MOST_VALUES:
            raise TemplateLimit(f"a list or mapping holds at most {MOST_VALUES:,} values")
    return characters


def _check_characters(number: int) -> None:
    if number > MOST_CHARACTERS:
        raise TemplateLimit(f"a text has at most {MOST_CHARACTERS:,} characters")


def _step() -> None:
    budget = getattr(_state, "budget", None)
    if budget is None:
        return
    budget[0] -= 1
    if budget[0] < 0:
        raise TemplateLimit(f"the template takes more than {MOST_STEPS:,} turns of loops and calls")
    if time.thread_time() > budget[1]:
        raise TemplateLimit(f"the template takes longer than {RENDER_LIMIT_S:g} s")


@pass_context  # so that it is never worked out when the template is compiled
def _turns(_context: Context, values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _step()
        yield value


def _join_bounded(pieces: Iterable[Any]) -> str:
    found: list[str] = []
    characters = 0
    for piece in pieces:
        text = str(piece)
        characters += len(text)
        _check_characters(characters)
        found.append(text)
    return "".join(found)


def _json_text(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    from evalkit.records import to_plain

    return to_plain(value)


def _rebuild(node: nodes.Node) -> None:
    """Puts a look at the size around each literal that may grow, and around each joining of texts."""
    for name, value in node.iter_fields():
        if isinstance(value, list):
            value[:] = [_rebuilt(v) for v in value]
        elif isinstance(value, nodes.Node):
            setattr(node, name, _rebuilt(value))


def _rebuilt(node: Any) -> Any:
    if not isinstance(node, nodes.Node):
        return node
    _rebuild(node)
    if isinstance(node, nodes.Concat):
        return _wrap_filter(nodes.List(node.nodes, lineno=node.lineno), "_joined")
    grows = isinstance(node, (nodes.List, nodes.Dict)) or (
        isinstance(node, nodes.Tuple) and node.ctx == "load"
    )
    if grows and next(node.find_all((nodes.Name, nodes.Call, nodes.Filter)), None) is not None:
        return _wrap_filter(node, "_weighed")
    return node


def _wrap_filter(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _check_operands(operator: str, left: Any, right: Any) -> None:
    sizes = [len(v) if isinstance(v, (str, bytes, list, tuple)) else None for v in (left, right)]
    if operator == "*" and (sizes[0] is None) != (sizes[1] is None):
        size = sizes[0] if sizes[0] is not None else sizes[1]
        times = right if sizes[0] is not None else left
        if isinstance(times, int) and size is not None:
            values = isinstance(left, (list, tuple)) or isinstance(right, (list, tuple))
            if size * times > (MOST_VALUES if values else MOST_CHARACTERS):
                raise TemplateLimit(f"{times:,} times {size:,} is too large")
    elif operator in ("*", "**") and isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
        if bits > MOST_BITS:
            raise TemplateLimit(f"a number has at most {MOST_BITS:,} bits")
    elif operator == "+" and sizes[0] is not None and sizes[1] is not None:
        _check_characters(sizes[0] + sizes[1])
    elif operator == "%" and isinstance(left, str):
        _check_format(left, right if isinstance(right, (tuple, list)) else (right,))


def _check_format(text: str, arguments: Sequence[Any]) -> None:
    """`%9999999d` and `{:9999999}` write that many blanks; `*` and `{}` take a width from the arguments."""
    fields = _FIELD.findall(text)
    if any(len(number) > _WIDEST for field in fields for number in _NUMBER.findall(field)):
        raise TemplateLimit(f"a width in a format is below {LARGEST_NUMBER:,}")
    if any("*" in field or "{" in field[1:] for field in fields) and any(map(_is_large, arguments)):
        raise TemplateLimit(f"a width in a format is at most {LARGEST_NUMBER:,}")
    _check_characters(len(fields) * _weight(list(arguments)))


def _is_large(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) > LARGEST_NUMBER


def _check_arguments(args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    for value in (*args, *kwargs.values()):
        weigh(value)


def _check_method(obj: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    method = getattr(obj, "__wrapped__", obj)  # jinja2 wraps `format`
    owner, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
    if isinstance(owner, (bytes, int, float)) and any(map(_is_large, args)):
        raise TemplateLimit(f"a number given to {name} is at most {LARGEST_NUMBER:,}")
    if not isinstance(owner, str):
        return
    if name not in _TEXT_METHODS:
        raise TemplateLimit(f"the method {name!r} of texts is not there for templates")
    if name == "format":
        _check_format(owner, (*args, *kwargs.values()))
    elif name in _PADS and any(map(_is_large, args)):
        raise TemplateLimit(f"a number given to {name} is at most {LARGEST_NUMBER:,}")
    elif name == "replace" and len(args) >= 2:
        _check_replaced(owner, args[0], args[1])
    elif name == "join" and args:
        _check_characters(_length(args[0]) * len(owner))


def _check_replaced(text: str, old: Any, new: Any) -> None:
    if isinstance(old, str) and isinstance(new, str):
        _check_characters(len(text) + text.count(old) * len(new))


def _length(values: Any) -> int:
    return len(values) if hasattr(values, "__len__") else MOST_VALUES


@pass_environment
def _join(environment: Any, values: Iterable[Any], separator: str = "", attribute: Any = None) -> str:
    """jinja2's `join`, which looks at the size as it goes."""
    if attribute is not None:
        values = map(make_attrgetter(environment, attribute), values)
    pieces = chain.from_iterable((separator, v) for v in values)
    next(pieces, None)  # no separator before the first
    return _join_bounded(pieces)


def _bound_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter with its arguments and its value looked at; jinja2's marks on it are kept."""
    leading = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def call_bounded(*args: Any, **kwargs: Any) -> Any:
        _step()
        value, more = args[leading : leading + 1], (*args[leading + 1 :], *kwargs.values())
        _check_arguments(value, {})
        _check_arguments(more, {})
        if name in _PADS and any(map(_is_large, more)):
            raise TemplateLimit(f"a number given to {name} is at most {LARGEST_NUMBER:,}")
        if value:
            _check_growth(name, value[0], more)
        return weigh(function(*args, **kwargs))

    return call_bounded


def _check_growth(name: str, value: Any, more: Sequence[Any]) -> None:
    text = value if isinstance(value, str) else ""
    if name == "replace" and len(more) >= 2:
        _check_replaced(text, more[0], more[1])
    elif name == "format":
        _check_format(text, more)
    elif name == "sum" and any(isinstance(m, (list, tuple)) for m in more):
        raise TemplateLimit("sum adds numbers alone")
    elif name in ("indent", "wordwrap"):
        widths = [len(m) if isinstance(m, str) else m for m in more if isinstance(m, (str, int))]
        longest = max([4, *widths]) if name == "indent" else max(map(_text_length, more), default=1)
        lines = len(text) if name == "wordwrap" else text.count("\n") + 1
        _check_characters(len(text) + lines * longest)
    elif name == "tojson":
        widths = [m for m in more if isinstance(m, int)]
        _check_characters(_depth_times_values(value) * max(widths, default=0))


def _text_length(value: Any) -> int:
    return len(value) if isinstance(value, str) else 0


def _depth_times_values(value: Any) -> int:
    """At most so many indents stand in the value's JSON text: each value's depth, summed."""
    total = 0
    left = [(value, 1)]
    while left:
        at, depth = left.pop()
        total += depth
        if isinstance(at, Mapping):
            left.extend((v, depth + 1) for v in at.values())
        elif isinstance(at, (list, tuple)):
            left.extend((v, depth + 1) for v in at)
    return total
