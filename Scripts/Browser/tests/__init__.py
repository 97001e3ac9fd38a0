"""The tests of the demo's pages; importing this declares them, in this order."""

from . import wrong, lanes, tour, rooms, hostile, reading, accessibility, export  # noqa: F401
