"""What a city's learning proves: achievements, awards and the Open Badges credentials made of them."""
