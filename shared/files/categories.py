"""The categories of files. Each has a bucket, a size limit and allowed media types."""

from typing import NamedTuple

from shared.errors import NotFound

MIB = 2**20
IMAGES = frozenset({"image/png", "image/jpeg", "image/webp"})
TABLES = frozenset({"text/csv", "application/zip"})


class Category(NamedTuple):
    """Files are verified in memory, which limits `max_bytes`."""

    name: str  # also of the bucket
    max_bytes: int
    media_types: frozenset[str]
    rendered: bool = False  # a picture is replaced by its renditions
    only_latest: bool = False  # a picture takes the place of the one before it
    public: bool = False  # anybody reads it, and nobody uploads to it: we write what we have made ourselves


CATEGORIES = {
    category.name: category
    for category in (
        Category("avatars", 10 * MIB, IMAGES, rendered=True, only_latest=True),
        Category("attachments", 20 * MIB, IMAGES, rendered=True),
        Category("exports", 50 * MIB, TABLES),
        Category("catalogue_uploads", 10 * MIB, IMAGES, rendered=True),
        Category("catalogue", 2 * MIB, frozenset({"image/webp"}), public=True),
    )
}


class UnknownCategory(NotFound):
    """There is no such category of files."""

    code = "unknown_category"


def category_of(name: str) -> Category:
    """The category of that name. Raises `UnknownCategory`."""
    try:
        return CATEGORIES[name]
    except KeyError:
        raise UnknownCategory from None
