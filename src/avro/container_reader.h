// Reading an object container file record by record, one decompressed block in memory at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "avro/object_container.h"
#include "avro/schema.h"
#include "base/error.h"
#include "base/json.h"

namespace calve::avro {

/// Not thread-safe. Borrows the file's bytes, which must outlive it. Bounded: a block of at most kMaxBlockBytes, and of
/// at most 1100 times its compressed size (deflate's limit is 1032); a record of at most kMaxRecordValues values.
class ContainerReader {
 public:
  static constexpr uint64_t kMaxRecordValues = uint64_t{4} << 20U;

  /// Reads the header. kCorrupt with the byte position when it is not one. `what` names the file in messages.
  static Result<ContainerReader> Open(std::string_view bytes, std::string_view what);

  const Json& schema_json() const { return schema_json_; }
  const ParsedSchema& schema() const { return *schema_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The next record, nullopt behind the last one. At most `max_values` values in it (and never more than
  /// kMaxRecordValues); `*values` (when given) is what it took. kCorrupt, kInvalidArgument (a codec we cannot read).
  Result<std::optional<Value>> Next(uint64_t max_values = kMaxRecordValues, uint64_t* values = nullptr);

 private:
  ContainerReader() = default;
  Status NextBlock();
  std::unexpected<Error> Bad(std::string_view why, size_t position) const;

  std::string_view bytes_;
  std::string what_;
  size_t pos_ = 0;
  Json schema_json_;
  std::unique_ptr<ParsedSchema> schema_;
  std::map<std::string, std::string> metadata_;
  std::string codec_;
  std::string sync_;

  size_t block_start_ = 0;        // Where the current block's data stands in the file.
  std::string inflated_;          // The current block's content, unless the codec is null.
  size_t block_pos_ = 0;          // How far the current block is read.
  size_t block_size_ = 0;         // Of its content.
  int64_t records_in_block_ = 0;  // Still to come.
};

}  // namespace calve::avro
