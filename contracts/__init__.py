"""What crosses a process boundary: the events of a city, their envelope, their subjects."""
