"""A page of activities as GeoJSON (RFC 7946)."""

from typing import Any

from .cards import Card

MEDIA_TYPE = "application/geo+json"
SCHEMA = {
    "type": "object",
    "description": "RFC 7946 FeatureCollection; properties of features are items of the JSON answer",
    "required": ["type", "features"],
}


def collection(cards: list[Card], **foreign: Any) -> dict[str, Any]:
    """The page as a FeatureCollection; what GeoJSON has no words for are foreign members (section 6.1)."""
    return {"type": "FeatureCollection", "features": [_feature(card) for card in cards], **foreign}


def _feature(card: Card) -> dict[str, Any]:
    """Longitude comes first (section 3.1.1); what has no place has no geometry (section 3.2)."""
    place = card.place
    point = {"type": "Point", "coordinates": [place.longitude, place.latitude]} if place else None
    properties = card.model_dump(mode="json")
    return {"type": "Feature", "id": str(card.id), "geometry": point, "properties": properties}
