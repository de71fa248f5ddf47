#!/usr/bin/env python3
"""The comparison with the truth tells right from wrong: hand-written documents, each with one fault.

usage: growing_compared_test.py        (python -m unittest's options)
"""
import copy
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from growing_compared import bare, compare, compare_control, same_function
from growing_truth import Explained, Growth, Site, Truth


def truth(growth=(), also=(), explained=()):
    return Truth("made-up", Path("."), Path("soup.c"), [], "soup", "{iters}", {}, [], None, [10, 100], list(growth), list(also),
                 list(explained), {})


def row(resource="heap", cause="unreachable", sites=None, **more):
    sites = sites if sites is not None else [site()]
    return {"resource": resource, "cause": cause, "process": "main", "sites": sites,
            "bytes_per_iteration": sum(one.get("bytes_per_iteration", 0) for one in sites),
            "count_per_iteration": sum(one.get("blocks_per_iteration", 0) for one in sites), **more}


def site(function="cook", line=12, size=100.0, blocks=1.0, file="/home/someone/soup.c", **more):
    return {"function": function, "file": file, "line": line, "language": "C", "bytes_per_iteration": size, "blocks_per_iteration": blocks,
            "stack": [], **more}


def document(*rows, outcome="leak", explained=()):
    return {"verdict": {"outcome": outcome, "growth": list(rows), "explained": list(explained)}}


LEAK = truth([Growth(["heap"], ["unreachable"], sites=[Site("cook", "soup.c", 12, 100, 1)])])


