#include "iceberg/manifest_summary.h"

#include <algorithm>
#include <cmath>

namespace calve::iceberg {
namespace {

template <typename T>
bool FloatLess(T a, T b) {
  return a < b || (a == b && std::signbit(a) && !std::signbit(b));
}

bool IsNan(const Literal& value) {
  if (const auto* f = std::get_if<float>(&value)) return std::isnan(*f);
  if (const auto* d = std::get_if<double>(&value)) return std::isnan(*d);
  return false;
}

/// The values of one partition field.
Result<PartitionFieldSummary> SummarizeField(const std::vector<ManifestEntry>& entries, size_t field,
                                             const Type& type) {
  PartitionFieldSummary summary;
  summary.contains_nan = false;
  const Literal* lower = nullptr;
  const Literal* upper = nullptr;
  for (const ManifestEntry& entry : entries) {
    if (field >= entry.file.partition.size()) {
      return Err(ErrorKind::kInternal, entry.file.file_path + " has fewer partition values than its spec has fields");
    }
    const Literal& value = entry.file.partition[field];
    if (std::holds_alternative<std::monostate>(value)) {
      summary.contains_null = true;
    } else if (IsNan(value)) {
      summary.contains_nan = true;
    } else if (lower != nullptr && lower->index() != value.index()) {
      return Err(ErrorKind::kInternal, entry.file.file_path + " has a partition value of another type than the others");
    } else {
      if (lower == nullptr || LiteralLess(value, *lower)) lower = &value;
      if (upper == nullptr || LiteralLess(*upper, value)) upper = &value;
    }
  }
  // Readers differ in whether they compare uuids signed or unsigned: bounds only where both agree.
  if (lower == nullptr || (type.id == TypeId::kUuid && *lower != *upper)) return summary;
  CALVE_ASSIGN_OR_RETURN(summary.lower, SerializeLiteral(type, *lower));
  CALVE_ASSIGN_OR_RETURN(summary.upper, SerializeLiteral(type, *upper));
  return summary;
}

}  // namespace

bool LiteralLess(const Literal& a, const Literal& b) {
  if (const auto* f = std::get_if<float>(&a)) return FloatLess(*f, std::get<float>(b));
  if (const auto* d = std::get_if<double>(&a)) return FloatLess(*d, std::get<double>(b));
  if (const auto* s = std::get_if<std::string>(&a)) return *s < std::get<std::string>(b);
  if (const auto* d = std::get_if<DecimalValue>(&a)) return d->unscaled < std::get<DecimalValue>(b).unscaled;
  if (const auto* i = std::get_if<int32_t>(&a)) return *i < std::get<int32_t>(b);
  if (const auto* l = std::get_if<int64_t>(&a)) return *l < std::get<int64_t>(b);
  if (const auto* t = std::get_if<bool>(&a)) return !*t && std::get<bool>(b);
  return false;
}

Result<ManifestFile> SummarizeEntries(const std::vector<ManifestEntry>& entries, const std::vector<Type>* types,
                                      int64_t snapshot_id, int64_t sequence_number) {
  ManifestFile manifest;
  manifest.added_snapshot_id = snapshot_id;
  manifest.sequence_number = sequence_number;
  int64_t files[3] = {0, 0, 0};
  int64_t rows[3] = {0, 0, 0};
  std::optional<int64_t> lowest;
  for (const ManifestEntry& entry : entries) {
    const auto status = static_cast<size_t>(entry.status);
    ++files[status];
    if (__builtin_add_overflow(rows[status], entry.file.record_count, &rows[status])) {
      return Err(ErrorKind::kCorrupt, "the record counts of a manifest add up to more than 64 bits hold");
    }
    if (entry.status == EntryStatus::kDeleted) continue;
    const int64_t number = entry.sequence_number.value_or(sequence_number);
    lowest = std::min(lowest.value_or(number), number);
  }
  manifest.min_sequence_number = lowest.value_or(sequence_number);
  manifest.added_files = files[static_cast<size_t>(EntryStatus::kAdded)];
  manifest.existing_files = files[static_cast<size_t>(EntryStatus::kExisting)];
  manifest.deleted_files = files[static_cast<size_t>(EntryStatus::kDeleted)];
  manifest.added_rows = rows[static_cast<size_t>(EntryStatus::kAdded)];
  manifest.existing_rows = rows[static_cast<size_t>(EntryStatus::kExisting)];
  manifest.deleted_rows = rows[static_cast<size_t>(EntryStatus::kDeleted)];
  if (types == nullptr) return manifest;
  manifest.partitions.emplace();
  for (size_t i = 0; i < types->size(); ++i) {
    CALVE_ASSIGN_OR_RETURN(PartitionFieldSummary summary, SummarizeField(entries, i, (*types)[i]));
    manifest.partitions->push_back(std::move(summary));
  }
  return manifest;
}

}  // namespace calve::iceberg
