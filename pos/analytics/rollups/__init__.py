"""The books added up by day, kept by the worker, so that reports over years read thousands of rows instead of millions.

Each rollup has one SELECT over the books (sources.py). It fills the table, stands in for it on days that have changed since, and is
what the audit compares the table with: there is no second way to count.
"""
