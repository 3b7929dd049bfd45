#include "transform/quarantine.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <cerrno>
#include <span>

#include "base/hash.h"
#include "base/json.h"

namespace calve::transform {

Status Quarantine::Add(const BadRecord& record) {
  const load::BadRecordPolicy& policy = task_.plan.bad_records;
  const auto place = [&] {
    return fmt::format("at byte {}{}: {}", record.offset_bytes,
                       record.column.empty() ? "" : ", column " + record.column, record.reason);
  };
  if (policy.fail) return Err(ErrorKind::kBadData, fmt::format("bad record {} (--on-bad-record fail)", place()));
  CALVE_RETURN_IF_ERROR(Write(record));
  if (task_.progress != nullptr) ++task_.progress->quarantined;
  if (!policy.max_count || count_ <= *policy.max_count) return {};
  return Err(ErrorKind::kBadData,
             fmt::format("more than {} bad records (--max-bad-records); the last {}", *policy.max_count, place()));
}

Status Quarantine::Write(const BadRecord& record) {
  if (count_++ == 0) {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    first_ = load::FirstBadRecord{record.offset_bytes, record.column, record.reason};
  }
  Json line;
  line["file"] = task_.plan.source.uri;
  line["offset"] = record.offset_bytes;
  line["chunk"] = task_.chunk.index;
  line["record"] = record.record_number;
  line["column"] = record.column.empty() ? Json() : Json(record.column);
  line["reason"] = record.reason;
  line["raw"] = record.raw;
  // Bytes that are no UTF-8 cannot stand in JSON as they are: the text has replacement characters, the hex has the
  // truth.
  const std::string text = JsonText(line);
  duckdb_error_data invalid = duckdb_valid_utf8_check(record.raw.data(), record.raw.size());
  if (invalid != nullptr && duckdb_error_data_has_error(invalid)) {
    line["raw_hex"] = Hex(std::span(reinterpret_cast<const uint8_t*>(record.raw.data()), record.raw.size()));
    file_ << JsonText(line) << '\n';
  } else {
    file_ << text << '\n';
  }
  duckdb_destroy_error_data(&invalid);
  if (!file_) return std::unexpected(ErrnoError(errno, "writing the quarantine file " + path_));
  return {};
}

Status Quarantine::Publish(store::ObjectStore& store, load::ChunkResult& result) {
  result.quarantined = count_;
  result.first_bad = first_;
  if (count_ == 0) return {};
  file_.close();
  if (!file_) return std::unexpected(ErrnoError(errno, "writing the quarantine file " + path_));
  CALVE_RETURN_IF_ERROR(store.PutFile(task_.quarantine_uri, path_, store::PutMode::kOverwrite));
  result.quarantine_uri = task_.quarantine_uri;
  return {};
}

}  // namespace calve::transform
