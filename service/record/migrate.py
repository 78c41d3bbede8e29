"""The tables brought up to date by Alembic. The migrations are part of the package."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

SCRIPTS: Final = Path(__file__).with_name("migrations")
LOCK: Final = 0x706F7374_66757369  # an advisory lock of PostgreSQL: one process at a time brings the tables up to date


class NewerTables(Exception):
    """The tables are of a release this one does not know."""


def upgrade(engine: Engine) -> None:
    """Bring the tables to the newest revision, in one transaction. One that is there already is only read."""
    with engine.connect() as connection:
        if _revision(connection) == newest():
            return
    with engine.connect().execution_options(purpose="upgrade") as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")  # whatever the role says
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if _revision(connection) != newest():
            command.upgrade(config(connection), "head")


def newest() -> str:
    """The revision this release works with."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; `connection` is the one to work over."""
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _revision(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerTables
    return found
