"""Reads TwiML, the answer to a text that came in: the texts that Twilio is to send back."""

from xml.parsers import expat

_KNOWN = {"Response": (), "Message": ("action",)}


class TwimlError(Exception):
    """The answer is not TwiML, or asks for what the sandbox does not know."""


def texts(answered: str) -> list[tuple[str, str | None]]:
    """Each text of an answer with the address to which its status is told; none of an empty answer. Raises TwimlError."""
    if not answered.strip():
        return []
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.opened, reader.closed
    parser.CharacterDataHandler = reader.said
    # Entities could grow without end, or name files.
    parser.StartDoctypeDeclHandler = reader.declared
    try:
        parser.Parse(answered.encode(), True)
    except expat.ExpatError as error:
        raise TwimlError(f"not XML: {error}") from None
    if not all(body.strip() for body, _ in reader.texts):
        raise TwimlError("a <Message> is empty")
    return reader.texts


class _Reader:
    """What the parser finds: a Response with Messages."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str | None]] = []
        self._open: list[str] = []

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        if [*self._open, name] not in (["Response"], ["Response", "Message"]):
            raise TwimlError(f"<{name}> is not known here")
        unknown = sorted(set(attributes) - set(_KNOWN[name]))
        if unknown:
            raise TwimlError(f"<{name} {unknown[0]}> is not known")
        self._open.append(name)
        if name == "Message":
            self.texts.append(("", attributes.get("action")))

    def closed(self, _name: str) -> None:
        self._open.pop()

    def said(self, text: str) -> None:
        if self._open[-1] == "Message":
            body, action = self.texts[-1]
            self.texts[-1] = (body + text, action)
        elif text.strip():
            raise TwimlError("there is text outside of a <Message>")

    def declared(self, *_: object) -> None:
        raise TwimlError("a DOCTYPE is not taken")
