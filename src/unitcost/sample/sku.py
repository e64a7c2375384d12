"""What can be bought: services of a provider and their SKUs with list prices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Service:
    """A service in the sense of FOCUS, with its category."""

    name: str
    category: str
    subcategory: str

    def sku(self, what: str, unit: str, price: str, kind: str, *, whole: bool = False) -> PricedSku:
        return PricedSku(self, what, unit, Decimal(price), kind, whole)


@dataclass(frozen=True, slots=True)
class PricedSku:
    """Something with a list price. `whole` SKUs are counted in whole units, the others in thousandths."""

    service: Service
    what: str
    unit: str
    price: Decimal
    kind: str
    whole: bool

    @property
    def id(self) -> str:
        return hashlib.sha256(f"{self.service.name}/{self.what}".encode()).hexdigest()[:14].upper()
