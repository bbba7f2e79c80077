"""What in a migration stops the release that still serves people: it locks a table for long, or takes something away.

A migration is read as text: without comments, strings and bodies of functions, in lower case, one statement at a time.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet

ALLOWED = "-- deploy: "  # with a reason, in a migration that somebody has judged

NAME = r"(?P<objects>[\w.]+)"
# Statements, by how they begin. What this deployment has created has no rows, and the running release does not know it.
STATEMENTS = {
    rf"create (?:unique )?index (?!concurrently)(?:if not exists )?(?:(?!on )\w+ )?on (?:only )?{NAME}": (
        "builds an index under a lock"
    ),
    rf"(?:.*\( ?)?(?:update|delete from) (?:only )?{NAME}": "changes rows that the running release then waits for",
    rf"truncate (?:table )?(?:only )?{NAME}": "deletes rows that the running release may use",
    rf"(?:lock|cluster|reindex)(?: table)? (?:only )?{NAME}": "locks the table",
    r"drop (?P<kind>(?:materialized )?view|table|type|domain|sequence|schema|extension|role|function|procedure)"
    r" (?:if exists )?(?P<objects>.+?)(?: cascade| restrict)?$": "drops a {kind} that the running release may use",
    r"drop (?P<kind>policy|trigger) (?:if exists )?(?P<objects>\w+ on [\w.]+)": (
        "drops a {kind} that the running release may need"
    ),
    r"revoke (?:.+? on )?(?:all \w+ in )?(?:table |function |schema |sequence )?(?P<objects>.+?) from ": (
        "takes a right that the running release may need"
    ),
    rf"alter (?!table|default)(?:materialized )?\w+ (?:if exists )?{NAME}.* (?:rename|set schema) ": (
        "renames what the running release may use"
    ),
    r"(?P<objects>do)\b": "runs a block that this check does not read",
}
# Actions of ALTER TABLE.
CONSTRAINT = r"(?:check|foreign key|unique|primary key|exclude)\b"
ADD_COLUMN = rf"add (?:column )?(?:if not exists )?(?!constraint\b|{CONSTRAINT})\w+ "
COMPUTED = r"\bdefault (?:(?! (?:not null|check|references|unique)\b).)*?\b(?!now\()[\w.]+\("
ACTIONS = {
    r"alter (?:column )?\w+ (?:set data )?type\b": "rewrites the table",
    r"alter (?:column )?\w+ set not null": "reads the whole table under a lock",
    r"alter (?:column )?\w+ drop default": "drops a default that the running release may rely on",
    r"set (?:logged|unlogged|tablespace|access method)\b": "rewrites the table",
    rf"{ADD_COLUMN}.*(?:{COMPUTED}|\bgenerated (?:always|by default) as\b)": "rewrites the table",
    rf"{ADD_COLUMN}(?:\w*serial)\b": "rewrites the table",
    rf"{ADD_COLUMN}(?!.*\b(?:default|generated)\b).*\bnot null\b": "adds a column that the running release leaves out",
    rf"{ADD_COLUMN}.*\b(?:check ?\(|references |unique\b|primary key\b)": "reads the whole table under a lock",
    rf"add (?:constraint \w+ )?{CONSTRAINT}(?!.*\b(?:not valid|using index)\b)": "reads the whole table under a lock",
    r"drop (?:column )?(?:if exists )?(?!constraint\b)\w+": "drops a column that the running release may use",
    r"rename\b": "renames what the running release may use",
    r"set schema\b": "renames what the running release may use",
}
ADDED = r"add constraint (\w+) .*\bnot valid\b"
VALIDATED = r"validate constraint (\w+)"
CREATED = (
    r"create (?:unlogged |temp(?:orary)? )?table (?:if not exists )?([\w.]+)",
    r"create (?:materialized )?view ([\w.]+)",
    r"create (?:function|procedure) ([\w.]+ ?\((?:[^()]|\([^()]*\))*\))",
    r"create (?:constraint )?trigger (\w+) .*?( on [\w.]+)",
    r"create policy (\w+)( on [\w.]+)",
)
NOISE = re.compile(
    r"--[^\n]*|/\*.*?\*/|(?P<string>'(?:[^']|'')*')|(?P<body>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)", re.DOTALL
)
ATOMIC = re.compile(r"^begin atomic\b.*?^end\b", re.DOTALL | re.MULTILINE)
ARGUMENT = re.compile(
    r"^(?:inout |variadic |in )?(?:(?!double |character |timestamp |time )\w+ (?=\w))?"
    r"(?P<type>.*?)(?: ?(?:default|=) ?.*)?$"
)
ALIASES = {"int": "integer", "bool": "boolean", "timestamp with time zone": "timestamptz"}


def faults_of(migrations: Mapping[str, str]) -> Iterator[str]:
    """Why these migrations, by file in their order, must not run while the previous release serves people."""
    created: set[str] = set()
    for file, text in migrations.items():
        statements = [*_statements(text)]
        created.update(name for statement in statements for name in _created(statement))
        if ALLOWED not in text:
            yield from (f"{file} {fault}" for fault in _faults(statements, created))


def _statements(text: str) -> Iterator[str]:
    code = NOISE.sub(lambda noise: "''" if noise["string"] else "$" if noise["body"] else "", text)
    for statement in ATOMIC.sub("$", code.lower().replace('"', "")).split(";"):
        if words := statement.split():
            yield " ".join(words)


def _created(statement: str) -> Iterator[str]:
    for pattern in CREATED:
        if match := re.match(pattern, statement):
            yield _name("".join(match.groups()))


def _faults(statements: Collection[str], created: AbstractSet[str]) -> Iterator[str]:
    """What is wrong with the statements of one file. It is one transaction: what it locks stays locked to its end."""
    added = {name for statement in statements for name in re.findall(ADDED, statement)}
    for statement in statements:
        if altered := re.match(r"alter table (?:if exists )?(?:only )?(?P<table>[\w.]+) (?P<actions>.*)", statement):
            if altered["table"] not in created:
                yield from (f"{fault}: {altered['table']}" for fault in _action_faults(altered["actions"], added))
            continue
        for pattern, fault in STATEMENTS.items():
            if match := re.match(pattern, statement):
                for name in map(_name, _parts(match["objects"])):
                    if created.isdisjoint((name, name.rpartition(" on ")[2])):
                        yield f"{fault.format(**match.groupdict())}: {name}"


def _action_faults(actions: str, added: Collection[str]) -> Iterator[str]:
    for action in _parts(actions):
        yield from (fault for pattern, fault in ACTIONS.items() if re.match(pattern, action))
        if (validated := re.match(VALIDATED, action)) and validated[1] in added:
            yield "reads the whole table under the lock of the constraint that it adds"


def _parts(text: str) -> Iterator[str]:
    """The parts between commas that are not in parentheses."""
    depth, part = 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += character
    yield part.strip()


def _name(text: str) -> str:
    """A name as it is compared: that of a function with the types of its arguments alone."""
    name, parenthesis, arguments = text.removesuffix(")").partition("(")
    if not parenthesis:
        return text
    types = [ARGUMENT.sub(r"\g<type>", each) for each in _parts(arguments) if not each.startswith("out ")]
    return f"{name.strip()}({', '.join(ALIASES.get(each, each) for each in types)})"
