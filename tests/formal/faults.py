"""Faults planted in the source text of a block, for as long as a proof is tried."""

import inspect
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager

_PLAIN = (int, str, tuple, type(None))


@contextmanager
def planted(module: str, old: str, new: str) -> Iterator[None]:
    """Within, ``old``, which is there once in the text of ``module``, reads ``new``.

    Functions get the code of the changed text, classes and the module its constants, so that
    whoever has imported them has the fault.
    """
    original = sys.modules[module]
    text = inspect.getsource(original)
    if text.count(old) != 1:
        raise ValueError(f"{module}: {old!r} is there {text.count(old)} times, expected once")
    changed = types.ModuleType(module)
    changed.__dict__["__file__"] = original.__file__
    exec(compile(text.replace(old, new), original.__file__, "exec"), changed.__dict__)
    undo = []
    try:
        _take_over(vars(original), vars(changed), module, undo)
        yield
    finally:
        for put_back in reversed(undo):
            put_back()


def _take_over(old: dict, new: dict, module: str, undo: list, owner=None) -> None:
    for name, value in list(old.items()):
        other = new.get(name)
        if name.startswith("__") and not callable(value):
            continue
        for mine, its in _functions(value, other):
            if mine.__module__ == module and mine.__code__ != its.__code__:
                undo.append(lambda f=mine, code=mine.__code__: setattr(f, "__code__", code))
                mine.__code__ = its.__code__
        if inspect.isclass(value) and value.__module__ == module and inspect.isclass(other):
            _take_over(dict(vars(value)), vars(other), module, undo, value)
        elif isinstance(value, _PLAIN) and isinstance(other, _PLAIN) and value != other:
            place = owner or sys.modules[module]
            undo.append(lambda p=place, n=name, v=value: setattr(p, n, v))
            setattr(place, name, other)


def _functions(value, other):
    """Pairs of functions in an attribute of both texts."""
    if isinstance(value, staticmethod | classmethod) and isinstance(other, type(value)):
        value, other = value.__func__, other.__func__
    if isinstance(value, property) and isinstance(other, property):
        yield value.fget, other.fget
    elif hasattr(value, "func") and hasattr(other, "func"):  # cached_property
        yield value.func, other.func
    elif inspect.isfunction(value) and inspect.isfunction(other):
        yield value, other
