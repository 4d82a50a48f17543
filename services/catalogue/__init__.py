"""What a city offers: organisations, people, activities, skills, and who took part."""
