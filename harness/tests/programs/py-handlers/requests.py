#!/usr/bin/env python3
# Each request adds a handler to the logger and never takes it away. The twin does.
import io
import logging
import sys

logger = logging.getLogger("requests")
logger.propagate = False


def buffer():
    return io.StringIO("x" * 900)  # /*@site*/


def handle(number, twin):
    handler = logging.StreamHandler(buffer())
    logger.addHandler(handler)
    logger.debug("request %d", number)
    if twin:
        logger.removeHandler(handler)
        handler.close()


for number in range(int(sys.argv[1])):
    handle(number, "--twin" in sys.argv)
