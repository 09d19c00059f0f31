"""Errors of notifications."""

from __future__ import annotations

from app.core.errors import AppError


class AddressNotAllowed(AppError):
    """A webhook must not lead into the network that this service stands in."""

    code = "address_not_allowed"
    status = 422
    title = "Notifications are not sent to this address"


class MailNotConfigured(AppError):
    """This installation has no mail server."""

    code = "mail_not_configured"
    status = 422
    title = "This installation cannot send mail"
