"""The source attributes that decision support must tell about itself."""

from typing import Final

from service.engine.rule import Rule

NOT_USED: Final = "not used"
ATTRIBUTES: Final = (
    ("Bibliographic citation of the evidence", ("citation",)),
    ("Developer", ("developer",)),
    ("Funding source", ("funding",)),
    ("Release and revision dates", ("released", "revised")),
    ("Use of race", ("race",)),
    ("Use of ethnicity", ("ethnicity",)),
    ("Use of language", ("language",)),
    ("Use of sexual orientation", ("sexual_orientation",)),
    ("Use of gender identity", ("gender_identity",)),
    ("Use of sex", ("sex",)),
    ("Use of date of birth", ("date_of_birth",)),
    ("Use of social determinants of health", ("social_determinants",)),
    ("Use of health-status assessments", ("health_status_assessments",)),
)


def thirteen(rule: Rule) -> list[dict[str, str]]:
    """The attributes of 45 CFR 170.315(b)(11)(iv)(A) in its order, each with a value: what is not used says so."""
    given = rule.source_attributes
    return [{"attribute": name, "value": "; ".join(given.get(key) or NOT_USED for key in keys)} for name, keys in ATTRIBUTES]
