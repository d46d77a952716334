"""Which content codings a client takes (RFC 9110, 12.5.3)."""


def accepted_codings(header: str) -> frozenset[str]:
    """The codings of an Accept-Encoding header, without those it refuses by `q=0`."""
    found = set()
    for item in header.lower().split(","):
        coding, _, weight = item.partition(";")
        if weight.replace(" ", "").rstrip(".0") != "q=":
            found.add(coding.strip())
    return frozenset(found)
