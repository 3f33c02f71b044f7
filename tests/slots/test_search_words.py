"""How text becomes search words: folding, synonyms, the unfinished last word."""

import pytest

from marketplace.words import Word, fold, read_query, slug, words


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
    assert all((word.terms | word.also) & words(indexed) for word in read_query(typed))


def test_only_the_last_word_may_be_unfinished():
    assert read_query("riverside cod") == [
        Word(frozenset({"riverside"}), typed="riverside"),
        Word(frozenset({"cod"}), prefix="cod", typed="cod"),
    ]
    assert read_query("cod ") == [Word(frozenset({"cod"}), typed="cod")]


def test_what_is_typed_counts_before_what_is_related():
    (word,) = read_query("CCS-P ")
    assert word.terms == {"ccsp"} and "coding" in word.also
    (word,) = read_query("registries ")
    assert word.terms == {"registries", "registry"} and "registrar" in word.also


def test_a_phrase_read_as_one_word_is_finished():
    (word,) = read_query("release of information")
    assert word == Word(frozenset({"roi"}), typed="release of information")


def test_words_that_say_nothing_are_left_out_and_long_input_is_bounded():
    assert read_query("the of and") == []
    assert read_query("!!! ---") == []
    assert len(read_query(" ".join(f"word{n}" for n in range(500)))) <= 8
