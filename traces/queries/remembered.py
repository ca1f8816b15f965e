"""What small tables say is asked once for a search, however many pieces of its SQL need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Params = ParamSpec("Params")
Result = TypeVar("Result")
_memory: ContextVar[dict[Any, Any] | None] = ContextVar("memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Until its end the same question has the same answer."""
    token = _memory.set({} if (memory := _memory.get()) is None else memory)
    try:
        yield
    finally:
        _memory.reset(token)


def remembered(function: Callable[Params, Result]) -> Callable[Params, Result]:
    """Of arguments that can be looked up; asked each time where nobody remembers."""

    @wraps(function)
    def answer(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        memory = _memory.get()
        if memory is None:
            return function(*args, **kwargs)
        key = function, args, tuple(kwargs.items())
        if key not in memory:
            memory[key] = function(*args, **kwargs)
        found: Result = memory[key]
        return found

    return answer
