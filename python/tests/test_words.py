import pytest

from pytest_no_growth import words


@pytest.mark.parametrize(
    ("text", "number"),
    [("512", 512), (512, 512), ("1 B", 1), ("1 KiB", 1024), ("1.5kib", 1536), ("2 MB", 2_000_000), (0, 0)],
)
def test_a_size_is_read_as_people_write_it(text, number):
    assert words.size(text) == number


@pytest.mark.parametrize("text", ["", "much", "1 K", "-1", "1 KiB 2", True, None, float("nan"), float("inf")])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="is no size"):
        words.size(text)


def test_bytes_have_the_digits_that_matter():
    shown = [words.byte_count(number) for number in (0.5, 25.44, 1138, 9999, 12_000, 1 << 20, 3 << 40)]
    assert shown == ["0.5 B", "25.4 B", "1,138 B", "9,999 B", "11.7 KiB", "1 MiB", "3.07e+03 GiB"]


def test_one_is_singular_and_parts_are_not():
    shown = [words.plural(number, "child", "children") for number in (1, 0.998, 2, 0.25, 1.5)]
    assert shown == ["1 child", "1 child", "2 children", "0.25 children", "1.5 children"]


def test_numbers_are_listed_as_in_a_sentence():
    assert words.listed([10, 100, 1000]) == "10, 100 and 1,000"
    assert words.listed([7]) == "7"
