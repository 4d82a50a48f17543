"""The four services of a city and the chassis they are bolted to."""
