"""The arithmetic of bench/cost.py, against figures worked out by hand."""

import json
import sys
from dataclasses import replace

import pytest
from cfn import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import cost

PRICES = cost.Prices()
ONE = cost.Case(
    total_gb=1,
    file_gb=1,
    chunk_mib=1e9 / (1 << 20) / 10,  # ten chunks
    cpu_seconds_per_gb=5,
    wall_per_cpu=1.2,
    function_gb=2,
    chunk_overhead_seconds=0.4,
    plan_seconds=3,
    plan_function_gb=1,
)


def test_compute_is_gb_seconds():
    # 5 * 1.2 + 10 * 0.4 = 10 s at 2 GB, and 3 s at 1 GB
    assert cost.calve(ONE, PRICES).compute == pytest.approx(23 * 0.0000166667)


def test_a_faster_core_needs_less():
    # 6 / 2 + 4 = 7 s
    assert cost.calve(replace(ONE, core_ratio=2), PRICES).compute == pytest.approx(17 * 0.0000166667)


def test_modelled_requests():
    case = replace(ONE, get_mib=1e9 / (1 << 20) / 40, sample_gets=17, load_gets=4, chunk_small_gets=3)
    assert cost.model_requests(case) == cost.Requests(
        get=40 + 17 + 4 + 30, put=10 * 2 + 5, list=10 + 2, head=1, sqs=33, invocations=11
    )


def test_large_data_files_go_up_in_parts():
    # 20 MB of Parquet a chunk: two parts of 16 MiB, their beginning and their end.
    assert cost.data_file_puts(replace(ONE, parquet_ratio=0.2)) == 4
    assert cost.data_file_puts(replace(ONE, parquet_ratio=0.1)) == 1


def test_listings_have_pages():
    # 2,048 chunks on 2 consumers: each looks once, and ten times more, half of the rest at a time.
    case = cost.Case(file_gb=2048 * (1 << 20) / 1e9, chunk_mib=1, consumers=2, load_lists=2)
    assert cost.model_requests(case).list == (2 * 11 + 2) * 3


def test_requests_are_priced_by_kind():
    s3, sqs, invocations = cost.Requests(
        get=900_000, head=100_000, put=600, list=400, sqs=2_000_000, invocations=3_000_000
    ).dollars(PRICES)
    assert s3 == pytest.approx(0.4 + 0.005)
    assert sqs == pytest.approx(0.8)
    assert invocations == pytest.approx(0.6)


def test_counted_requests_replace_the_model():
    counted = cost.Requests(get=1e6)
    got = cost.calve(replace(ONE, total_gb=3), PRICES, counted)
    assert (got.s3, got.sqs, got.invocations) == (pytest.approx(3 * 0.4), 0, 0)
    assert got.note == "requests counted"


def test_cost_is_proportional_to_the_total():
    small, large = (cost.calve(replace(ONE, total_gb=gb), PRICES).total for gb in (1, 1000))
    assert large == pytest.approx(1000 * small)


def test_a_part_of_a_chunk_is_a_chunk():
    assert cost.chunks(cost.Case(file_gb=64 * (1 << 20) / 1e9, chunk_mib=64)) == 1
    assert cost.chunks(cost.Case(file_gb=(64 * (1 << 20) + 1) / 1e9, chunk_mib=64)) == 2


def test_glue():
    case = cost.Case(
        total_gb=1000, spark_cpu_seconds_per_gb=36, spark_utilisation=0.5, spark_start_seconds=0, glue_dpus=10
    )
    # 72,000 vCPU-seconds = 20 vCPU-hours = 5 DPU-hours
    assert cost.glue(case, PRICES).total == pytest.approx(2.20)
    # ten DPUs for a minute at least
    assert cost.glue(replace(case, total_gb=0.001), PRICES).total == pytest.approx(0.44 / 6)


def test_emr():
    case = cost.Case(
        total_gb=1000, spark_cpu_seconds_per_gb=36, spark_utilisation=0.5, spark_start_seconds=90, glue_dpus=10
    )
    # 20 vCPU-hours and 40 vCPUs for 90 s = 21 vCPU-hours
    assert cost.emr(case, PRICES).total == pytest.approx(21 * (0.052624 + 4 * 0.0057785))


def test_firehose_rounds_records_up():
    assert cost.firehose(cost.Case(), PRICES).total == pytest.approx(29.0)
    assert cost.firehose(cost.Case(record_bytes=1024), PRICES).total == pytest.approx(145.0)
    assert cost.firehose(cost.Case(record_bytes=5121), PRICES).total == pytest.approx(29.0 * 10240 / 5121)


