#include "iceberg/append_summary.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

#include "base/whole_number.h"

namespace calve::iceberg {
namespace {

std::optional<int64_t> Total(const Snapshot* parent, const std::string& key) {
  if (parent == nullptr) return 0;
  const auto it = parent->summary.find(key);
  if (it == parent->summary.end()) return std::nullopt;
  const auto value = WholeNumber<int64_t>(it->second);
  return value && *value >= 0 ? value : std::nullopt;
}

/// A text that equal values share and others do not; NaN is one value, as it is in a path.
std::string Key(const Literal& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool v) const { return v ? "t" : "f"; }
    std::string operator()(int32_t v) const { return "i" + std::to_string(v); }
    std::string operator()(int64_t v) const { return "l" + std::to_string(v); }
    std::string operator()(float v) const { return "F" + fmt::format("{}", v); }
    std::string operator()(double v) const { return "D" + fmt::format("{}", v); }
    std::string operator()(const DecimalValue& v) const { return "d" + DecimalToBytes(v.unscaled); }
    std::string operator()(const std::string& v) const { return "s" + v; }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace

Result<std::map<std::string, std::string>> AppendSummary(const std::vector<DataFile>& files, const Snapshot* parent,
                                                         const std::map<std::string, std::string>& extra) {
  int64_t records = 0;
  int64_t bytes = 0;
  std::set<std::pair<int, std::vector<std::string>>> partitions;
  for (const DataFile& file : files) {
    records += file.record_count;
    bytes += file.file_size_bytes;
    std::vector<std::string> tuple;
    for (const Literal& value : file.partition) tuple.push_back(Key(value));
    partitions.emplace(file.spec_id, std::move(tuple));
  }
  const auto count = static_cast<int64_t>(files.size());
  std::map<std::string, std::string> summary = {{"operation", "append"},
                                                {"changed-partition-count", std::to_string(partitions.size())}};
  const auto add = [&](const std::string& added_key, const std::string& total_key, int64_t added) {
    if (added > 0 && !added_key.empty()) summary[added_key] = std::to_string(added);
    int64_t total = 0;
    const std::optional<int64_t> before = Total(parent, total_key);
    if (before && !__builtin_add_overflow(*before, added, &total)) summary[total_key] = std::to_string(total);
  };
  add("added-data-files", "total-data-files", count);
  add("added-records", "total-records", records);
  add("added-files-size", "total-files-size", bytes);
  add("", "total-delete-files", 0);
  add("", "total-position-deletes", 0);
  add("", "total-equality-deletes", 0);
  for (const auto& [key, value] : extra) {
    if (!summary.emplace(key, value).second) {
      return Err(ErrorKind::kInvalidArgument,
                 "the snapshot summary's '" + key + "' is the append's own; choose another key");
    }
  }
  return summary;
}

}  // namespace calve::iceberg
