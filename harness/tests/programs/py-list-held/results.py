#!/usr/bin/env python3
# A module keeps the result of each request. The twin keeps the last one.
import sys

results = []


def answer(number):
    return bytearray(3000 + number % 2)  # /*@site*/


def handle(number, twin):
    if twin:
        results.clear()
    results.append(answer(number))


for number in range(int(sys.argv[1])):
    handle(number, "--twin" in sys.argv)
