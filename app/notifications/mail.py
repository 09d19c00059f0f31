"""Notifications by mail, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from app.notifications.schemas import NotificationView

SECONDS = 15.0
SUBMISSION_PORT, TLS_PORT = 587, 465


class MailRefused(Exception):
    """The mail server will not take this mail, however often it is asked."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in; the password is not printed."""

    host: str
    port: int
    tls: bool
    """From the first byte on; else STARTTLS where the server offers it."""
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"


def read_server(url: str) -> MailServer:
    """Take `smtp://user:password@host:587` or `smtps://…` apart."""
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or (TLS_PORT if tls else SUBMISSION_PORT),
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def compose(notification: NotificationView, sender: str, recipient: str) -> EmailMessage:
    """Write the mail of a notification."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient
    words = notification.kind.value.replace("_", " ")
    mail["Subject"] = f"[Quayside] {words.capitalize()}"
    mail["Date"] = format_datetime(notification.last_at)
    mail["Message-ID"] = f"<{notification.id}.{notification.count}@quayside>"
    mail["Auto-Submitted"] = "auto-generated"
    about = [
        notification.message,
        "",
        f"Severity: {notification.severity}",
        f"Code: {notification.code}",
    ]
    if notification.entity is not None:
        about.append(f"About: {notification.entity} {notification.entity_id}")
    mail.set_content("\n".join(about) + "\n")
    return mail


def send_mail(server: MailServer, mail: EmailMessage) -> None:
    """Hand a mail in; blocks. Raises `MailRefused`, or `OSError` and `SMTPException` to retry."""
    context = ssl.create_default_context()
    try:
        if server.tls:
            with smtplib.SMTP_SSL(
                server.host, server.port, timeout=SECONDS, context=context
            ) as session:
                _hand_in(session, server, mail)
        else:
            with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as session:
                session.ehlo()
                if session.has_extn("starttls"):
                    session.starttls(context=context)
                    session.ehlo()
                elif server.user is not None and not _is_loopback(server.host):
                    raise MailRefused("The mail server offers no TLS to send the password through.")
                _hand_in(session, server, mail)
    except smtplib.SMTPAuthenticationError:
        raise  # whoever runs the service may set it right
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if all(code >= 500 for code in codes):
            raise MailRefused(f"The mail server refuses the recipient ({codes[0]}).") from None
        raise
    except smtplib.SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise MailRefused(f"The mail server refuses the mail ({error.smtp_code}).") from None
        raise


def _hand_in(session: smtplib.SMTP, server: MailServer, mail: EmailMessage) -> None:
    if server.user is not None:
        session.login(server.user, server.password or "")
    session.send_message(mail)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
