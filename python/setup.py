"""Tags the wheel for the machine that its program was built for. All else is in pyproject.toml."""

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.dist import Distribution


class WithProgram(Distribution):
    """A distribution that is not of Python alone."""

    def has_ext_modules(self):
        return True


class AnyPython(bdist_wheel):
    """A wheel for any Python 3 on x86-64 Linux: the program in it knows nothing of Python's interface."""

    def get_tag(self):
        return "py3", "none", "linux_x86_64"


setup(distclass=WithProgram, cmdclass={"bdist_wheel": AnyPython})
