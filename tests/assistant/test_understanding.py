"""What is taken for a question: words and slips of them; and what is not, above all nothing that is near a word of consent."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos.assistant.answers import _MEANINGS
from pos.assistant.intents import INTENTS
from pos.assistant.understanding import CONSENT, understand
from pos.messaging import keywords

SLIPS = {
    "points": "pionts ponts poinst oints pointd poits pointss piints POITNS p0ints pooooints point Póints",
    "balance": "balence balnce blance ballance balace balanse",
    "puntos": "pntos puntso punto putnos puntoss puntis",
    "saldo": "sald saldi slado",
    "orders": "oders ordres order ordesr orderss",
    "pedidos": "pedidso pedido peddos pedidoz",
    "status": "statsu satus staus statis",
    "estado": "esatdo estdo esado",
    "pay": "pya payy paay ppay",
    "pagar": "pagr paagr pagarr",
    "join": "jion joni joinn jooin",
    "unirme": "uinrme unirm unirne",
    "rewards": "rewrads reward rewads rewars rewardz",
    "premios": "premois premio premos",
    "hours": "huors hour hurs hoours",
    "horario": "horaro horairo orario",
    "menu": "meun mneu menuu menus mennu",
    "espanol": "espanl spanol",
    "english": "englsih inglish",
}
UNDERSTOOD = [(slip, word) for word, slips in SLIPS.items() for slip in slips.split()]
NEAR_CONSENT = (
    "stopp strat hepl yess STOP sotp stpo strt sart elp hlep halp yse yep ye qit quitt cancle canel unsubscibe ned edn eend "
    "infi inof parar paarr alta alt basta baj ayda ayuda no nope opt-out"
)
OTHER_WORDS = (
    "pints yours house horse john joan coin joint men many day say play may towards regards juntos salgo caldo estando "
    "records promos premium vanish spinach payroll order66 p pa po ok thanks 👍 ? !!! 12345 gracias hola"
)
LEFT_ALONE = [
    *NEAR_CONSENT.split(),
    *OTHER_WORDS.split(),
    # More than one question, or none.
    "points and orders",
    "menu hours",
    "mis puntos y mis pedidos",
    "is the kitchen still serving",
    "best regards, Ada",
    "two pints for the table",
    "I want to order a pizza",
    "see you at the house",
    # Somebody else's, or about opting out.
    "points for 415 555 0132",
    "points for ada@example.com",
    "puntos de +14155550199",
    "points for ４１５ ５５５ ０１３２",
    "stop sending me points",
    "cancel my orders",
    "unsubscribe from rewards",
    "basta de premios",
    "points " * 60,
]
SENTENCES = {
    "how many points do I have": "points",
    "How many points do I have?!": "points",
    "mis puntos por favor": "puntos",
    "¿cuántos puntos tengo?": "puntos",
    "what is my balance, how many points": "balance",
    "show me my pionts please": "points",
    "can I pay now?": "pay",
    "quiero pagar": "pagar",
    "what are your hours today": "hours",
    "what's on the menu": "menu",
    "cuál es el horario": "horario",
    "what's the status of my order": "status",
    "hi! rewards?": "rewards",
    "S A L D O": "saldo",
    "ＰＯＩＮＴＳ": "points",
    "MENÚ": "menu",
    "en español por favor": "espanol",
}


@pytest.mark.parametrize(("text", "word"), UNDERSTOOD)
def test_understand_takes_slips(text: str, word: str) -> None:
    # when
    found = understand(text, _MEANINGS)
    # then
    assert found is not None
    assert _MEANINGS[found.word] == _MEANINGS[word]
    assert found.is_slip == (text not in ("p0ints", "pooooints", "Póints"))


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_understand_leaves_alone(text: str) -> None:
    assert understand(text, _MEANINGS) is None


@pytest.mark.parametrize(("text", "word"), SENTENCES.items())
def test_understand_finds_the_one_word_of_a_sentence(text: str, word: str) -> None:
    # when
    found = understand(text, _MEANINGS)
    # then
    assert found is not None
    assert _MEANINGS[found.word] == _MEANINGS[word]


def test_tables_are_long_enough() -> None:
    assert len(UNDERSTOOD) >= 60
    assert len(LEFT_ALONE) >= 40


def test_words_of_consent_are_none_of_ours() -> None:
    # Each word that keywords reads alone is guarded here, and none of ours means consent.
    assert {word for word in CONSENT if keywords.meaning(word) is None} == {"no"}
    assert all(keywords.meaning(word) is None for word in _MEANINGS)
    assert not CONSENT & set(_MEANINGS)


def test_every_word_stands_for_one_intent() -> None:
    words = [(word, intent) for intent in INTENTS for word in {w for words in intent.words.values() for w in words}]
    assert len(words) == len(_MEANINGS)


@given(
    st.one_of(
        st.text(max_size=400), st.lists(st.sampled_from([*_MEANINGS, *CONSENT, "\ud800", "\0", "０"])).map(" ".join)
    )
)
@settings(max_examples=300)
def test_understand_bears_anything(text: str) -> None:
    # when
    begun = time.perf_counter()
    found = understand(text, _MEANINGS)
    # then
    assert time.perf_counter() - begun < 0.05
    assert found is None or found.word in _MEANINGS
