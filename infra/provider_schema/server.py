"""Serves `google.jsonl` to Terraform as the Google provider, for `validate` and for tests with a mocked provider.

Terraform reaches it by `TF_REATTACH_PROVIDERS`. It answers the calls that these two make, in version 5 of the
plugin protocol, and no other: with it, nothing can be planned or applied for real.
"""

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from infra.provider_schema.extraction import SCHEMA

SOURCES = ("registry.terraform.io/hashicorp/google", "registry.opentofu.org/hashicorp/google")
NESTING = {"single": 1, "list": 2, "set": 3}
EMPTY = b""


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else EMPTY


def _content(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _parts(message: bytes) -> dict[int, bytes]:
    """The contents of a message's fields by their numbers, without its numbers."""
    parts: dict[int, bytes] = {}
    place = 0
    while place < len(message):
        tag, place = _read_varint(message, place)
        value, place = _read_varint(message, place)
        if tag & 7 == 2:  # noqa: PLR2004 - the wire type of bytes
            parts[tag >> 3] = message[place : place + value]
            place += value
    return parts


def _read_varint(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value, place


def _same_state(request: bytes, _: object) -> bytes:
    """A stored state as it is. OpenTofu asks for it before the second run of a test."""
    stored = _parts(_parts(request)[3])[1]
    return _content(1, _content(2, stored))


def _attribute(name: str, attribute: Mapping[str, Any]) -> bytes:
    use = attribute["use"]
    return (
        _content(1, name.encode())
        + _content(2, json.dumps(attribute["type"]).encode())
        + _number(4, use == "required")
        + _number(5, use.startswith("optional"))
        + _number(6, use.endswith("computed"))
    )


def _block(block: Mapping[str, Any]) -> bytes:
    attributes = (_content(2, _attribute(*item)) for item in block["attributes"].items())
    nested = (_content(3, _nested(*item)) for item in block["blocks"].items())
    return b"".join([*attributes, *nested])


def _nested(name: str, block: Mapping[str, Any]) -> bytes:
    limits = _number(4, block["min"]) + _number(5, block["max"])
    return _content(1, name.encode()) + _content(2, _block(block)) + _number(3, NESTING[block["nesting"]]) + limits


def schema_response() -> bytes:
    """The message `GetProviderSchema.Response`."""
    encoded = []
    for line in SCHEMA.read_text(encoding="utf-8").splitlines():
        block = json.loads(line)
        schema = _content(2, _block(block))
        entry = _content(1, block["name"].encode()) + _content(2, schema)
        encoded.append(
            {"provider": _content(1, schema), "resource": _content(2, entry), "data": _content(3, entry)}[block["kind"]]
        )
    return b"".join(encoded)


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """Serve on a free port of this machine, and yield the environment by which Terraform finds it."""
    schema = schema_response()
    answers = {
        "GetSchema": lambda _, __: schema,
        "PrepareProviderConfig": lambda request, __: request,  # both messages hold the configuration in field 1
        "ValidateResourceTypeConfig": lambda _, __: EMPTY,
        "ValidateDataSourceConfig": lambda _, __: EMPTY,
        "UpgradeResourceState": _same_state,
    }
    handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        name: grpc.unary_unary_rpc_method_handler(answer) for name, answer in answers.items()
    }
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("tfplugin5.Provider", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    place = {
        "Protocol": "grpc",
        "ProtocolVersion": 5,
        "Pid": os.getpid(),
        "Test": True,
        "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
    }
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps(dict.fromkeys(SOURCES, place))}
    finally:
        server.stop(None)
