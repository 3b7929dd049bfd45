#include "base/emf.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace calve {
namespace {

constexpr size_t kMaxDimensions = 30;
constexpr size_t kMaxMetrics = 100;
constexpr size_t kMaxNameBytes = 250;      // Dimension names; metric names and namespaces may be as long or longer.
constexpr size_t kMaxValueBytes = 1024;    // Dimension values.
constexpr double kMaxMagnitude = 0x1p360;  // CloudWatch refuses what is larger.

std::string_view UnitName(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kNone:
      return "None";
    case MetricUnit::kCount:
      return "Count";
    case MetricUnit::kSeconds:
      return "Seconds";
    case MetricUnit::kMilliseconds:
      return "Milliseconds";
    case MetricUnit::kBytes:
      return "Bytes";
    case MetricUnit::kBytesPerSecond:
      return "Bytes/Second";
    case MetricUnit::kPercent:
      return "Percent";
  }
  return "None";
}

bool PlainPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

bool GoodName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && name.front() != ':' && PlainPrintable(name) &&
         name.find_first_not_of(' ') != std::string_view::npos;
}

}  // namespace

EmfLine::EmfLine(std::string_view metric_namespace, TimestampMicros time)
    : namespace_(metric_namespace), time_ms_(ToMillis(time)) {
  if (!GoodName(metric_namespace)) Refuse("the namespace");
}

void EmfLine::Refuse(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
}

void EmfLine::Add(std::string_view name, Json value, std::string_view what) {
  const std::string key(name);
  if (!GoodName(name) || key == "_aws") return Refuse(std::string(what) + " name '" + key + "'");
  if (fields_.contains(key)) return Refuse("the name '" + key + "', used twice");
  fields_[key] = std::move(value);
}

EmfLine& EmfLine::Dimension(std::string_view name, std::string_view value) {
  if (value.empty() || value.size() > kMaxValueBytes || !PlainPrintable(value) ||
      value.find_first_not_of(' ') == std::string_view::npos) {
    Refuse("the value of dimension '" + std::string(name) + "'");
  }
  Add(name, std::string(value), "dimension");
  dimensions_.push_back(std::string(name));
  return *this;
}

void EmfLine::AddMetric(std::string_view name, Json value, MetricUnit unit) {
  Add(name, std::move(value), "metric");
  metrics_.push_back(Json{{"Name", std::string(name)}, {"Unit", std::string(UnitName(unit))}});
}

EmfLine& EmfLine::Metric(std::string_view name, int64_t value, MetricUnit unit) {
  AddMetric(name, value, unit);
  return *this;
}

EmfLine& EmfLine::Metric(std::string_view name, double value, MetricUnit unit) {
  if (!std::isfinite(value) || std::abs(value) > kMaxMagnitude)
    Refuse("the value of metric '" + std::string(name) + "'");
  AddMetric(name, value, unit);
  return *this;
}

EmfLine& EmfLine::Property(std::string_view name, Json value) {
  Add(name, std::move(value), "property");
  return *this;
}

Result<std::string> EmfLine::Text() const {
  std::string problem = problem_;
  if (problem.empty() && metrics_.empty()) problem = "a line without a metric";
  if (problem.empty() && metrics_.size() > kMaxMetrics) problem = "more than 100 metrics";
  if (problem.empty() && dimensions_.size() > kMaxDimensions) problem = "more than 30 dimensions";
  if (!problem.empty()) return Err(ErrorKind::kInvalidArgument, "CloudWatch does not take " + problem);
  Json directive;
  directive["Namespace"] = namespace_;
  directive["Dimensions"] = Json::array({dimensions_});
  directive["Metrics"] = metrics_;
  Json line;
  line["_aws"] = {{"Timestamp", time_ms_}, {"CloudWatchMetrics", Json::array({std::move(directive)})}};
  for (const auto& [name, value] : fields_.items()) line[name] = value;
  return JsonText(line);
}

}  // namespace calve
