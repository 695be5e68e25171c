"""The test client is the style guide: every page it gets is read strictly, and a GET that writes is caught."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lint import check_page


class LintedClient(FlaskClient):
    """A browser that refuses bad pages. `lint=False` for answers that are no page of ours."""

    def open(self, *args: Any, lint: bool = True, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if lint and response.mimetype == "text/html" and response.data:
            check_page(response.text, response.request.path)
        return response
