"""What is read of TwiML, and what is not."""

import pytest

from pos.sandbox.twiml import TwimlError, texts


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("", []),
        (" \n", []),
        ("<Response/>", []),
        ('<?xml version="1.0" encoding="UTF-8"?>\n<Response> <Message>Hi</Message>\n</Response>', [("Hi", None)]),
        (
            '<Response><Message action="/s?a=1&amp;b=2">A &lt; B &#9749;</Message></Response>',
            [("A < B ☕", "/s?a=1&b=2")],
        ),
        ("<Response><Message>1</Message><Message>2</Message></Response>", [("1", None), ("2", None)]),
        ("<Response><Message><![CDATA[<b>]]> שלום</Message></Response>", [("<b> שלום", None)]),
    ],
)
def test_texts_are_read(answer: str, found: list[tuple[str, str | None]]) -> None:
    assert texts(answer) == found


@pytest.mark.parametrize(
    "answer",
    [
        "hello",
        "<Response>",
        "<Response>hello</Response>",
        "<Message>hello</Message>",
        "<Response><Message/></Response>",
        "<Response><Message><Body>hello</Body></Message></Response>",
        '<Response><Message to="+1">hello</Message></Response>',
        "<Response><Redirect>/x</Redirect></Response>",
        '<!DOCTYPE Response [<!ENTITY a "aaaa">]><Response><Message>&a;</Message></Response>',
        "<Response><Message>&amp</Message></Response>",
        "<html><body>Internal Server Error</body></html>",
    ],
)
def test_what_is_not_known_is_refused(answer: str) -> None:
    with pytest.raises(TwimlError):
        texts(answer)
