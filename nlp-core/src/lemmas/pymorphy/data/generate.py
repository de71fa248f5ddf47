#!/usr/bin/env python3
"""Write XX.txt beside this file: what pymorphy3 knows of a language beside its dictionary.

usage: generate.py                                                                 (needs: pip install "pymorphy3>=2,<3")
"""
from importlib import import_module
from pathlib import Path


def main():
    for lang in ("ru", "uk"):
        config = import_module(f"pymorphy3.lang.{lang}.config")
        lines = [f"# pymorphy3/lang/{lang}/config.py"]
        lines += ["== initials", *config.INITIAL_LETTERS]
        lines += ["== particles", *config.PARTICLES_AFTER_HYPHEN]
        lines += ["== substitutes", *(f"{written} {meant}" for written, meant in config.CHAR_SUBSTITUTES.items())]
        lines += ["== prefixes", *config.KNOWN_PREFIXES]
        Path(__file__).with_name(f"{lang}.txt").write_text("\n".join(lines) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