class Leak(unittest.TestCase):
    def assertOneFault(self, told, words):
        self.assertEqual(len(told), 1, told)
        self.assertIn(words, told[0])

    def test_what_is_right_is_right(self):
        self.assertEqual(compare(LEAK, document(row()), 1), [])

    def test_two_percent_are_near_enough_and_three_are_not(self):
        self.assertEqual(compare(LEAK, document(row(sites=[site(size=101.9)])), 1), [])
        self.assertOneFault(compare(LEAK, document(row(sites=[site(size=103)])), 1), "bytes_per_iteration 103, not 100")

    def test_stacks_that_share_a_site_are_added_up(self):
        self.assertEqual(compare(LEAK, document(row(sites=[site(size=60, blocks=0.6), site(size=40, blocks=0.4)])), 1), [])
        self.assertEqual(compare(LEAK, document(row(sites=[site(size=60, blocks=0.6)]), row(sites=[site(size=40, blocks=0.4)])), 1), [])

    def test_a_wrong_outcome_or_exit_code_is_a_fault(self):
        self.assertOneFault(compare(LEAK, document(row(), outcome="inconclusive"), 3), "outcome inconclusive, not leak")
        self.assertOneFault(compare(LEAK, document(row()), 0), "exit code 0")

    def test_a_wrong_line_function_or_file_is_a_fault(self):
        for wrong in (site(line=13), site(function="bake"), site(file="stew.c")):
            told = compare(LEAK, document(row(sites=[wrong])), 1)
            self.assertIn("heap: not at cook (soup.c:12)", told[0])
            self.assertIn("growth that is not there", told[1])

    def test_a_wrong_cause_resource_or_process_is_a_fault(self):
        self.assertOneFault(compare(LEAK, document(row(cause="held")), 1), "cause held, not unreachable")
        self.assertIn("no growth of heap", compare(LEAK, document(row("mapping")), 1)[0])
        self.assertIn("and not of main", compare(LEAK, document(row(process="child: ./soup 10")), 1)[0])

    def test_growth_of_a_child_is_wanted_of_a_child(self):
        wanted = copy.deepcopy(LEAK)
        wanted.growth[0].process = "child"
        self.assertEqual(compare(wanted, document(row(process="child ./soup 10")), 1), [])
        self.assertEqual(compare(wanted, document(row(process={"role": "child", "command": "./soup"})), 1), [])
        self.assertIn("and not of child", compare(wanted, document(row()), 1)[0])

    def test_missing_figures_are_a_fault(self):
        told = compare(LEAK, document(row(sites=[{"function": "cook", "file": "soup.c", "line": 12}])), 1)
        self.assertEqual(len(told), 2, told)

    def test_growth_beside_it_is_a_fault_unless_it_is_a_consequence(self):
        beside = row("file_descriptor", None, [site("serve", 30)])
        self.assertOneFault(compare(LEAK, document(row(), beside), 1), "file_descriptor at serve")
        allowed = copy.deepcopy(LEAK)
        allowed.also = [{"resource": "file_descriptor", "function": "serve"}]
        self.assertEqual(compare(allowed, document(row(), beside), 1), [])
        allowed.also = [{"resource": "file_descriptor", "function": "fetch"}]
        self.assertOneFault(compare(allowed, document(row(), beside), 1), "file_descriptor at serve")
        self.assertOneFault(compare(LEAK, document(row(), row("mapping", None, [])), 1), "mapping without a site")

    def test_nothing_said_is_a_fault(self):
        self.assertOneFault(compare(LEAK, {}, 1), "no verdict")
        self.assertIn("no growth of heap", compare(LEAK, document(outcome="leak"), 1)[0])

    def test_a_caller_has_to_stand_in_the_stack(self):
        wanted = copy.deepcopy(LEAK)
        wanted.growth[0].sites[0].through, wanted.growth[0].sites[0].through_line = "serve", 30
        stack = [{"function": "cook", "file": "soup.c", "line": 12}, {"function": "serve", "file": "soup.c", "line": 30}]
        self.assertEqual(compare(wanted, document(row(sites=[site(stack=stack)])), 1), [])
        self.assertEqual(compare(wanted, document(row(sites=[site(stack=["cook (soup.c:12)", "serve (soup.c:30)"])])), 1), [])
        stack[1]["line"] = 31
        self.assertIn("not at cook", compare(wanted, document(row(sites=[site(stack=stack)])), 1)[0])
        self.assertIn("not at cook", compare(wanted, document(row()), 1)[0])

    def test_counts_of_things_are_compared(self):
        wanted = truth([Growth(["file_descriptor"], count=2, sites=[Site("cook", "soup.c", 12, None, 2)])])
        self.assertEqual(compare(wanted, document(row("file_descriptor", None, [site(size=0, blocks=2)])), 1), [])
        told = compare(wanted, document(row("file_descriptor", None, [site(size=0, blocks=1)])), 1)
        self.assertEqual(len(told), 2, told)

    def test_one_of_several_resources_has_to_be_right_and_two_are_not_added_up(self):
        wanted = truth([Growth(["thread", "heap"], count=1, sites=[Site("cook", "soup.c", 12, None, 1)])], [{"resource": "heap"}])
        both = [row("thread", None, [site(size=8000)]), row("heap", "held", [site(size=272)])]
        self.assertEqual(compare(wanted, document(*both), 1), [])
        both[0]["sites"][0]["line"] = 13
        self.assertIn("thread at cook (/home/someone/soup.c:13)", compare(wanted, document(*both), 1)[0])
        wanted.also = []
        self.assertEqual(len(compare(wanted, document(*both), 1)), 1)

    def test_growth_without_a_site_is_told_by_its_bytes(self):
        wanted = truth([Growth(["mapping"], bytes=8192, no_site=True)])
        self.assertEqual(compare(wanted, document(row("mapping", None, [], bytes_per_iteration=8200)), 1), [])
        self.assertOneFault(compare(wanted, document(row("mapping", None, [], bytes_per_iteration=4096)), 1), "4096, not 8192")
        wanted = truth([Growth(["mapping"], exact=False, between=[8000, 9000], no_site=True)])
        self.assertEqual(compare(wanted, document(row("mapping", None, [], bytes_per_iteration=8200)), 1), [])
        self.assertOneFault(compare(wanted, document(row("mapping", None, [], bytes_per_iteration=7000)), 1), "7000 bytes")

    def test_growth_in_steps_lies_between_bounds(self):
        wanted = truth([Growth(["heap"], ["held"], exact=False, between=[40, 80], sites=[Site("cook", "soup.c", 12)])])
        self.assertEqual(compare(wanted, document(row(cause="held", sites=[site(size=51)])), 1), [])
        self.assertOneFault(compare(wanted, document(row(cause="held", sites=[site(size=81)])), 1), "not between 40 and 80")


