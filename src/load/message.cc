#include "load/message.h"

#include <fmt/format.h>

#include <limits>

namespace calve::load {
namespace {

Result<ChunkMessage> FromJson(const Json& json) {
  CALVE_ASSIGN_OR_RETURN(const std::string kind, JsonGet<std::string>(json, "calve"));
  if (kind != "chunk") return Err(ErrorKind::kBadData, "it is a '" + kind + "' message, not a 'chunk' message");
  CALVE_ASSIGN_OR_RETURN(const int64_t version, JsonGet<int64_t>(json, "version"));
  if (version != ChunkMessage::kVersion) {
    return Err(ErrorKind::kBadData,
               fmt::format("it is of version {}, this calve reads {}", version, ChunkMessage::kVersion));
  }
  ChunkMessage message;
  CALVE_ASSIGN_OR_RETURN(message.state_prefix, JsonGet<std::string>(json, "state"));
  CALVE_ASSIGN_OR_RETURN(message.load_id, JsonGet<std::string>(json, "load-id"));
  if (!IsLoadId(message.load_id)) {
    return Err(ErrorKind::kBadData, "its load-id is not 32 hexadecimal digits");
  }
  CALVE_ASSIGN_OR_RETURN(const int64_t generation, JsonGet<int64_t>(json, "generation"));
  CALVE_ASSIGN_OR_RETURN(const int64_t chunk, JsonGet<int64_t>(json, "chunk"));
  if (generation < 0 || chunk < 0 || chunk > std::numeric_limits<int>::max() || generation > 999) {
    return Err(ErrorKind::kBadData, "its generation or chunk is out of range");
  }
  message.generation = static_cast<int>(generation);
  message.chunk = static_cast<int>(chunk);
  CALVE_ASSIGN_OR_RETURN(message.pinned_start, JsonFind<uint64_t>(json, "pinned-start"));
  return message;
}

}  // namespace

queue::Message MakeChunkMessage(const ChunkMessage& message) {
  const Json json = {{"calve", "chunk"},
                     {"version", ChunkMessage::kVersion},
                     {"state", message.state_prefix},
                     {"load-id", message.load_id},
                     {"generation", message.generation},
                     {"chunk", message.chunk},
                     {"pinned-start", message.pinned_start ? Json(*message.pinned_start) : Json()}};
  const std::string pin = message.pinned_start ? fmt::format("@{}", *message.pinned_start) : "";
  return {JsonText(json), fmt::format("{}/{}/{}{}", message.load_id, message.generation, message.chunk, pin)};
}

Result<ChunkMessage> ParseChunkMessage(std::string_view body) {
  Result<Json> json = ParseJson(body, "the message");
  if (!json.has_value()) return Err(ErrorKind::kBadData, json.error().message);
  Result<ChunkMessage> message = FromJson(*json);
  if (!message.has_value()) return Err(ErrorKind::kBadData, "not a chunk message: " + message.error().message);
  return message;
}

}  // namespace calve::load
