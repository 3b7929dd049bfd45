// What a message on the queue says has landed: S3's notifications in the envelopes they come in
// (docs/notifications.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace calve::event {

/// One object that was created.
struct LandedObject {
  std::string bucket;
  std::string key;         ///< Decoded: the object's name.
  std::string version_id;  ///< Empty when the bucket keeps no versions ("null", S3's name for that, is no version).
  std::string etag;        ///< Without quotes; empty when the message does not say.
  std::optional<uint64_t> size_bytes;
  std::string event_name;  ///< As the message has it, without "s3:": "ObjectCreated:Put", "Object Created".
  std::string sequencer;   ///< Orders the events of one key; opaque.

  friend bool operator==(const LandedObject&, const LandedObject&) = default;
};

enum class Kind {
  kLanded,     ///< `objects` are to be planned.
  kNothing,    ///< Understood, and nothing to do: acknowledge it. `ignored` says why.
  kChunk,      ///< A chunk message of calve's own: load::ParseChunkMessage reads the body.
  kSeedChunk,  ///< {"s3_bucket","s3_object_key"}: one object, which is a chunk already, its key as it stands.
};

struct Notification {
  Kind kind = Kind::kNothing;
  std::vector<LandedObject> objects;  ///< kLanded: one or more; kSeedChunk: one; else none.
  std::vector<std::string> ignored;   ///< What the message reports that is no reason to load, one sentence each.
};

/// kBadData, with the reason, for what is none of the known forms or a broken one of them. One broken record makes the
/// whole message bad: a message is answered for as a whole, and loading twice does no harm. Never quotes the body.
Result<Notification> ParseNotification(std::string_view body);

/// Form-urlencoding undone, once: '+' is a space, %XX a byte. kBadData when a '%' has no two hex digits behind it, or
/// the result is not UTF-8.
Result<std::string> DecodeKey(std::string_view encoded);

}  // namespace calve::event