class NoGrowth(unittest.TestCase):
    CACHE = truth(explained=[Explained(["bounded_cache"], 5000, Site("cook", "soup.c", 12))])

    def said(self, **more):
        return {"kind": "bounded_cache", "bytes": 5000, "site": site(), **more}

    def test_what_is_explained_is_right(self):
        self.assertEqual(compare(self.CACHE, document(outcome="pass", explained=[self.said()]), 0), [])
        self.assertEqual(compare(self.CACHE, document(outcome="pass", explained=[self.said(site="cook (soup.c:12)")]), 0), [])

    def test_a_leak_in_its_place_is_a_fault(self):
        told = compare(self.CACHE, document(row(cause="held"), explained=[self.said()]), 1)
        self.assertEqual(["outcome leak, not pass" in told[0], "growth that is not there" in told[1]], [True, True], told)

    def test_another_kind_site_or_size_is_a_fault(self):
        for wrong, words in (({"kind": "one_off"}, "is not explained (said: one_off)"), ({"site": site(line=9)}, "not at cook"),
                             ({"site": None}, "not at cook"), ({"bytes": 9000}, "9000 bytes, not 5000"), ({"bytes": None}, "None bytes")):
            told = compare(self.CACHE, document(outcome="pass", explained=[self.said(**wrong)]), 0)
            self.assertEqual(len(told), 1, told)
            self.assertIn(words, told[0])

    def test_a_control_has_to_be_clean(self):
        self.assertEqual(compare_control(document(outcome="pass"), 0), [])
        self.assertEqual(len(compare_control(document(row()), 1)), 3)
        self.assertEqual(compare_control(document(outcome="inconclusive"), 3), ["outcome inconclusive, not pass", "exit code 3"])


class Names(unittest.TestCase):
    def test_functions_are_compared_without_what_compilers_add(self):
        for name, plain in (("lend<double>", "lend"), ("double lend<double>(int, bool)", "lend"), ("read_all(bool)", "read_all"),
                            ("audit::record::h0123456789abcdef", "audit::record"), ("take.constprop.0", "take"), ("job.isra.0", "job"),
                            ("Polygon::Polygon(int) [clone .cold]", "Polygon::Polygon"), ("(anonymous namespace)::cook(int)", "cook")):
            self.assertEqual(bare(name), plain)

    def test_fewer_namespaces_are_the_same_function_and_other_names_are_not(self):
        self.assertTrue(same_function("tree::node", "node"))
        self.assertTrue(same_function("node", "tree::node"))
        self.assertFalse(same_function("nodes", "node"))
        self.assertFalse(same_function(None, "node"))
        self.assertFalse(same_function("tree::node::family", "tree::node"))


class Runner(unittest.TestCase):
    """The script as a whole, with a stand-in for the harness that says one thing of every program."""

    def run_with(self, said, code, program):
        tools = Path(__file__).resolve().parent
        with tempfile.TemporaryDirectory() as folder:
            harness = Path(folder) / "harness"
            harness.write_text(f"#!{sys.executable}\nimport json, sys\nassert sys.argv[1:3] == ['run', '--json'] and sys.argv[4] == '--'\n"
                               f"open(sys.argv[3], 'w').write(json.dumps({said!r}))\nsys.exit({code})\n")
            harness.chmod(0o755)
            return subprocess.run([sys.executable, tools / "growing_programs.py", "--harness", harness, "--only", program],
                                  capture_output=True, text=True)

    def test_a_harness_that_passes_everything_misses_a_leak_and_is_right_about_a_clean_program(self):
        miss = self.run_with(document(outcome="pass"), 0, "c-plain")
        self.assertEqual((miss.returncode, miss.stdout.count("WRONG")), (1, 1), miss.stdout + miss.stderr)
        self.assertIn("outcome pass, not leak", miss.stdout)
        right = self.run_with(document(outcome="pass"), 0, "c-clean")
        self.assertEqual((right.returncode, right.stdout.splitlines()[-1]), (0, "1 right, 0 wrong, 0 skipped"), right.stdout + right.stderr)

    def test_a_harness_that_calls_everything_a_leak_is_wrong_about_the_control(self):
        wrong = self.run_with(document(row()), 1, "c-clean")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("control: outcome leak, not pass", wrong.stdout)


if __name__ == "__main__":
    unittest.main()
