"""Where a relative lives, as it is typed and kept."""

from app.support.forms import PlaceForm


class OwnPlaceForm(PlaceForm):
    """The same question as the finder's, with a token, since its answer is kept."""

    class Meta(PlaceForm.Meta):
        csrf = True