def test_seed():
    case = cost.Case(
        total_gb=2,
        file_gb=1,
        seed_chunk_mib=1e9 / (1 << 20) / 5,
        seed_cpu_seconds_per_gb=20,
        wall_per_cpu=1,
        seed_producer_share=0.4,
        seed_producer_cores=2,
        seed_overhead_seconds=1,
        seed_memory_per_byte=4 * 2**30 / 1e9,
        seed_consumer_gb=2,
        get_mib=1e9 / (1 << 20) / 100,
    )
    got = cost.seed(case, PRICES)
    # producer: 8 / 2 + 1 = 5 s at 4 GB; consumers: 12 + 5 = 17 s at 2 GB; two files
    assert got.compute == pytest.approx(2 * (20 + 34) * 0.0000166667)
    assert got.s3 == pytest.approx(2 * ((100 + 35) * 0.4e-6 + 30 * 5e-6))
    assert got.sqs == pytest.approx(2 * 18 * 0.4e-6)
    assert got.note == ""
    assert "cannot run" in cost.seed(replace(case, file_gb=3), PRICES).note


def test_break_even_is_where_both_cost_the_same():
    case = cost.Case()
    ours = cost.calve(case, PRICES)
    at = cost.break_even(case, PRICES, ours)
    assert at > 0
    assert cost.glue(replace(case, spark_cpu_seconds_per_gb=at), PRICES).total == pytest.approx(ours.total)


def test_prices_agree_with_the_program():
    header = (ROOT / "src" / "cli" / "cost.h").read_text()
    for constant in ("0.0000166667", "0.20 / 1e6", "0.40 / 1e6", "0.005 / 1000", "0.0004 / 1000"):
        assert f"= {constant};" in header
    assert (PRICES.lambda_gb_second, PRICES.lambda_request) == (0.0000166667, 0.20 / 1e6)
    assert (PRICES.sqs_request, PRICES.s3_put, PRICES.s3_get) == (0.40 / 1e6, 0.005 / 1000, 0.0004 / 1000)


def test_command_line(tmp_path, capsys):
    requests = {"get": 10, "put": 2, "list": 1, "head": 1, "sqs": 6, "invocations": 2}
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps({"cpu_seconds_per_gb": 4, "file_gb": 1, "requests": requests}))
    assert cost.main(["--measured", str(measured), "--spark-cpu-seconds-per-gb", "50"]) == 0
    out = capsys.readouterr().out
    assert "requests counted" in out
    ratios = [line.split("|")[7].strip() for line in out.splitlines() if line.startswith("| ") and "$" not in line]
    assert ratios[0] == ""
    assert all(float(ratio) > 0 for ratio in ratios[1:])
    assert len(ratios) == 5
    assert "spark_cpu_seconds_per_gb" not in out.split("assumed: ")[1]
    assert "spark_utilisation 0.7" in out


@pytest.mark.parametrize(
    ("data", "arguments", "what"),
    [
        ({"cpu": 1}, [], "unknown cpu"),
        ({"file_gb": 1, "requests": {"get": 1}}, [], "exactly"),
        ({"requests": dict.fromkeys(["get", "put", "list", "head", "sqs", "invocations"], 1)}, [], "file_gb"),
        ({"file_gb": 1, "requests": dict.fromkeys(["get", "put", "list", "head", "sqs", "invocations"], 1)},
         ["--file-gb", "2"], "counted for"),
        ({}, ["--wall-per-cpu", "-1"], "not negative"),
        ({}, ["--file-gb", "0"], "cost.py"),
    ],
)  # fmt: skip
def test_nonsense_is_refused(tmp_path, capsys, data, arguments, what):
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps(data))
    assert cost.main(["--measured", str(measured), *arguments]) == 2
    assert what in capsys.readouterr().err


def test_the_documented_table_is_what_the_program_prints():
    documented = (ROOT / "docs" / "cost.md").read_text()
    assert cost.table(cost.compare(cost.Case(), PRICES)) in documented


def test_the_worked_example_is_what_the_program_computes():
    readme = (ROOT / "deploy" / "README.md").read_text()
    case = cost.Case(total_gb=10, file_gb=10)
    got = cost.calve(case, PRICES)
    requests = cost.model_requests(case)
    assert "150 chunks of 64 MiB | quantity | $ |" in readme
    assert cost.chunks(case) == 150
    for quantity, dollars in (
        (f"{got.compute / PRICES.lambda_gb_second:.0f} GB-s", got.compute),
        (f"{requests.put:.0f}", requests.put * PRICES.s3_put),
        (f"{requests.list:.0f}", requests.list * PRICES.s3_put),
        (f"{requests.get + requests.head:,.0f}", (requests.get + requests.head) * PRICES.s3_get),
        (f"{requests.sqs:.0f}", got.sqs),
        (f"{requests.invocations:.0f}", got.invocations),
        ("", got.total),
    ):
        figures = f"| {dollars:.5f} |" if quantity else f"| **{dollars:.5f}** |"
        assert f"| {quantity} {figures}".replace("|  |", "| |") in readme
