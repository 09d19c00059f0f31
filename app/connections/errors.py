"""Errors of connections."""

from __future__ import annotations

from app.core.errors import AppError, Conflict, Unavailable, ValidationFailed


class ConnectionRejected(ValidationFailed):
    """The store does not accept what we were given to reach it with."""

    code = "connection_rejected"
    title = "The store refuses these credentials"


class StoreUnavailable(Unavailable):
    """The store did not answer, or asked us to come back later."""

    code = "store_unavailable"
    title = "The store is not available at the moment"


class StoreRefused(AppError):
    """The store answered, but not with what was asked for."""

    code = "store_refused"
    status = 502
    title = "The store did not do what was asked"


class StoreAlreadyConnected(Conflict):
    """The store belongs to another account or to another channel."""

    code = "store_already_connected"
    title = "The store is connected already"


class ChannelAlreadyConnected(Conflict):
    """The channel belongs to another store."""

    code = "channel_already_connected"
    title = "The channel is connected to another store"


class ConnectionUnusable(Conflict):
    """The connection has no access to its store at present."""

    code = "connection_unusable"
    title = "The connection has no access to its store"


class OAuthNotConfigured(Conflict):
    """This installation has no app credentials of BigCommerce."""

    code = "oauth_not_configured"
    title = "This installation has no BigCommerce app"


class LinkCodeRefused(ValidationFailed):
    """No pending connection of this store has that code."""

    code = "link_code_refused"
    title = "The link code is not known"


class InstallRefused(AppError):
    """The install callback cannot be accepted; shown to a person as a page."""

    code = "install_refused"
    status = 400
    title = "The installation could not be finished"


class InstallUnderWay(InstallRefused):
    """The same code is being exchanged by another request at this moment."""

    code = "install_under_way"
    status = 409
    title = "The installation is being finished"


class CallbackRefused(AppError):
    """A signed payload is forged, over, used before, or not of somebody who may do this."""

    code = "callback_refused"
    status = 401
    title = "The request could not be verified"


class NotAllowedHere(CallbackRefused):
    """The person is known to BigCommerce but may not do this."""

    code = "not_allowed"
    status = 403
    title = "This person may not do this"
