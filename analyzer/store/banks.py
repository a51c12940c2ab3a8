"""The SOPs that reports were made against, whole, so that whoever reviews has their labels, weights and pass mark."""

from sqlalchemy import Connection, select

from analyzer.models.bank import PhraseBank
from analyzer.store.database import Database
from analyzer.store.review_tables import banks
from analyzer.store.serialization import encode_model, decode_model
from analyzer.store.upsert import upsert


class Banks:
    """The SOPs of one store, by content hash."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str, PhraseBank] = {}  # a hash always names the same SOP

    def put(self, bank: PhraseBank) -> None:
        """Keep an SOP; it is there once, however often it is given."""

        def keep(connection: Connection) -> None:
            row = {"sha256": bank.sha256, "body": encode_model(bank), "kept_at": self._database.now(connection)}
            upsert(connection, banks, [row], keep=("kept_at",))

        self._database.write(keep)

    def get(self, sha256: str) -> PhraseBank | None:
        """The SOP with this hash; None when it was never kept."""
        return self._database.read(lambda connection: self.within(connection, sha256))

    def all(self) -> tuple[PhraseBank, ...]:
        """Every SOP, the newest last."""

        def read(connection: Connection) -> tuple[PhraseBank, ...]:
            kept = select(banks.c.sha256).order_by(banks.c.kept_at, banks.c.sha256)
            hashes = connection.execute(kept).scalars().all()
            return tuple(bank for sha256 in hashes if (bank := self.within(connection, sha256)))

        return self._database.read(read)

    def within(self, connection: Connection, sha256: str) -> PhraseBank | None:
        """The same inside a transaction that is under way."""
        if sha256 not in self._read:
            body = connection.execute(select(banks.c.body).where(banks.c.sha256 == sha256)).scalar()
            bank = decode_model(PhraseBank, body) if body is not None else None
            if bank is None:
                return None
            self._read[sha256] = bank
        return self._read[sha256]
