// CloudWatch's embedded metric format: a log line that CloudWatch Logs turns into metrics, without a call of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace calve {

/// As CloudWatch names them.
enum class MetricUnit { kNone, kCount, kSeconds, kMilliseconds, kBytes, kBytesPerSecond, kPercent };

/// One line: a namespace, one set of dimensions, metrics, and properties that are only logged. Not thread-safe.
/// Spec: "CloudWatch embedded metric format specification", AWS documentation: at most 30 dimensions and 100 metrics;
/// each dimension's combination of values is a metric of its own (and costs as one): load ids belong to properties.
class EmfLine {
 public:
  EmfLine(std::string_view metric_namespace, TimestampMicros time);

  EmfLine& Dimension(std::string_view name, std::string_view value);
  EmfLine& Metric(std::string_view name, int64_t value, MetricUnit unit);
  EmfLine& Metric(std::string_view name, double value, MetricUnit unit);
  /// Names and figures for a person who searches the log; never a payload or a secret.
  EmfLine& Property(std::string_view name, Json value);

  /// The line, without a newline. kInvalidArgument for what CloudWatch would drop without a word: a name that is empty,
  /// begins with ':', holds other than printable ASCII, is too long or was used twice, a value that is not finite or
  /// out of range, an empty dimension value, too many, or none.
  Result<std::string> Text() const;

 private:
  void Add(std::string_view name, Json value, std::string_view what);
  void Refuse(std::string why);
  void AddMetric(std::string_view name, Json value, MetricUnit unit);

  std::string problem_;  ///< The first one; empty when there is none.
  std::string namespace_;
  int64_t time_ms_;
  Json dimensions_ = Json::array();
  Json metrics_ = Json::array();
  Json fields_ = Json::object();
};

}  // namespace calve
