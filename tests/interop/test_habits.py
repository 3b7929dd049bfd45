"""Files as other programs write them: what calve makes of each, beside DuckDB."""

import sys

from conftest import CALVE, ROOT

sys.path.insert(0, str(ROOT / "tests" / "interop" / "habits"))

import check_habits


def test_every_program_s_habit_is_read_as_known(tmp_path):
    assert check_habits.check(CALVE, check_habits.all_cases(), tmp_path) == []
