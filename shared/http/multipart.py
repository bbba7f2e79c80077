"""Forms: `multipart/form-data`, read from the whole body at once.

The standard library reads a form as a mail: over many parts, for seconds. Here a body is split once, at most so often.
"""

import re

FORM = "multipart/form-data"
MOST_PARTS = 10
LONGEST_HEAD = 1024
BOUNDARY = re.compile(r';\s*boundary="?([^\s";]{1,70})', re.IGNORECASE)
PART_NAME = re.compile(rb'content-disposition:[^\r\n]*?;\s*name="?(\w+)', re.IGNORECASE)


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The contents of the parts by their names; nothing where it is no form, or has too many parts."""
    boundary = BOUNDARY.search(content_type)
    if boundary is None:
        return {}
    parts = (b"\r\n" + body + b"\r\n").split(b"\r\n--" + boundary[1].encode(), MOST_PARTS + 1)
    if not parts[-1].startswith(b"--\r\n"):
        return {}
    divided = [part.partition(b"\r\n\r\n") for part in parts[1:-1]]
    named = [(PART_NAME.search(head, 0, LONGEST_HEAD), content) for head, _, content in divided]
    return {name[1].decode(): content for name, content in named if name}
