"""What can go wrong while a template is read or applied."""


class TemplateInvalid(Exception):
    """A template that cannot be read; `field` is the target key, `message` says what to do."""

    def __init__(
        self, template: str, field: str, message: str, code: str = "invalid_mapping"
    ) -> None:
        super().__init__(f"Template “{template}”, field “{field}”: {message}")
        self.code = code
        self.template = template
        self.field = field
        self.message = message


class FieldFailure(Exception):
    """One target of one record has no usable value; the other targets go on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class SkipRecord(Exception):
    """The template says that this record is to be left out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FailRecord(Exception):
    """The template says that this record is an error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
