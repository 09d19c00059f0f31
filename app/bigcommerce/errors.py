"""Everything that can go wrong between us and a store (FACTS 2.3, 2.4).

    BigCommerceError
    ├── Unreachable            no usable answer; ``sent`` says it may have taken effect
    ├── Later                  nothing is wrong with the request, only the time
    │   ├── RateLimited        429, or no quota left to ask with
    │   └── StoreUnavailable   503, 423, and reads that keep ending in 500/502/504
    ├── AccessLost             pause the connection, ask the merchant
    │   ├── CredentialsRejected    401
    │   └── Forbidden              403
    │       └── ScopeMissing       403 that speaks of scopes
    ├── Refused                this one request or item is not acceptable
    │   ├── NotFound           404
    │   ├── Conflict           409
    │   ├── Invalid            400, 413, 415, 422
    │   ├── PlanLimit          507
    │   └── PartlySaved        207: stored, but not all of it (carried by an answer, not raised)
    ├── Unexpected             the store or we are wrong about the protocol
    │   ├── MalformedAnswer    truncated, not JSON, not the promised shape
    │   ├── UnexpectedStatus   a status this library has no row for
    │   └── PageLoop           a listing repeats itself
    ├── CodeExchangeFailed     OAuth (oauth.py)
    │   ├── CodeRejected       the code or our credentials were refused
    │   └── GrantMalformed     an answer without token or store
    └── SignatureRefused       a payload or webhook that does not prove its sender (signatures.py)

No error ever holds the access token, a query string or a request body.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.bigcommerce.problems import Problem


@dataclass(frozen=True, slots=True)
class Where:
    """Which exchange an error is about; ``path`` never has a query."""

    method: str = ""
    path: str = ""
    status: int | None = None
    request_id: str | None = None


NOWHERE = Where()


class BigCommerceError(Exception):
    """An exchange with BigCommerce that did not end well; ``sentence`` is for the shop keeper."""

    sentence = "BigCommerce did not do what was asked."

    def __init__(
        self,
        where: Where = NOWHERE,
        *,
        problems: Sequence[Problem] = (),
        detail: str = "",
        sent: bool = False,
    ) -> None:
        self.method = where.method
        self.path = where.path
        self.status = where.status
        self.request_id = where.request_id
        self.problems = tuple(problems)
        self.detail = detail
        self.sent = sent
        super().__init__(where)

    @property
    def fields(self) -> dict[str, str]:
        """Field path → message, for the problems that name a field."""
        return {problem.field: problem.message for problem in self.problems if problem.field}

    @property
    def codes(self) -> frozenset[str]:
        """Our names for the problems, e.g. ``sku_duplicate`` (see problems.py)."""
        return frozenset(problem.code for problem in self.problems)

    @property
    def for_merchant(self) -> str:
        """The sentence, then what is wrong with which field."""
        return " ".join([self.sentence, *(problem.sentence for problem in self.problems)])

    def __str__(self) -> str:
        where = f"{self.method} {self.path}".strip()
        parts = [where, str(self.status or ""), self.detail]
        parts += [f"{p.field}: {p.message}" if p.field else p.message for p in self.problems]
        if self.request_id:
            parts.append(f"request {self.request_id}")
        return f"{type(self).__name__}({'; '.join(part for part in parts if part)})"

    __repr__ = __str__


class Unreachable(BigCommerceError):
    """No usable answer; with ``sent`` the request may have taken effect and must be looked up.

    ``reached``: a connection existed, so the request itself may be the trouble.
    """

    sentence = "BigCommerce could not be reached or did not answer in time."

    def __init__(
        self,
        where: Where = NOWHERE,
        *,
        sent: bool,
        reached: bool = True,
        problems: Sequence[Problem] = (),
        detail: str = "",
    ) -> None:
        super().__init__(where, problems=problems, detail=detail, sent=sent)
        self.reached = reached


class Later(BigCommerceError):
    """Ask again after ``wait`` seconds; nothing took effect."""

    def __init__(
        self,
        where: Where = NOWHERE,
        *,
        wait: float,
        problems: Sequence[Problem] = (),
        detail: str = "",
    ) -> None:
        super().__init__(where, problems=problems, detail=detail or f"wait {wait:.1f} s")
        self.wait = wait


class RateLimited(Later):
    """The store's shared quota is used up; ``provoked`` when BigCommerce had to say so (429)."""

    sentence = "The store's request quota is used up for the moment. Work goes on by itself."

    @property
    def provoked(self) -> bool:
        """Whether a request was sent and answered 429, rather than held back by our pacing."""
        return self.status is not None


