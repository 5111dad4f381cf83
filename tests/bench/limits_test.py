"""What the limits of instruction counts let through, and what not."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench" / "micro"))
import limits  # noqa: E402

MEASURES = {"parse": 1000.0, "row": 10.0, "inflate/zlib": 15.0}
MESSAGES = {"small": 20000.0}


class Limits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(setattr, limits, "FILE", limits.FILE)
        limits.FILE = pathlib.Path(folder.name, "limits.json")

    def check(self, measures=None, messages=None):
        """Whether these counts pass, where others than MEASURES and MESSAGES are given; and what was printed."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            passed = limits.check(MEASURES | (measures or {}), MESSAGES | (messages or {}))
        return passed, printed.getvalue()

    def test_lets_pass_what_it_has_written(self):
        limits.write(MEASURES, MESSAGES)
        self.assertEqual(self.check(), (True, "instructions are within limits: 2 measures, 1 of whole messages\n"))

    def test_lets_measures_have_5_percent_more_and_messages_8(self):
        limits.write(MEASURES, MESSAGES)
        self.assertTrue(self.check({"parse": 1049}, {"small": 21590})[0])
        for counts in (({"parse": 1051}, {}), ({}, {"small": 21610})):
            passed, printed = self.check(*counts)
            self.assertFalse(passed)
            self.assertIn("FAILED " + next(iter(counts[0] | counts[1])), printed)

    def test_tells_of_10_percent_less_and_lets_it_pass(self):
        limits.write(MEASURES, MESSAGES)
        self.assertNotIn("better", self.check({"parse": 901})[1])
        passed, printed = self.check({"parse": 899})
        self.assertTrue(passed)
        self.assertIn("better parse: 899 instructions, -10.1% of 1,000", printed)

    def test_refuses_what_has_no_limit_and_a_limit_of_nothing(self):
        limits.write(MEASURES, MESSAGES)
        self.assertIn("FAILED new has no limit", self.check({"new": 1})[1])
        self.assertFalse(self.check({"new": 1})[0])
        limits.write(MEASURES | {"old": 1}, MESSAGES)
        self.assertIn("FAILED old is not measured any more", self.check()[1])
        self.assertFalse(self.check()[0])

    def test_does_not_limit_what_libraries_do(self):
        limits.write(MEASURES, MESSAGES)
        self.assertTrue(self.check({"inflate/zlib": 30, "column/memcpy/rows:10": 1})[0])

    def test_compares_with_nothing_but_counts_of_the_same_compiler_and_processor(self):
        limits.write(MEASURES, MESSAGES)
        written = json.loads(limits.FILE.read_text())
        written["counted with"]["compiler"] = "another"
        limits.FILE.write_text(json.dumps(written))
        passed, printed = self.check({"parse": 5000})
        self.assertTrue(passed)
        self.assertIn("not compared", printed)

    def test_fails_without_limits(self):
        self.assertFalse(self.check()[0])


if __name__ == "__main__":
    unittest.main()
