"""The four layers of taking part as a rubric (Open Badges 3.0, ResultDescription, RubricCriterionLevel)."""

from typing import Any, get_args

from .badge import Layer
from .wording import LAYERS, spoken_language

_ORDER: tuple[Layer, ...] = get_args(Layer)


def layer_rubric(achievement: str, language: str) -> dict[str, Any]:
    """The ResultDescription that lists all layers, lowest first, explained in the achievement's language.

    Its ids stand below `achievement`, the address of that version, so that they are as lasting as it is.
    """
    explained = LAYERS[spoken_language(language)]
    return {
        "id": f"{achievement}#layer",
        "type": ["ResultDescription"],
        "name": explained["name"],
        "resultType": "RubricCriterionLevel",
        "rubricCriterionLevel": [
            {
                "id": f"{achievement}#{layer}",
                "type": ["RubricCriterionLevel"],
                "name": layer.capitalize(),
                "description": explained[layer],
                "level": str(number),
            }
            for number, layer in enumerate(_ORDER, 1)
        ],
    }


def layer_reached(achievement: str, layer: Layer) -> dict[str, Any]:
    """The Result of whoever earned it: the layer they reached."""
    return {
        "type": ["Result"],
        "resultDescription": f"{achievement}#layer",
        "achievedLevel": f"{achievement}#{layer}",
    }
