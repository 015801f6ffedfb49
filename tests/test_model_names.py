"""What names may be, how text of unknown origin is shown, and JSON of unknown origin."""

import pickle

import pytest

from model.errors import InputError
from model.json_text import parse_json
from model.names import (
    LONGEST_NAME,
    checked_file_name,
    checked_identifier,
    checked_name,
    name_of_file,
)
from model.printable import LONGEST_LINE, in_comment, one_line

GOOD = ["a", "wifi_1296_r34", "my code (v2)", "Hamming [7,4]", "π/2".replace("/", "_"), "x" * 64]
BAD = [
    "", " a", "a ", "x" * 65, "a\nb", "a\rb", "a\tb", "a\0b", "a\x1b[0m", "a\x7f", "a\x85b",
    "a\u2028b", "a\u202eb", "a\ud800", "a/b", "a\\b", 'a"b', "a'b", "a`b", "$(a)", "a;b", "a|b",
    "a<b", "a>b", "a&b", "a{b", "../a", "a..b", "*/ a /*", None, 1, True, ["a"], {"a": 1}, b"a",
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_names_for_people(name):
    assert checked_name("place", name) == name
    assert name_of_file(f"folder/{name}.alist") == name


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_name(name):
    for check in (checked_name, checked_identifier, checked_file_name):
        with pytest.raises(InputError, match="place") as caught:
            check("place", name)
        assert str(caught.value).isprintable() and len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["x" * 65, "4ever", "a b", "a-b", "ä", "module", "wire", "int"])
def test_what_is_no_identifier(name):
    with pytest.raises(InputError, match="place"):
        checked_identifier("place", name)


@pytest.mark.parametrize("name", [".hidden", "-option", "..", "."])
def test_what_is_no_file_beside_the_document(name):
    with pytest.raises(InputError, match="place"):
        checked_file_name("place", name)


@pytest.mark.parametrize("stem", [each for each in BAD if isinstance(each, str)])
def test_every_file_has_a_name(stem):
    name = name_of_file(stem)
    assert checked_name("name", name) == name


def test_one_line_shows_what_cannot_be_printed():
    assert one_line("plain ä") == "plain ä"
    assert one_line("a\nb\x1b[2J\0\ud800") == r"a\nb\x1b[2J\x00\ud800"
    for text in ("x" * 10_000, "\n" * 10_000, "\ud800" * 599):
        shown = one_line(text)
        assert shown.isprintable() and len(shown) <= LONGEST_LINE
    error = InputError("file: 'a\nb'")
    assert str(error) == r"file: 'a\nb'"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("text", ["a\nb", "a\\", "a*/b", "/* a", "a\\\n", "a??/", "**//", "*\\/"])
def test_nothing_ends_a_comment(text):
    shown = in_comment(text)
    assert "\n" not in shown and not shown.endswith("\\") and "*/" not in shown
    assert "/*" not in shown and "??" not in shown


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1 column 1"),
        ("{\n oops}", "line 2 column 2"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 401 + "}", "a number of 401 digits"),
        ('{"a": 1, "a": 2}', "key 'a' is there twice"),
        (r'{"a": "\ud800"}', "surrogate"),
        (r'{"\udc00": 1}', "surrogate"),
        (r'[[{"a": ["\ud800\ud800"]}]]', "surrogate"),
    ],
)
def test_json_that_is_refused(text, fault):
    with pytest.raises(InputError, match=fault) as caught:
        parse_json(text, "my.json")
    assert str(caught.value).startswith("my.json: ") and str(caught.value).isprintable()


def test_json_that_is_read():
    assert parse_json(r'{"a": [1, 2.5, null, "\ud83d\ude00", "\\ud800"]}', "x") == {
        "a": [1, 2.5, None, "\U0001f600", "\\ud800"]
    }
    assert LONGEST_NAME == 64
