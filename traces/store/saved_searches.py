"""Searches under a name, for everybody who can open the page: kept and removed here."""

from __future__ import annotations

from typing import Any

import psycopg

from traces.core.project import PROJECT

MOST = 500
SAVE = f"""
insert into saved_search (project, name, query)
select {PROJECT}, %(name)s, %(query)s
where (select count(*) from saved_search) < {MOST} or exists (select from saved_search where name = %(name)s)
on conflict (project, name) do update set query = excluded.query, created = now()"""
REMOVE = f"delete from saved_search where project = {PROJECT} and name = %s"


def save(cursor: psycopg.Cursor[Any], name: str, query: str) -> bool:
    """In place of the one of this name. False: there are too many."""
    return cursor.execute(SAVE, {"name": name, "query": query}).rowcount == 1


def remove(cursor: psycopg.Cursor[Any], name: str) -> None:
    cursor.execute(REMOVE, (name,))
