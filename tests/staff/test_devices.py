"""What a browser calls itself, in words."""

import pytest

from pos.staff.devices import in_words

ENGINE = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {ENGINE} Safari/537.36 Edg/141.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {ENGINE} Safari/537.36", "Chrome on Chrome OS"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {ENGINE} Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/19.0 Safari/605.1.15", "Safari on Mac"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {APPLE} CriOS/141 Mobile/15E148", "Chrome on iPhone"),
        (f"Mozilla/5.0 (Linux; U) {APPLE}", "a browser on Linux"),
        ("curl/8.14.1", "a program"),
        ("", "a program"),
        ("x" * 10_000 + " Firefox/1", "a program"),
        ("<script>alert(1)</script> Firefox/1", "Firefox"),
    ],
)
def test_browser_in_words(user_agent: str, words: str) -> None:
    assert in_words(user_agent) == words
