"""The tables of a store, and how those of earlier versions become them; ``docs/schema.md`` explains each column."""

from __future__ import annotations

APPLICATION = 0x464F5245  # "FORE", in the database's header: tells a store from other SQLite files
VERSION = 3

_JOURNAL = """
CREATE TABLE journal (
    id         INTEGER PRIMARY KEY,
    at         REAL NOT NULL,
    run        TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN
                   ('forecast', 'undecided', 'finding', 'withdrawn', 'decision', 'action')),
    method     TEXT NOT NULL,
    version    TEXT NOT NULL,
    weights    TEXT,
    body       TEXT NOT NULL
);
CREATE INDEX journal_of ON journal (run, kind, id);
"""

TABLES = """
CREATE TABLE file (
    id         INTEGER PRIMARY KEY,
    root       TEXT NOT NULL,
    path       TEXT NOT NULL,
    unit       TEXT NOT NULL,
    format     TEXT NOT NULL,
    state      TEXT NOT NULL DEFAULT '{}',
    pending    TEXT NOT NULL DEFAULT '[]',
    half       TEXT,
    generation INTEGER NOT NULL DEFAULT 0,
    touched    REAL,
    error      TEXT,
    UNIQUE (root, path, format)
);
CREATE TABLE log (
    id         INTEGER PRIMARY KEY,
    file       INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    run        TEXT NOT NULL,
    n          INTEGER NOT NULL,
    words      TEXT NOT NULL,
    UNIQUE (file, generation, run)
);
CREATE TABLE series (
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL REFERENCES log (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('axis', 'metric', 'lr')),
    name       TEXT NOT NULL,
    n          INTEGER NOT NULL DEFAULT 0,
    tail       INTEGER NOT NULL DEFAULT 0,
    last_row   INTEGER,
    last_value REAL,
    UNIQUE (log, kind, name)
);
CREATE TABLE chunk (
    series     INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    first_row  INTEGER NOT NULL,
    last_row   INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    low        REAL,
    high       REAL,
    checksum   INTEGER NOT NULL,
    rows       BLOB,
    data       BLOB NOT NULL,
    PRIMARY KEY (series, first_row)
);
CREATE TABLE tail (
    series     INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    row        INTEGER NOT NULL,
    bits       INTEGER NOT NULL,
    PRIMARY KEY (series, row)
) WITHOUT ROWID;
CREATE TABLE damage (
    log        INTEGER NOT NULL REFERENCES log (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    place      TEXT NOT NULL,
    why        TEXT NOT NULL,
    lost       INTEGER
);
CREATE INDEX damage_of ON damage (log);
CREATE TABLE item (
    log        INTEGER NOT NULL REFERENCES log (id) ON DELETE CASCADE,
    task       TEXT NOT NULL,
    item       TEXT NOT NULL,
    metric     TEXT NOT NULL,
    x          REAL,
    score      REAL
);
CREATE INDEX item_of ON item (log);
"""
TABLES += _JOURNAL
TABLES += """
CREATE TABLE calibration (
    name       TEXT PRIMARY KEY,
    at         REAL NOT NULL,
    body       TEXT NOT NULL
) WITHOUT ROWID;
"""

MIGRATIONS: dict[int, str] = {
    1: """CREATE TABLE calibration (
        name TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL
    ) WITHOUT ROWID;""",
    2: f"""ALTER TABLE file ADD COLUMN half TEXT;
    ALTER TABLE journal RENAME TO journal_before;
    DROP INDEX journal_of;
    {_JOURNAL}
    INSERT INTO journal SELECT id, at, run, kind, method, version, weights, body FROM journal_before;
    DROP TABLE journal_before;""",
}
"""From a version to the next: SQL run in one transaction. A version without an entry here cannot be opened."""
