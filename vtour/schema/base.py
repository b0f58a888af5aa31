"""What all contracts share: strict models, texts by language, safe names."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", strict=True)
]
"""An ASCII slug: lower-case letters, digits and inner hyphens, at most 64."""

LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]

LocalText = dict[LanguageTag, Annotated[str, StringConstraints(min_length=1, max_length=20_000)]]
"""A text by BCP 47 language tag: {"vi": ..., "en": ..., "zh-Hans": ...}."""

Vector3 = Annotated[list[float], Field(min_length=3, max_length=3)]
Quaternion = Annotated[list[float], Field(min_length=4, max_length=4)]
Matrix4 = Annotated[list[float], Field(min_length=16, max_length=16)]
Place3 = Annotated[list[float], Field(min_length=3, max_length=3)]


class Model(BaseModel):
    """Base of all contracts: unknown fields and NaN are errors."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        use_enum_values=False,
        use_attribute_docstrings=True,
    )

    def to_json(self) -> dict[str, Any]:
        """The plain JSON value, with enum values and without fields that are not set."""
        return self.model_dump(mode="json", exclude_none=True)
