"""Prometheus metrics of the process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The metrics that this service exposes; one registry per process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.http_requests = Counter(
            "quayside_http_requests_total",
            "Requests answered, by route template and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.http_seconds = Histogram(
            "quayside_http_request_seconds",
            "Time to answer a request.",
            ("method", "route"),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.runs = Gauge(
            "quayside_runs",
            "Runs that are not finished, by integration and status.",
            ("integration", "status"),
            registry=self.registry,
        )
        self.webhook_backlog = Gauge(
            "quayside_webhook_events_pending",
            "Webhook events received and not yet processed.",
            registry=self.registry,
        )
        self.workers = Gauge(
            "quayside_workers_alive",
            "Workers whose heartbeat is recent.",
            registry=self.registry,
        )
