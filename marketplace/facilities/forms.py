"""Forms of a facility, its sites and its contacts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import URL, DataRequired, Email, Length, Optional, Regexp

from marketplace import vocabulary
from marketplace.vocabulary import ContactPolicy, FacilityKind


class FacilityForm(FlaskForm):
    """An organisation that hosts."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the facility's name")), Length(max=160)])
    kind = SelectField(_("Kind"))
    website = StringField(
        _("Website"),
        validators=[
            Optional(),
            Length(max=300),
            URL(message=_("Give the website's whole address, such as https://example.org")),
            Regexp(r"(?i)https?://", message=_("A website starts with https:// or http://")),
        ],
    )
    phone = StringField(
        _("Main telephone number"),
        validators=[
            Optional(),
            Regexp(r"^\s*\+?1?[\s().-]*(\d[\s().-]*){10}$", message=_("A telephone number has ten digits")),
        ],
    )
    about = TextAreaField(_("About the facility"), validators=[Optional(), Length(max=1500)])
    contact_policy = RadioField(_("How students may reach you"))

    def offer(self) -> None:
        """Fill in the choices."""
        self.kind.choices = vocabulary.enum_choices(FacilityKind)
        self.contact_policy.choices = vocabulary.enum_choices(ContactPolicy)


class SiteForm(FlaskForm):
    """An address of a facility."""

    name = StringField(
        _("Name of the site"), validators=[DataRequired(_("Give the site a name")), Length(max=120)]
    )
    address = StringField(_("Street and number"), validators=[Optional(), Length(max=200)])
    zip = StringField(
        _("ZIP code"),
        validators=[
            DataRequired(_("Give the ZIP code")),
            Regexp(r"^\s*\d{5}(-\d{4})?\s*$", message=_("A ZIP code has five digits")),
        ],
    )


class ColleagueForm(FlaskForm):
    """The address of one person to invite."""

    email = StringField(
        _("E-mail address"),
        validators=[DataRequired(_("Give an e-mail address")), Email(_("This is not an e-mail address"))],
    )
