from tests.written import committed, cursor, forgetful, writer

__all__ = ["committed", "cursor", "forgetful", "writer"]
