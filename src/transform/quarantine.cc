#include "transform/quarantine.h"

#include <duckdb.h>

#include <cerrno>
#include <span>

#include "base/hash.h"
#include "base/json.h"

namespace calve::transform {

Status QuarantineWriter::Add(const csv::BadRecord& record) {
  if (count_++ == 0) {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    first_ = load::FirstBadRecord{record.offset_bytes, record.column, record.reason};
  }
  Json line;
  line["file"] = source_;
  line["offset"] = record.offset_bytes;
  line["chunk"] = chunk_;
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

Status QuarantineWriter::Close() {
  if (count_ == 0) return {};
  file_.close();
  if (!file_) return std::unexpected(ErrnoError(errno, "writing the quarantine file " + path_));
  return {};
}

}  // namespace calve::transform
