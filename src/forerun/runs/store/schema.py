"""The tables of a store, and how those of earlier versions become them; ``docs/schema.md`` explains each column."""

from __future__ import annotations

APPLICATION = 0x464F5245  # "FORE", in the database's header: tells a store from other SQLite files
VERSION = 4
PAGE = 4096
"""Bytes of a page of the file; fixed, so that pages are found whatever the header says."""

TABLES = """
CREATE TABLE contents (
    name       TEXT PRIMARY KEY,
    n          INTEGER NOT NULL
);
INSERT INTO contents VALUES ('file', 0), ('journal', 0), ('calibration', 0);
CREATE TABLE file (
    id         INTEGER PRIMARY KEY,
    root       TEXT NOT NULL,
    path       TEXT NOT NULL,
    unit       TEXT NOT NULL,
    format     TEXT NOT NULL,
    state      TEXT NOT NULL,
    pending    TEXT NOT NULL,
    half       TEXT,
    generation INTEGER NOT NULL,
    logs       INTEGER NOT NULL,
    touched    REAL,
    error      TEXT,
    seal       INTEGER NOT NULL,
    UNIQUE (root, path, format)
);
CREATE INDEX file_of ON file (root, unit, path);
CREATE TABLE log (
    id         INTEGER PRIMARY KEY,
    file       INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    run        TEXT NOT NULL,
    n          INTEGER NOT NULL,
    columns    INTEGER NOT NULL,
    notes      INTEGER NOT NULL,
    words      TEXT NOT NULL,
    seal       INTEGER NOT NULL,
    UNIQUE (file, generation, run)
);
CREATE TABLE series (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES log (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('axis', 'metric', 'lr')),
    name       TEXT NOT NULL,
    n          INTEGER NOT NULL,
    newest     INTEGER NOT NULL,
    last_row   INTEGER,
    last_value REAL,
    seal       INTEGER NOT NULL,
    UNIQUE (log, kind, name)
);
CREATE TABLE chunk (
    series     INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    first_row  INTEGER NOT NULL,
    last_row   INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    low        REAL,
    high       REAL,
    rows       BLOB,
    data       BLOB NOT NULL,
    seal       INTEGER NOT NULL,
    PRIMARY KEY (series, first_row)
);
CREATE TABLE damage (
    log        INTEGER NOT NULL REFERENCES log (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    place      TEXT NOT NULL,
    why        TEXT NOT NULL,
    lost       INTEGER,
    seal       INTEGER NOT NULL
);
CREATE INDEX damage_of ON damage (log);
CREATE TABLE item (
    log        INTEGER NOT NULL REFERENCES log (id) ON DELETE CASCADE,
    task       TEXT NOT NULL,
    item       TEXT NOT NULL,
    metric     TEXT NOT NULL,
    x          REAL,
    score      REAL,
    seal       INTEGER NOT NULL
);
CREATE INDEX item_of ON item (log);
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY,
    at         REAL NOT NULL,
    run        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    method     TEXT NOT NULL,
    version    TEXT NOT NULL,
    weights    TEXT,
    body       TEXT NOT NULL,
    seal       INTEGER NOT NULL
);
CREATE INDEX journal_of ON journal (run, kind, id);
CREATE TABLE calibration (
    name       TEXT PRIMARY KEY,
    at         REAL NOT NULL,
    body       TEXT NOT NULL,
    seal       INTEGER NOT NULL
);
"""


def statements(sql: str) -> list[str]:
    """The statements of a script, one by one."""
    return [statement.strip() for statement in sql.split(";\n") if statement.strip()]


COUNTS = [
    f"CREATE TRIGGER {table}_{way} AFTER {act} ON {table} "
    f"BEGIN UPDATE contents SET n = n {sign} 1 WHERE name = '{table}'; END"
    for table in ("file", "journal", "calibration")
    for way, act, sign in (("in", "INSERT", "+"), ("out", "DELETE", "-"))
]
"""What keeps ``contents``: of rows that nothing else counts, how many there are."""

MAKE = [*statements(TABLES), *COUNTS]
DESCRIBED = {words[2]: one for one in MAKE if (words := one.split())[0] == "CREATE"}
"""Name and description of every table, index and trigger, as the database itself must have them."""

MIGRATIONS: dict[int, str] = {
    1: """CREATE TABLE calibration (
        name TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL
    ) WITHOUT ROWID;""",
    3: "CREATE INDEX IF NOT EXISTS file_of ON file (root, unit, path);",  # what brings on version 2 has made it already
}
"""From a version to the next: SQL. What brings version 2 to 3 is `forerun.runs.store.unsealed`."""
