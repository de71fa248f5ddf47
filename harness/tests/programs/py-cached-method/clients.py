#!/usr/bin/env python3
# The answers of a method are cached for all objects together, and so the cache holds each object. The twin's cache is
# bounded.
import functools
import sys

SIZE = 8 if "--twin" in sys.argv else None


class Client:
    pass


def connect(number):
    client = Client()
    client.page = bytearray(4000)  # /*@site*/
    client.number = number
    return client


@functools.lru_cache(maxsize=SIZE)
def total(client):
    return client.number


for number in range(int(sys.argv[1])):
    total(connect(number))
