#include "avro/container_reader.h"

#include <algorithm>

#include "avro/codec.h"
#include "avro/decoder.h"

namespace calve::avro {
namespace {

constexpr std::string_view kMagic("Obj\x01", 4);
constexpr size_t kSyncBytes = 16;
constexpr size_t kBlockFloorBytes = size_t{1} << 20U;
constexpr size_t kMaxExpansion = 1100;
constexpr uint64_t kMaxHeaderEntries = 10'000;

}  // namespace

std::unexpected<Error> ContainerReader::Bad(std::string_view why, size_t position) const {
  return Err(ErrorKind::kCorrupt, what_ + " is not a well-formed Avro file: " + std::string(why) + " (byte " +
                                      std::to_string(position) + "); restore it or the table version before it");
}

Result<ContainerReader> ContainerReader::Open(std::string_view bytes, std::string_view what) {
  ContainerReader reader;
  reader.bytes_ = bytes;
  reader.what_ = what;
  if (!bytes.starts_with(kMagic)) return reader.Bad("it does not begin with Obj\\x01", 0);
  Decoder decoder(bytes.substr(kMagic.size()), 0);
  const auto at = [&decoder] { return kMagic.size() + decoder.position(); };
  const auto bad = [&](const Error& error) { return reader.Bad("header: " + error.message, at()); };
  for (uint64_t entries = 0;;) {
    auto count = decoder.Long();
    if (!count) return bad(count.error());
    if (*count == 0) break;
    if (*count < 0) {
      if (auto size = decoder.Long(); !size) return bad(size.error());
    }
    const uint64_t block = *count < 0 ? uint64_t{0} - static_cast<uint64_t>(*count) : static_cast<uint64_t>(*count);
    if (block > kMaxHeaderEntries || (entries += block) > kMaxHeaderEntries) return reader.Bad("header too long", at());
    for (uint64_t i = 0; i < block; ++i) {
      auto key = decoder.Bytes();
      if (!key) return bad(key.error());
      auto value = decoder.Bytes();
      if (!value) return bad(value.error());
      reader.metadata_[std::string(*key)] = std::string(*value);
    }
  }
  auto sync = decoder.Take(kSyncBytes);
  if (!sync) return bad(sync.error());
  reader.sync_ = std::string(*sync);
  reader.pos_ = at();

  const auto schema = reader.metadata_.find("avro.schema");
  if (schema == reader.metadata_.end()) return reader.Bad("no avro.schema in the header", reader.pos_);
  if (JsonNesting(schema->second) > kMaxJsonNesting) return reader.Bad("schema nested too deeply", reader.pos_);
  auto json = ParseJson(schema->second, "avro.schema");
  if (!json) return reader.Bad(json.error().message, reader.pos_);
  reader.schema_json_ = *std::move(json);
  auto parsed = ParsedSchema::Parse(reader.schema_json_);
  if (!parsed) return reader.Bad(parsed.error().message, reader.pos_);
  reader.schema_ = *std::move(parsed);
  const auto codec = reader.metadata_.find("avro.codec");
  reader.codec_ = codec == reader.metadata_.end() ? "null" : codec->second;
  return reader;
}

Status ContainerReader::NextBlock() {
  Decoder decoder(bytes_.substr(pos_), 0);
  const auto at = [&] { return pos_ + decoder.position(); };
  auto count = decoder.Long();
  if (!count) return Bad(count.error().message, at());
  auto size = decoder.Long();
  if (!size) return Bad(size.error().message, at());
  if (*count < 0 || *size < 0) return Bad("a negative block count or size", at());
  const size_t start = at();
  auto data = decoder.Take(static_cast<uint64_t>(*size));
  if (!data) return Bad(data.error().message, at());
  auto sync = decoder.Take(kSyncBytes);
  if (!sync) return Bad(sync.error().message, at());
  if (*sync != sync_) return Bad("a block that does not end with the sync marker", at() - kSyncBytes);

  block_start_ = start;
  block_pos_ = 0;
  block_size_ = data->size();
  if (codec_ != "null") {
    const size_t limit = std::min(kMaxBlockBytes, kBlockFloorBytes + data->size() * kMaxExpansion);
    auto inflated = DecompressBlock(codec_, *data, limit);
    if (!inflated && inflated.error().kind == ErrorKind::kCorrupt) return Bad(inflated.error().message, start);
    if (!inflated) return WithContext(std::move(inflated).error(), what_);
    inflated_ = *std::move(inflated);
    block_size_ = inflated_.size();
  }
  // A record without bytes is possible (no fields), so the count may exceed the bytes, but not without limit.
  if (static_cast<uint64_t>(*count) > block_size_ + 1024) return Bad("more records than a block can hold", start);
  records_in_block_ = *count;
  pos_ = at();
  return {};
}

Result<std::optional<Value>> ContainerReader::Next(uint64_t max_values, uint64_t* values) {
  while (records_in_block_ == 0) {
    if (block_pos_ != block_size_) return Bad("bytes behind a block's last record", block_start_);
    if (pos_ == bytes_.size()) return std::nullopt;
    CALVE_RETURN_IF_ERROR(NextBlock());
  }
  const std::string_view block =
      codec_ == "null" ? bytes_.substr(block_start_, block_size_) : std::string_view(inflated_);
  const uint64_t budget = std::min(max_values, kMaxRecordValues);
  Decoder decoder(block.substr(block_pos_), budget);
  auto value = decoder.Decode(schema_->root());
  if (!value) {
    return Bad(
        value.error().message + " of a record that begins at offset " + std::to_string(block_pos_) + " of the block",
        block_start_);
  }
  block_pos_ += decoder.position();
  --records_in_block_;
  if (values != nullptr) *values = budget - decoder.values_left();
  return std::optional<Value>(*std::move(value));
}

Result<Container> ReadContainer(std::string_view bytes, std::string_view what) {
  CALVE_ASSIGN_OR_RETURN(ContainerReader reader, ContainerReader::Open(bytes, what));
  Container container{reader.schema_json(), reader.metadata(), {}};
  // All records at once: at most 32 values a byte of input. Whoever has more to read uses ContainerReader.
  uint64_t values_left = uint64_t{64} * 1024 + uint64_t{32} * bytes.size();
  while (true) {
    uint64_t used = 0;
    CALVE_ASSIGN_OR_RETURN(std::optional<Value> record, reader.Next(values_left, &used));
    if (!record) return container;
    values_left -= used;
    container.records.push_back(*std::move(record));
  }
}

}  // namespace calve::avro
