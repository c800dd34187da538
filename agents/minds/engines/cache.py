"""Answers that were given before, on disk, as many as fit; never a reason to fail."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from time import time
from typing import Any

SECONDS = 2
"""How long to wait for another process that writes."""


class Cache:
    """Answers by what was asked; questions are kept as hashes only. The least recently used go first."""

    def __init__(self, file: Path, limit_bytes: int) -> None:
        self.file, self.limit = file, limit_bytes

    @staticmethod
    def key(*asked: Any) -> str:
        """One text for everything that an answer depends on."""
        return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()

    def get(self, key: str) -> Any:
        """The answer; None where there is none."""
        try:
            with closing(self._open()) as db, db:
                row = db.execute("select answer from answers where key = ?", (key,)).fetchone()
                if row is None:
                    return None
                db.execute("update answers set used_at = ? where key = ?", (time(), key))
                return json.loads(row[0])
        except (sqlite3.Error, OSError, ValueError):
            return None

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer, if it fits."""
        text = json.dumps(answer)
        if len(text) > self.limit:
            return
        try:
            with closing(self._open()) as db, db:
                db.execute("insert or replace into answers values (?, ?, ?, ?)", (key, text, len(text), time()))
                self._make_room(db)
        except (sqlite3.Error, OSError):
            return

    def forget(self, key: str) -> None:
        """Drop an answer that is no longer let in."""
        try:
            with closing(self._open()) as db, db:
                db.execute("delete from answers where key = ?", (key,))
        except (sqlite3.Error, OSError):
            return

    def _make_room(self, db: sqlite3.Connection) -> None:
        (held,) = db.execute("select coalesce(sum(bytes), 0) from answers").fetchone()
        for key, size in db.execute("select key, bytes from answers order by used_at").fetchall():
            if held <= self.limit:
                return
            db.execute("delete from answers where key = ?", (key,))
            held -= size

    def _open(self) -> sqlite3.Connection:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.file, timeout=SECONDS)
        try:
            db.execute(
                "create table if not exists answers (key text primary key, answer text, bytes int, used_at real)"
            )
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db
