"""API.Bible: a fixed list of passages, in a translation in the public domain."""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import SecretStr

from functions.content.errors import BadResponse
from functions.content.import_batch import ImportBatch
from functions.content.models import Provider, ProviderItem
from functions.content.provider_client import PROVIDER_LIMITS, ProviderClient, ProviderModel, provider_client
from functions.content.rules.moods_by_genre import Flavour
from shared.outbound.messages import Limits

API = "https://rest.api.bible/v1"
LIMITS = replace(PROVIDER_LIMITS, requests=100)
TRANSLATION, TRANSLATION_ID = "World English Bible", "9879dbb7cfe39e4d-04"
PASSAGE_PARAMS = {
    "content-type": "text",
    **dict.fromkeys(
        ("include-notes", "include-titles", "include-chapter-numbers", "include-verse-numbers"),
        "false",
    ),
}

PASSAGES: Mapping[str, Flavour] = {
    "PSA.4.8": "calming",
    "PSA.46.10": "calming",
    "PSA.131.1-PSA.131.2": "calming",
    "ISA.26.3": "calming",
    "MRK.6.31": "calming",
    "PHP.4.6-PHP.4.7": "calming",
    "PSA.23.1-PSA.23.4": "comforting",
    "PSA.34.18": "comforting",
    "PSA.56.8": "comforting",
    "ISA.66.13": "comforting",
    "MAT.5.4": "comforting",
    "MAT.11.28-MAT.11.30": "comforting",
    "2CO.1.3-2CO.1.4": "comforting",
    "RUT.1.16": "tender",
    "SNG.2.10-SNG.2.12": "tender",
    "1CO.13.4-1CO.13.7": "tender",
    "1JN.4.18-1JN.4.19": "tender",
    "PSA.98.4-PSA.98.6": "lively",
    "PSA.150.1-PSA.150.6": "lively",
    "ISA.40.29-ISA.40.31": "stirring",
    "JOS.1.9": "stirring",
    "2TI.1.7": "stirring",
    "PSA.8.3-PSA.8.5": "wondrous",
    "PSA.19.1-PSA.19.4": "wondrous",
    "PSA.139.7-PSA.139.10": "wondrous",
    "MAT.6.28-MAT.6.29": "wondrous",
    "LAM.3.21-LAM.3.23": "steadying",
    "PSA.30.5": "steadying",
    "PSA.103.8-PSA.103.12": "steadying",
    "PSA.121.1-PSA.121.8": "steadying",
    "ISA.41.10": "steadying",
    "JHN.14.27": "steadying",
    "ROM.8.38-ROM.8.39": "steadying",
}


class Passage(ProviderModel):
    reference: str
    content: str
    copyright: str


class PassageResponse(ProviderModel):
    data: Passage


class Bible:
    name: Provider = "bible"

    def __init__(self, key: SecretStr, *, api: str = API, limits: Limits = LIMITS) -> None:
        self._key, self._api, self._limits = key, api, limits

    async def gather(self, batch: ImportBatch) -> None:
        async with provider_client(self._api, self._limits, {"api-key": self._key.get_secret_value()}) as api:
            for passage, flavour in PASSAGES.items():
                with batch.skip_invalid():
                    batch.add(_item(passage, flavour, await _read(api, passage)))


async def _read(api: ProviderClient, passage_id: str) -> Passage:
    parts = {"translation": TRANSLATION_ID, "passage": passage_id}
    return (await api.get(PassageResponse, "/bibles/{translation}/passages/{passage}", PASSAGE_PARAMS, **parts)).data


def _item(passage_id: str, flavour: Flavour, passage: Passage) -> ProviderItem:
    if "public domain" not in passage.copyright.casefold():
        raise BadResponse("not said to be in the public domain")
    text = " ".join(passage.content.replace("¶", " ").split())
    if not text:
        raise BadResponse("no text")
    return ProviderItem(
        provider="bible",
        provider_id=f"{TRANSLATION_ID}.{passage_id}",
        kind="verse",
        title=passage.reference,
        body=f'"{text}" Read it slowly, and once more.',
        minutes=2,
        flavours=frozenset({flavour}),
        tags=("anywhere", "alone", "quiet", "spiritual"),
        attribution=f"{passage.reference}, {TRANSLATION}, public domain. By way of API.Bible.",
        repeatable=True,
    )
