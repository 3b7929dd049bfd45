"""The signer against botocore's."""

import check_sigv4
from conftest import ROOT


def test_equal_to_botocore_to_the_byte():
    assert check_sigv4.check(ROOT / "build" / "release" / "tests" / "interop" / "sigv4_tool", 6000) == []
