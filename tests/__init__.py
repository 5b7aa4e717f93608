"""Tests mirror the rooms; `make.py` builds the cast, `test_house.py` keeps the house in order."""
