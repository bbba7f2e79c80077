"""Writes `google.jsonl` from an npm package that holds the schema of every resource: `@cdktf/provider-google`.

    npm pack @cdktf/provider-google@16.12.1 && tar xzf cdktf-provider-google-16.12.1.tgz
    .venv/bin/python -m infra.provider_schema.extraction package

The package is generated from the schema of provider 6.50.0. It does not tell which optional attributes are computed as
well. `COMPUTED` names those that we read.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).parent.parent / "terraform"
SCHEMA = Path(__file__).with_name("google.jsonl")
USED = re.compile(r'^(resource|data) "google_(\w+)"', re.MULTILINE)
COMPUTED = {"id", "project"}
TYPES: dict[str, Any] = {
    "string": "string",
    "number": "number",
    "boolean": "bool",
    "stringList": ["list", "string"],
    "numberList": ["list", "number"],
    "stringMap": ["map", "string"],
}
GETTERS = {"String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"]}
ENTRY = re.compile(
    r'^ +(\w+): \{\s+value: .*\s+isBlock: (\w+),\s+type: "(\w+)",\s+storageClassType: "(\w+)"', re.MULTILINE
)
READ_ONLY = re.compile(
    r"// (\w+) - computed: true, optional: false, required: false\n"
    r"\s+get \w+\(\) \{\s+return .*?get(\w+?)(Map)?Attribute"
)
READ_ONLY_PART = re.compile(
    r"// (\w+) - computed: true, optional: false, required: false\n\s+this\._\w+ = new ([\w.]+)\("
)
SINGLE = re.compile(r'this\._\w+ = new \w+OutputReference\(this, "(\w+)"\)')


class Resource:
    """The generated code of one resource or data source."""

    def __init__(self, folder: Path) -> None:
        self._code = (folder / "index.js").read_text(encoding="utf-8")
        self._declarations = (folder / "index.d.ts").read_text(encoding="utf-8")

    def block(self) -> dict[str, Any]:
        name, code = re.findall(
            r"^class (\w+) extends cdktf\.Terraform(?:Resource|DataSource|Provider) \{(.*?)^\}",
            self._code,
            re.MULTILINE | re.DOTALL,
        )[0]
        attributes = code.partition("synthesizeHclAttributes() {")[2]
        return self._block(f"{name}Config", attributes, code)

    def _block(self, interface: str, entries: str, owner: str) -> dict[str, Any]:
        required = self._required(interface)
        attributes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        single = set(SINGLE.findall(owner))
        for name, is_block, kind, storage in ENTRY.findall(entries):
            if is_block == "true":
                blocks[name] = self._nested(name, kind, storage, limits=(name in required, name in single))
            else:
                cty = ["set", TYPES[storage][1]] if kind == "set" else TYPES[storage]
                attributes[name] = {"type": cty, "use": "required" if name in required else "optional"}
                if name in COMPUTED and name not in required:
                    attributes[name]["use"] = "optional and computed"
        attributes |= {name: {"type": cty, "use": "computed"} for name, cty in _read_only(owner)}
        return {"attributes": attributes, "blocks": blocks}

    def _nested(self, name: str, kind: str, storage: str, limits: tuple[bool, bool]) -> dict[str, Any]:
        required, single = limits
        struct = storage.removesuffix("List") if kind != "struct" else storage
        function = f"{struct[0].lower()}{struct[1:]}ToHclTerraform"
        entries = re.search(rf"^function {function}\(.*?^\}}", self._code, re.MULTILINE | re.DOTALL)
        owner = re.search(rf"^class {struct}OutputReference .*?^\}}", self._code, re.MULTILINE | re.DOTALL)
        if entries is None:
            raise LookupError(f"{struct} of {name}")
        nesting = {"struct": "single", "set": "set"}.get(kind, "list")
        counts = {"min": int(required), "max": int(single)} if nesting != "single" else {"min": 0, "max": 0}
        return {"nesting": nesting, **counts, **self._block(struct, entries[0], owner[0] if owner else "")}

    def _required(self, interface: str) -> set[str]:
        """The names, as Terraform spells them, of what an interface requires."""
        body = re.search(rf"^export interface {interface}\b.*?^\}}", self._declarations, re.MULTILINE | re.DOTALL)
        names = re.findall(r"#(\w+) \w+#\w+\}\n(?:\s+\*[^\n]*\n)*?\s+\*/\s+readonly \w+:", body[0] if body else "")
        return set(names)


def _read_only(owner: str) -> Iterator[tuple[str, Any]]:
    for name, getter, is_map in READ_ONLY.findall(owner):
        yield name, ["map", "string"] if is_map else GETTERS.get(getter, "string")
    for name, kind in READ_ONLY_PART.findall(owner):
        yield name, ["map", "string"] if kind == "cdktf.StringMap" else ["list", ["map", "string"]]


def extract(package: Path) -> dict[str, Any]:
    """The schemas by kind and name: of the provider, and of all that our configuration uses of it."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in TERRAFORM.rglob("*.tf"))
    library = package / "lib"
    schemas: dict[str, Any] = {"provider": {"google": _without_endpoints(Resource(library / "provider").block())}}
    for kind, prefix in (("data", "data-google-"), ("resource", "")):
        names = sorted({name for k, name in USED.findall(text) if k == kind})
        schemas[kind] = {f"google_{n}": Resource(library / f"{prefix}{n.replace('_', '-')}").block() for n in names}
    return schemas


def _without_endpoints(block: dict[str, Any]) -> dict[str, Any]:
    """The provider has an address for each of 150 services. We set none."""
    attributes = {name: part for name, part in block["attributes"].items() if not name.endswith("_custom_endpoint")}
    return {**block, "attributes": attributes}


def lines(schema: dict[str, Any]) -> Iterator[str]:
    """A line for each resource, so that a change of the provider's version can be read."""
    for kind in ("provider", "data", "resource"):
        for name, block in schema[kind].items():
            yield json.dumps({"kind": kind, "name": name, **block}, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    SCHEMA.write_text("\n".join(lines(extract(Path(sys.argv[1])))) + "\n", encoding="utf-8")
