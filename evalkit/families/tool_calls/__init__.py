"""The family `tool_calls`: which tools to call, how often, with which arguments, or none at all."""

from evalkit.families.tool_calls.family import ToolCalls
from evalkit.families.tool_calls.parsers import BrokenCallsError, CallParser

__all__ = ["BrokenCallsError", "CallParser", "ToolCalls"]
