"""Makes the tables of this version, or brings a store up to date when it is opened. Alembic does it."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from analyzer.errors import StoreError

HEAD = "0002"  # newest of versions/; a test holds it
_FOLDER = Path(__file__).parent
_LOCK = 7_123_001  # PostgreSQL advisory lock: two commands may open a new store at once


def migrate(engine: Engine) -> None:
    """Bring the store to this version. Raises StoreError for a store of a newer version."""
    with engine.connect().execution_options(analyzer_write=False) as connection, connection.begin():
        version = _version(connection)
    if version == HEAD:
        return
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        version = _version(connection)
        if version is not None and version not in _known_versions():
            raise StoreError(
                f"{engine.url.render_as_string(hide_password=True)}: made by a newer version of this program "
                f"(tables {version}, this one knows {HEAD}). Update the program, or give another --out or --store."
            )
        if version != HEAD:
            _upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(version) if version is not None else None


def _known_versions() -> set[str]:
    return {path.name.split("_", 1)[0] for path in (_FOLDER / "versions").glob("[0-9]*.py")}


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
