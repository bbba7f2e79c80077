"""Parses `multipart/form-data`.

The standard library parses a form as an e-mail, which takes seconds for a body of many parts. This parser splits the
body once, into at most `MOST_PARTS` parts.
"""

import re

FORM = "multipart/form-data"
MOST_PARTS = 10
LONGEST_HEAD = 1024
BOUNDARY = re.compile(r';\s*boundary="?([^\s";]{1,70})', re.IGNORECASE)
PART_NAME = re.compile(rb'content-disposition:[^\r\n]*?;\s*name="?(\w+)', re.IGNORECASE)


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The contents of the parts by name. Empty if the body is not a form, or has too many parts."""
    boundary = BOUNDARY.search(content_type)
    if boundary is None:
        return {}
    parts = (b"\r\n" + body + b"\r\n").split(b"\r\n--" + boundary[1].encode(), MOST_PARTS + 1)
    if not parts[-1].startswith(b"--\r\n"):
        return {}
    heads_and_contents = [part.partition(b"\r\n\r\n") for part in parts[1:-1]]
    named = [(PART_NAME.search(head, 0, LONGEST_HEAD), content) for head, _, content in heads_and_contents]
    return {name[1].decode(): content for name, content in named if name}
