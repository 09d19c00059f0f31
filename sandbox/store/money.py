"""Money of v2 orders: exact decimals, strings with four places on the wire (FACTS 4.2)."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, halves up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def wire(amount: Decimal) -> str:
    """The v2 form: `25.0000`."""
    return f"{amount:.4f}"


def split(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Share `amount` by weight in whole cents; the residue goes to the heaviest share."""
    total = sum(weights, ZERO)
    if not weights or not total:
        return [ZERO for _ in weights]
    shares = [cents(amount * weight / total) for weight in weights]
    heaviest = max(range(len(weights)), key=lambda index: weights[index])
    shares[heaviest] += amount - sum(shares, ZERO)
    return shares
