// What came of `calve run`, for people and for scripts.
#pragma once

#include <string>
#include <vector>

#include "app/run.h"
#include "base/json.h"
#include "load/chunk_result.h"

namespace calve::cli {

/// {"loads":[...],"seconds":S}, as docs/configuration.md describes it.
Json RunToJson(const std::vector<app::LoadReport>& reports, double seconds);
/// A paragraph a load, and a last line when there are several.
std::string RunToText(const std::vector<app::LoadReport>& reports, double seconds);

/// "byte 123, column fare: '1.7.2' is not a DOUBLE"
std::string DescribeBadRecord(const load::FirstBadRecord& bad);
Json BadRecordToJson(const load::FirstBadRecord& bad);

}  // namespace calve::cli
