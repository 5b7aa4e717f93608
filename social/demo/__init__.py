"""Van Houten NV, a company that does not exist: the people, places and talk that `manage.py setup_demo` tells.

people, places, pages · who is there, where they meet, what they have written down
story/*.txt           · what they say, read by `script`
pictures, papers      · what they show each other, drawn and made here
clock                 · lets the past happen in its own time
telling               · does it all, through the same actions that people use
"""
