"""What texts say about consent: every form of no that people find, and none of what only sounds like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos.messaging.keywords import MOST, Meaning, is_providers, meaning
from pos.messaging.opt_outs import is_opt_out
from pos.messaging.plain import words

STOP = (
    "STOP",
    "stop",
    "Stop",
    "sToP",
    " stop ",
    "stop\n",
    "\tSTOP\r\n",
    "STOP.",
    "STOP!!!",
    "stop?",
    "*STOP*",
    '"STOP"',
    "“Stop”",
    "'stop'",
    "(stop)",
    "-stop-",
    "_stop_",
    ">stop",
    "stop 🛑",
    "🛑🛑 STOP 🛑🛑",
    "STOP 😡🖕🏽",
    "STOP ❤️",
    "STOP 🇲🇽",
    "STOP ™️",
    "S T O P",
    "s.t.o.p",
    "S-T-O-P.",
    "S  T  O  P",
    "(s)(t)(o)(p)",
    "ST0P",
    "st0p",
    "ЅТОР",
    "ѕтор",
    "SТOP",
    "ՏΤՕΡ",
    "ＳＴＯＰ",
    "ｓｔｏｐ",
    "𝐒𝐓𝐎𝐏",
    "𝓈𝓉ℴ𝓅",
    "𝕤𝕥𝕠𝕡",
    "ⓈⓉⓄⓅ",
    "🅂🅃🄾🄿",
    "🅢🅣🅞🅟",
    "ꜱᴛᴏᴘ",
    "st\u200bop",
    "\u200eSTOP\u200f",
    "\ufeffSTOP",
    "STOP\u00a0",
    "s\u0336t\u0336o\u0336p\u0336",
    "ſtop",
    "stöp",
    "STOPALL",
    "Stop All",
    "stop all.",
    "UNSUBSCRIBE",
    "Unsubscribe!",
    "END",
    "end.",
    "QUIT",
    "CANCEL",
    "Cancel.",
    "REVOKE",
    "OPTOUT",
    "OPT OUT",
    "opt-out",
    "Opt–Out",
    "stop stop stop",
    "STOP! STOP!",
    "STOP " * 6,
    "stop " * 2000,
    "STOP" + " " * 250,
    "Stop" + "!" * 250,
    "Stop.\n\nSent from my phone",
    "STOP -- Jane",
)
STOP_IN_WORDS = (
    "STOP TEXTING ME OR I WILL SUE",
    "Stop texting me you idiots",
    "Please stop messaging us, we moved away and my wife has a new phone",
    "quiero que paren",
    "pls stop",
    "please stop",
    "Please STOP!",
    "stop please",
    "STOP PLS 🙏",
    "stop thanks",
    "ok stop",
    "stop now",
    "just stop",
    "I said stop",
    "i said STOP!!!",
    "stop, unsubscribe",
    "stop cancel end",
    "please cancel",
    "cancel please",
    "stop it",
    "Stop it already",
    "stop this",
    "stop texting",
    "please stop texting me",
    "Stop texting me.",
    "stop fucking texting me",
    "quit texting me",
    "stop messaging this number",
    "stop contacting me please",
    "Stop spamming me",
    "stop bothering me",
    "stop sending me messages",
    "stop sending messages to this number",
    "stop sending me these texts",
    "stop sending",
    "stop sending me stuff",
    "can you stop texting me please?",
    "could you please stop sending me promotional messages",
    "stop texts",
    "stop sms",
    "stop msgs",
    "Stop all texts",
    "stop the messages",
    "stop these texts please",
    "stop with the texts",
    "stop promotions",
    "stop all marketing messages",
    "cancel texts",
    "cancel my subscription",
    "end all messages",
    "stop to opt out",
    "Reply STOP to unsubscribe",
    "STOP to end",
    "text stop",
    "who is this? stop texting me",
    "unsubscribe me",
    "please unsubscribe",
    "Unsubscribe me from this list",
    "unsub",
    "I want to unsubscribe",
    "how do I unsubscribe?",
    "How do I stop these texts?",
    "how can i opt out",
    "opt me out",
    "please opt me out of all texts",
    "I'd like to opt out",
    "I am opting out",
    "opt out of texts",
    "remove me",
    "Remove me please",
    "remove me from your list",
    "remove my number",
    "please delete my number",
    "remove this number from your list",
    "take me off your list",
    "Take me off this list!!",
    "take me off the mailing list please",
    "get me off your list",
    "lose my number",
    "do not text me",
    "don't text me again",
    "Don’t text me anymore",
    "dont text me any more",
    "don´t message me",
    "DO NOT CONTACT ME",
    "do not call or text",
    "never text me again",
    "please don't send me any more messages",
    "don't send me texts",
    "no more",
    "no more texts",
    "No more messages please",
    "no more texts from you",
    "no texts please",
    "no spam",
    "I don't want these texts",
    "i do not want to receive messages",
    "I no longer want to receive texts",
    "i revoke my consent",
    "I withdraw consent",
    "leave me alone",
    "Leave me alone!! 😤",
    "go away",
    "wrong number",
    "Sorry, wrong number",
    "you have the wrong number",
    "I think you've got the wrong number",
    "stop texting me, you have the wrong number",
    "stop. remove me from your list",
    "STOP\nleave me alone",
    "yes, stop",
    "No. Stop.",
    "No! Stop texting me",
    "Not interested, please stop",
    "I'm no longer interested. Remove me from your list",
    "I never signed up for this, stop texting me",
    "stop sending me this crap",
    "Please take my number off your contact list",
    "don't ever text me again",
    "cease and desist",
    "no más",
    "no mas",
    "NO MÁS!",
    "no mas mensajes",
    "No más mensajes por favor",
    "ya no mas textos",
    "no quiero mas mensajes",
    "No quiero recibir más mensajes",
    "ya no quiero recibir mensajes de texto",
    "no me envíen más mensajes",
    "no me manden mensajes",
    "ya no me escriban",
    "no me molesten más",
    "no me llamen",
    "no molestar",
    "no molesten",
    "no quiero que me manden mensajes",
    "no deseo recibir publicidad",
    "detener",
    "no enviar más mensajes",
    "basta",
    "¡Basta ya!",
    "basta de mensajes",
    "alto",
    "ALTO!",
    "alto a los mensajes",
    "parar",
    "paren ya",
    "pare por favor",
    "paren de mandar mensajes",
    "dejen de molestar",
    "deje de enviarme mensajes por favor",
    "dejen de escribirme",
    "déjenme en paz",
    "stop por favor",
    "stop mensajes",
    "cancelar",
    "cancelar por favor",
    "cancelar suscripción",
    "cancelen los mensajes",
    "baja",
    "BAJA.",
    "dar de baja",
    "Darme de baja",
    "quiero darme de baja",
    "denme de baja por favor",
    "me pueden dar de baja?",
    "dar de baja mi número",
    "darme de baja de la lista",
    "quítenme de la lista",
    "bórrame de su lista",
    "elimíname",
    "borren mi número",
    "desuscribirme",
    "número equivocado",
    "Este es el numero equivocado",
    "tiene el número equivocado",
    "se equivocó de número",
)
NOTHING = (
    "",
    " ",
    "🛑",
    "...",
    "is there a bus stop near you",
    "non-stop music tonight?",
    "nonstop",
    "don't stop!",
    "please don't stop",
    "dont stop texting me",
    "can I cancel my order",
    "cancel my order",
    "please cancel my order",
    "can you cancel?",
    "I want to cancel",
    "how do I cancel",
    "cancel the 2nd taco",
    "cancel my membership",
    "stop by tomorrow?",
    "I will stop by at 5",
    "can I stop in today",
    "will you stop today",
    "stopped by, you were closed",
    "what time do you stop serving",
    "where is the next stop",
    "stop sign on Main St?",
    "the stop was great",
    "unstoppable",
    "stopwatch",
    "ship to the stop and shop",
    "stop sending my order to the old address",
    "when does happy hour end",
    "end of the month?",
    "does the deal end today",
    "weekend",
    "the end",
    "I quit my job lol",
    "quit smoking, so no ashtray",
    "can I opt out of olives",
    "opt out of the raffle",
    "remove the onions",
    "remove me from the 7pm booking",
    "take me off the schedule",
    "take the fries off",
    "leave it at the door",
    "leave me a table",
    "don't text me the receipt, email it",
    "do not call, text me",
    "text me",
    "text me when it's ready",
    "send me messages",
    "no",
    "No.",
    "nope",
    "no thanks",
    "no thank you",
    "no more onions please",
    "no more than 5 people",
    "I don't want anything else",
    "not interested",
    "wrong order",
    "no text",
    "count me out",
    "cancel it",
    "yes cancel",
    "wait stop i need to change my order",
    "please stop my order",
    "stop it lol",
    "can't stop won't stop",
    "I never got a text",
    "delete my account",
    "take me off the waitlist",
    "new phone who dis",
    "no me manden salsa",
    "me dieron el numero equivocado de tacos",
    "dejen la puerta abierta",
    "ya no",
    "wrong item in the bag",
    "you wrote the wrong number of tacos",
    "ok",
    "thanks!",
    "please",
    "yes but can you change the pickup",
    "start time?",
    "when do you start",
    "alta calidad",
    "alto precio",
    "baja el precio?",
    "no parar",
    "no cancelar",
    "para llevar",
    "para mi",
    "no mas cebolla",
    "ya no quiero tacos",
    "no quiero nada mas",
    "quiero cancelar mi pedido",
    "cancelar mi orden",
    "me manden dos",
    "déjenme dos tacos",
    "basta con dos",
    "si no hay queso",
    "can you help me with my order?",
    "help me pick a cake",
    "what info do you need",
    "information?",
    "POINTS",
    "orders",
    "стоп",
    "停",
    "stop 停",
    "stop 5",
    "2 stops",
    "STOP " + "x" * 200,
)
START = ("START", "start", "Start!", "ѕtаrt", "UNSTOP", "un\u200bstop", "comenzar", "EMPEZAR", "Alta", "S T A R T")
YES = (
    "YES",
    "yes",
    "Yes!",
    "y",
    "Y.",
    "SI",
    "sí",
    "Sí!!",
    "¡Sí!",
    "yes please",
    "YES, PLEASE 🙏",
    "si, por favor",
    "ＹＥＳ",
    "Y E S",
    "УЕЅ",
)
HELP = ("HELP", "help!", "Help?", "INFO", "info.", "AYUDA", "¿Ayuda?", "🆘 help", "help please", "ΗΕLΡ")

KEYWORDS: dict[str, Meaning] = {
    **dict.fromkeys(
        ("stop", "unsubscribe", "end", "quit", "stopall", "stop all", "revoke", "optout", "opt out", "cancel"), "stop"
    ),
    **dict.fromkeys(("start", "unstop", "comenzar", "empezar", "alta"), "start"),
    **dict.fromkeys(("yes", "si", "sí", "yes please"), "yes"),
    **dict.fromkeys(("help", "info", "ayuda"), "help"),
    **dict.fromkeys(
        ("no más", "no mas mensajes", "basta", "please stop texting me", "wrong number", "dar de baja"), "stop_in_words"
    ),
}
dressing = st.text(
    st.sampled_from(" \t\n.,;:!?-–—*\"'()[]…¡¿“”\u200b\u200e\ufeff\u00a0🛑😡❤️🙏👍🏽🇺🇸👨‍👩‍👧"), max_size=20
)


@st.composite
def dressed(draw: st.DrawFn) -> tuple[str, Meaning]:
    """A keyword in any mixture of cases, among signs that say nothing."""
    keyword = draw(st.sampled_from(sorted(KEYWORDS)))
    cased = "".join(sign.upper() if draw(st.booleans()) else sign for sign in keyword)
    spaced = cased.replace(" ", draw(st.sampled_from((" ", "  ", "\n", "\u00a0", ", ", " - ", "... "))))
    return draw(dressing) + spaced + draw(dressing), KEYWORDS[keyword]


@pytest.mark.parametrize("body", STOP)
def test_meaning_of_the_words_of_the_law_is_stop(body: str) -> None:
    assert meaning(body) == "stop"


@pytest.mark.parametrize("body", STOP_IN_WORDS)
def test_meaning_of_a_no_in_other_words_is_stop_too(body: str) -> None:
    assert meaning(body) == "stop_in_words"
    assert not is_providers(body)


@pytest.mark.parametrize("body", NOTHING)
def test_meaning_of_anything_else_is_none(body: str) -> None:
    assert meaning(body) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [(body, said) for bodies, said in ((START, "start"), (YES, "yes"), (HELP, "help")) for body in bodies],
)
def test_meaning_of_the_other_keywords_is_theirs(body: str, said: str) -> None:
    assert meaning(body) == said


@pytest.mark.parametrize(
    ("body", "providers"),
    [
        *(
            (body, True)
            for body in (
                "STOP",
                "stop",
                " Stop\n",
                "UNSUBSCRIBE",
                "end",
                "Quit",
                "STOPALL",
                "revoke",
                "optout",
                "CANCEL",
            )
        ),
        *((body, True) for body in ("START", "unstop ")),
        *(
            (body, False)
            for body in (
                "STOP.",
                "STOP ALL",
                "opt out",
                "opt-out",
                "s t o p",
                "ST0P",
                "ЅТОР",
                "ſtop",
                "ＳＴＯＰ",
                "stop\u200b",
            )
        ),
        *((body, False) for body in ("YES", "HELP", "INFO", "please stop", "baja", "", "alta", "stop\u00a0")),
    ],
)
def test_is_providers_knows_what_twilio_answers(body: str, providers: bool) -> None:
    assert is_providers(body) is providers


@given(dressed())
def test_meaning_does_not_depend_on_dress(body_and_meaning: tuple[str, Meaning]) -> None:
    body, said = body_and_meaning

    assert meaning(body) == said


@given(st.text(max_size=250))
def test_meaning_bears_any_text(body: str) -> None:
    said = meaning(body)

    assert said is None or len(body) <= MOST
    assert not is_providers(body) or said in {"stop", "start"}


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_words_of_any_text_are_plain_and_stay(text: str) -> None:
    said = words(text)

    assert said == " ".join(said.split())
    assert said == said.casefold()
    assert words(said) == said


@pytest.mark.parametrize(
    "body",
    [
        "please " * 1500,
        "ya no me mandes mas mensajes mas " * 300,
        "a" * 10_000,
        " " * 10_000,
        "s t o p " * 1250,
        "\u0301" * 10_000,
    ],
)
def test_meaning_of_a_long_text_is_none_at_once(body: str) -> None:
    began = time.monotonic()

    assert meaning(body) is None
    assert not is_providers(body)
    assert time.monotonic() - began < 0.1


@pytest.mark.parametrize(
    "phrase",
    [
        "stop",
        "stop all",
        "please",
        "ok please ya guys",
        "stop it now",
        "no mas",
        "ya no me mandes mas mensajes mas",
        "stop sending me texts to me",
        "stop these texts from all your text list",
        "do not text me",
        "dar de baja de mensajes de texto",
        "cancel end quit",
        "y",
    ],
)
def test_words_over_and_over_are_read_at_once(phrase: str) -> None:
    is_opt_out("stop")
    said = " ".join([phrase] * 1000)[:10_000] + " x"

    began = time.monotonic()

    assert not is_opt_out(said)
    assert words(said)
    assert time.monotonic() - began < 1
