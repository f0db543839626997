"""A Hub on this machine: the calls that the official clients make, over real git repositories.

For trying things out and for tests. It listens on 127.0.0.1 only, and is no server for others.
"""
