"""Letters to people: one for each award, each completed playlist and each sign-in."""
