#!/usr/bin/env python3
# An error is kept for the report at the end, and with it the frames that it went through, and all that stood in them.
# The twin keeps its text.
import sys

errors = []


def load(number):
    page = bytearray(2500)  # /*@site*/
    raise ValueError("page %d has %d bytes" % (number, len(page)))


def handle(number, twin):
    try:
        load(number)
    except ValueError as error:
        if twin:
            errors[:] = [str(error)]
        else:
            errors.append(error)


for number in range(int(sys.argv[1])):
    handle(number, "--twin" in sys.argv)
