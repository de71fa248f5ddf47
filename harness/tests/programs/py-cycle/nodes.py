#!/usr/bin/env python3
# Two objects that know each other, in a program that turned the collector off. The twin lets it run.
import gc
import sys


class Node:
    pass


def page():
    return bytearray(2000)  # /*@site*/


def handle():
    first, second = Node(), Node()
    first.other, second.other = second, first
    first.page = page()


gc.disable()
for number in range(int(sys.argv[1])):
    handle()
    if "--twin" in sys.argv and number % 5 == 4:
        gc.collect()
