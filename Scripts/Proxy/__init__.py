"""nginx and a slow relay in front of pushbench, for Scripts/proxy-tests.py."""
