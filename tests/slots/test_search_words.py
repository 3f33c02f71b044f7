"""How text becomes search words: folding, synonyms, the unfinished last word."""

import pytest

from marketplace.slots.search import Word, fold, read_query, slug, words


def test_folding_keeps_letters_and_digits_only():
    assert fold("  Peña's ICD-10-CM/PCS ") == "pena s icd 10 cm pcs"
    assert slug("Oracle Health (Cerner)") == "oracle-health-cerner"


@pytest.mark.parametrize(
    ("typed", "indexed"),
    [
        ("HIM ", "Medical records helper"),
        ("HIT ", "Health Information Management"),
        ("medical records ", "Health information technology practicum"),
        ("release of information ", "ROI desk"),
        ("roi ", "Release of information"),
        ("EMR ", "Electronic health record training"),
        ("coder ", "Clinical coding"),
        ("Cerner ", "Oracle Health"),
    ],
)
def test_one_thing_is_found_by_each_of_its_names(typed, indexed):
    assert all(word.terms & words(indexed) for word in read_query(typed))


def test_only_the_last_word_may_be_unfinished():
    assert read_query("riverside cod") == [
        Word(frozenset({"riverside"})),
        Word(frozenset({"cod"}), prefix="cod"),
    ]
    assert read_query("cod ") == [Word(frozenset({"cod"}))]


def test_a_phrase_read_as_one_word_is_finished():
    assert read_query("release of information") == [Word(frozenset({"roi"}))]


def test_words_that_say_nothing_are_left_out_and_long_input_is_bounded():
    assert read_query("the of and") == []
    assert read_query("!!! ---") == []
    assert len(read_query(" ".join(f"word{n}" for n in range(500)))) <= 8
