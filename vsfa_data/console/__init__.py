"""What people see: progress while a build runs, tables when it has ended, on stderr.

A list that was asked for is the result itself and goes to stdout: it can be paged and searched.
"""
