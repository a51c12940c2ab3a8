"""Numbers that decide in review, each with its reason."""

import hashlib

from pydantic import Field

from analyzer.files import package_sha256
from analyzer.models.base import Frozen, Probability

_DECIDING = ("review", "scoring")  # rooms whose code derives a call's place in the queue


class ReviewSettings(Frozen):
    """How the queue is made and when figures may be believed."""

    audit_share: Probability = Field(
        0.05, description="of calls that nothing asks to look at; people's own sampling sees 1-5 % (field notes 6)"
    )
    audit_seed: str = Field("audit", description="another seed draws another sample, the same one the same")
    few: int = Field(20, ge=1, description="below it a figure says nothing: Genesys asks for 20 (field notes 6)")
    risk_calls: int = Field(
        2, ge=0, description="of an agent's plan, picked by urgency beside the random ones; they enter no estimate"
    )

    def rules(self) -> str:
        """Hash of these settings and of the code that derives standings: what was derived by others is made anew."""
        return hashlib.sha256(f"{self.model_dump_json()}\0{package_sha256(*_DECIDING)}".encode()).hexdigest()
