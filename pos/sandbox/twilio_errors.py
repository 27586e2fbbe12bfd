"""Twilio's refusals, in its envelope. The codes are Twilio's: https://www.twilio.com/docs/api/errors."""

from typing import Any

_SAID = {
    20001: (400, "Invalid parameter: {}"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource {} was not found"),
    20429: (429, "Too Many Requests (ordered fault)"),
    20500: (500, "An internal server error has occurred (ordered fault)"),
    21211: (400, "Invalid 'To' Phone Number: {}"),
    21212: (400, "Invalid From Number (caller ID): {}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number provided ({}) is not a valid message-capable Twilio phone number for this destination."),
    21609: (400, "The 'StatusCallback' URL {} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number: {}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    30409: (400, "Message cannot be cancelled, since it is {}"),
}  # fmt: skip


class TwilioError(Exception):
    """A refusal by its code; `detail` is what the sentence names."""

    def __init__(self, code: int, detail: str = "") -> None:
        self.code = code
        self.status, sentence = _SAID[code]
        self.message = sentence.format(detail[:200])
        super().__init__(self.message)

    def envelope(self) -> dict[str, Any]:
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
