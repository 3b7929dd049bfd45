#include "csv/sniff_parts.h"

#include <algorithm>
#include <map>

#include "base/utf8.h"
#include "csv/sniff_dialect.h"

namespace calve::csv {
namespace {

/// A count that is nearly as common as the commonest, and comes first, is the (first) table's.
constexpr double kFirstTableShare = 0.6;
/// A sample from the middle is read from the first line on behind which so many records in a row fit.
constexpr size_t kProofRecords = 3;
constexpr size_t kMaxSkippedLines = 200;
/// Below this share of the commonest width, a header that is the widest record tells the width instead.
constexpr double kRaggedShare = 0.8;

uint32_t TableWidth(const std::vector<SniffRecords>& parts, const Dialect& dialect) {
  std::map<uint32_t, uint64_t> counts;
  std::vector<uint32_t> order;
  uint64_t records = 0;
  for (const SniffRecords& part : parts) {
    for (const SniffRecord& record : part.records) {
      if (!Counts(record) || record.malformed) continue;
      const uint32_t fields = Width(record, dialect);
      if (++counts[fields] == 1) order.push_back(fields);
      ++records;
    }
  }
  if (records == 0) return 1;
  uint64_t most = 0;
  for (const auto& [fields, count] : counts) most = std::max(most, count);
  // Records that leave out their last fields, below a header that has them all.
  const bool widest_first = order.front() == counts.rbegin()->first;
  const bool uneven = static_cast<double>(most) < kRaggedShare * static_cast<double>(records);
  if (widest_first && (dialect.ragged == Ragged::kPadNull || (uneven && counts.size() > 2))) return order.front();
  for (const uint32_t fields : order) {
    // Lines that a delimiter parts nowhere, in front of records, are titles.
    if (fields == 1 && counts[1] < most) continue;
    if (static_cast<double>(counts[fields]) >= kFirstTableShare * static_cast<double>(most)) return fields;
  }
  return 1;
}

/// Drops the lines of a sample from the middle that stand before its first sure record.
void DropUnsure(SniffRecords& part, uint32_t columns, const Dialect& dialect) {
  const size_t lines = std::min(part.records.size(), kMaxSkippedLines);
  for (size_t i = 0; i < lines; ++i) {
    size_t proof = 0;
    for (size_t j = i; j < part.records.size() && proof < kProofRecords; ++j) {
      if (!Counts(part.records[j])) continue;
      if (!Fits(part.records[j], columns, dialect)) break;
      ++proof;
    }
    if (proof == kProofRecords) {
      part.records.erase(part.records.begin(), part.records.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
  }
}

}  // namespace

bool Counts(const SniffRecord& record) { return !record.blank && !record.comment; }
bool Fits(const SniffRecord& record, uint32_t columns, const Dialect& dialect) {
  if (!Counts(record) || record.malformed) return false;
  if (record.fields < columns) return dialect.ragged == Ragged::kPadNull;
  const uint32_t more = record.fields - columns;
  return more <= dialect.trailing_delimiters && more <= record.trailing_empty;
}

uint32_t Width(const SniffRecord& record, const Dialect& dialect) {
  return record.fields - (dialect.trailing_delimiters > 0 && record.trailing_empty > 0 && record.fields > 1 ? 1 : 0);
}

std::string_view RecordText(const SniffRecords& part, const SniffRecord& record) {
  std::string_view text = part.text.substr(record.begin, record.end - record.begin);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

Parts Split(const SampledText& sampled, size_t head_from, const Dialect& dialect) {
  Parts out;
  for (size_t i = 0; i < sampled.samples.size(); ++i) {
    const TextSample& sample = sampled.samples[i];
    const size_t from = i == 0 ? head_from : SafeStart(sampled, i, dialect);
    out.parts.push_back(SplitRecords(sample.text, dialect, from, sample.at_end));
  }
  out.columns = TableWidth(out.parts, dialect);
  for (size_t i = 1; i < out.parts.size(); ++i) DropUnsure(out.parts[i], out.columns, dialect);
  for (const SniffRecords& part : out.parts) {
    for (const SniffRecord& record : part.records) {
      out.records += Counts(record);
      out.fitting += Fits(record, out.columns, dialect);
    }
  }
  return out;
}

}  // namespace calve::csv
