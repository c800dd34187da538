"""Answers on disk."""

from pathlib import Path

from agents.minds.engines.cache import Cache


def test_the_cache_keeps_what_fits_and_drops_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "minds.db", 40)
    for key in ("a", "b"):
        cache.put(key, "x" * 15)
    assert cache.get("a") == "x" * 15
    cache.put("c", "x" * 15)
    assert [cache.get(key) is not None for key in ("a", "b", "c")] == [True, False, True]
    cache.put("d", "x" * 50)
    assert cache.get("d") is None


def test_a_cache_that_cannot_be_read_or_written_is_as_if_there_were_none(tmp_path: Path) -> None:
    (tmp_path / "minds.db").write_bytes(b"no database" * 100)
    (tmp_path / "file").touch()
    for cache in (Cache(tmp_path / "minds.db", 1000), Cache(tmp_path / "file" / "minds.db", 1000)):
        cache.put("a", [1.5])
        assert cache.get("a") is None
