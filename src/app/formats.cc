#include "app/formats.h"

#include <utility>

#include "format_csv/format.h"
#include "format_csv/input.h"
#include "format_parquet/format.h"
#include "format_parquet/input.h"

namespace calve::app {
namespace {

/// In the order in which a source is tried: CSV takes everything.
load::SourceFormats AllSourceFormats(transform::DuckDbDescriber& describer) {
  std::vector<std::unique_ptr<const load::SourceFormat>> formats;
  formats.push_back(std::make_unique<format_parquet::ParquetFormat>(describer));
  formats.push_back(std::make_unique<format_csv::CsvFormat>());
  return load::SourceFormats(std::move(formats));
}

}  // namespace

PlanEngine::PlanEngine(std::unique_ptr<transform::DuckDbDescriber> describer)
    : describer_(std::move(describer)), formats_(AllSourceFormats(*describer_)) {}

Result<std::unique_ptr<PlanEngine>> PlanEngine::Make(const std::string& private_dir) {
  CALVE_ASSIGN_OR_RETURN(std::unique_ptr<transform::DuckDbDescriber> describer,
                         transform::DuckDbDescriber::Make(private_dir));
  return std::unique_ptr<PlanEngine>(new PlanEngine(std::move(describer)));
}

const transform::InputFormats& AllInputFormats() {
  static const transform::InputFormats formats = [] {
    transform::InputFormats all;
    all.push_back(std::make_unique<format_parquet::ParquetInputFormat>());
    all.push_back(std::make_unique<format_csv::CsvInputFormat>());
    return all;
  }();
  return formats;
}

}  // namespace calve::app
