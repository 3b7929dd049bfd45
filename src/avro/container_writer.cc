#include "avro/codec.h"
#include "avro/encoder.h"
#include "avro/object_container.h"
#include "avro/schema.h"

namespace calve::avro {
namespace {

constexpr size_t kBlockBytes = size_t{64} << 10U;  // A block is closed once its content has this size.

Status FlushBlock(Codec codec, const std::string& sync, int64_t* count, std::string* content, std::string& out) {
  if (*count == 0) return {};
  if (codec == Codec::kDeflate) {
    CALVE_ASSIGN_OR_RETURN(*content, DeflateRaw(*content));
  }
  EncodeLong(*count, out);
  EncodeBytes(*content, out);
  out += sync;
  *count = 0;
  content->clear();
  return {};
}

}  // namespace

Result<std::string> WriteContainer(const Json& schema, const std::map<std::string, std::string>& metadata,
                                   const std::vector<Value>& records, Codec codec, Rng& rng) {
  auto parsed = ParsedSchema::Parse(schema);
  if (!parsed) return Err(ErrorKind::kInternal, parsed.error().message);
  std::map<std::string, std::string> header = metadata;
  try {
    header["avro.schema"] = schema.dump();
  } catch (const Json::exception& e) {
    return Err(ErrorKind::kInternal, std::string("Avro schema cannot be written as JSON: ") + e.what());
  }
  header["avro.codec"] = codec == Codec::kDeflate ? "deflate" : "null";

  std::string out("Obj\x01", 4);
  EncodeLong(static_cast<int64_t>(header.size()), out);
  for (const auto& [key, value] : header) {
    EncodeBytes(key, out);
    EncodeBytes(value, out);
  }
  EncodeLong(0, out);
  std::string sync;
  for (int word = 0; word < 2; ++word) {
    const uint64_t bits = rng.Next();
    for (unsigned shift = 0; shift < 64; shift += 8) sync.push_back(static_cast<char>(bits >> shift & 0xffU));
  }
  out += sync;

  std::string content;
  int64_t count = 0;
  for (const Value& record : records) {
    CALVE_RETURN_IF_ERROR(EncodeValue((*parsed)->root(), record, content));
    ++count;
    if (content.size() >= kBlockBytes) CALVE_RETURN_IF_ERROR(FlushBlock(codec, sync, &count, &content, out));
  }
  CALVE_RETURN_IF_ERROR(FlushBlock(codec, sync, &count, &content, out));
  return out;
}

}  // namespace calve::avro
