"""Builds the extension with debug information. The lines in it are those of the generated C, whose comments have the
lines of the .pyx."""

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    name="parsing",
    ext_modules=cythonize([Extension("parsing", ["parsing.pyx"], extra_compile_args=["-g"])]),
)