class StoreUnavailable(Later):
    """The store is down, locked, or keeps failing on reads."""

    sentence = "The store is not available at the moment. Work goes on by itself when it is back."


class AccessLost(BigCommerceError):
    """Our right to talk to the store is gone or too small."""


class CredentialsRejected(AccessLost):
    """401: the token is dead (app removed, owner's e-mail or scopes changed; FACTS 1.3)."""

    sentence = "The store no longer accepts our access. Please open the app in BigCommerce again."


class Forbidden(AccessLost):
    """403: not allowed; a scope, the owner's account, a platform limit or a wrong store hash."""

    sentence = "The store does not allow this. Please check the app's permissions in BigCommerce."


class ScopeMissing(Forbidden):
    """403 that names a missing scope."""

    sentence = "A permission is missing. Please open the app in BigCommerce and accept it."


class Refused(BigCommerceError):
    """BigCommerce refused this one request; repeating it unchanged is useless."""


class NotFound(Refused):
    """404: no such thing, or no longer."""

    sentence = "BigCommerce does not know this record (any more)."


class Conflict(Refused):
    """409: collides with something the store has, e.g. a duplicate name or SKU."""

    sentence = "This collides with something that is already in the store."


class Invalid(Refused):
    """400, 413, 415 or 422: the store does not accept these values."""

    sentence = "BigCommerce does not accept these values."


class PlanLimit(Refused):
    """507: the store's plan allows no more of these."""

    sentence = "The store's BigCommerce plan does not allow more of these."


class PartlySaved(Refused):
    """207: the object was stored, some of it was not; never create it again."""

    sentence = "BigCommerce saved this, but not all of it."


class Unexpected(BigCommerceError):
    """The protocol was not what FACTS says; a fault of ours or theirs."""


class MalformedAnswer(Unexpected):
    """The answer cannot be read; with ``sent`` a write may have taken effect."""

    sentence = "BigCommerce sent an answer that cannot be read."


class UnexpectedStatus(Unexpected):
    """A status without a meaning of its own here."""

    sentence = "BigCommerce gave an answer that was not expected."


NOT_OFFERED: Final = (NotFound, Forbidden, Invalid, UnexpectedStatus)
"""What a store answers to a read that it does not offer, or not to us: 404, 403, 422, 405."""


class PageLoop(Unexpected):
    """A listing gave the same page twice; going on would never end."""

    sentence = "BigCommerce keeps sending the same page of this list."


class CodeExchangeFailed(BigCommerceError):
    """The OAuth code could not be turned into a token."""

    sentence = "The installation could not be finished. Please install the app again."


class CodeRejected(CodeExchangeFailed):
    """BigCommerce refused the code (used, too old) or our client credentials."""


class GrantMalformed(CodeExchangeFailed):
    """The token answer lacks the token, the store or the granted scopes."""


class SignatureRefused(BigCommerceError):
    """The sender could not prove to be BigCommerce; ``reason`` is a short code for logs."""

    sentence = "This request could not be verified as coming from BigCommerce."

    def __init__(self, reason: str) -> None:
        super().__init__(detail=reason)
        self.reason = reason


def refusal(where: Where, problems: Sequence[Problem] = ()) -> BigCommerceError:
    """The error for a status that no waiting and no repeating will change."""
    kind = REFUSALS.get(where.status or 0, UnexpectedStatus)
    if where.status == 403 and any("scope" in problem.message.lower() for problem in problems):
        kind = ScopeMissing
    return kind(where, problems=problems, sent=where.status == 207)


REFUSALS: Mapping[int, type[BigCommerceError]] = {
    207: PartlySaved,
    400: Invalid,
    401: CredentialsRejected,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    507: PlanLimit,
}
