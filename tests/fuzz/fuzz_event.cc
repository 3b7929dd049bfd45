// Notifications from hostile text: the answer is a Result, an error is bad data, and what is accepted holds together.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"
#include "event/notification.h"

namespace {

using calve::event::Kind;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckKey(std::string_view encoded) {
  const auto key = calve::event::DecodeKey(encoded);
  if (!key) {
    Require(key.error().kind == calve::ErrorKind::kBadData);
    return;
  }
  Require(key->size() <= encoded.size());
  // Encoded once more, wholly, it decodes to itself.
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string again;
  for (const char c : *key) {
    const auto byte = static_cast<unsigned char>(c);
    again += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  const auto decoded = calve::event::DecodeKey(again);
  Require(decoded.has_value() && *decoded == *key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckKey(text);
  const auto notification = calve::event::ParseNotification(text);
  if (!notification) {
    Require(notification.error().kind == calve::ErrorKind::kBadData && !notification.error().message.empty());
    return 0;
  }
  const bool has_objects = notification->kind == Kind::kLanded || notification->kind == Kind::kSeedChunk;
  Require(has_objects == !notification->objects.empty());
  Require(notification->kind != Kind::kSeedChunk || notification->objects.size() == 1);
  Require(notification->kind != Kind::kNothing || !notification->ignored.empty());
  for (const calve::event::LandedObject& object : notification->objects) {
    Require(!object.bucket.empty() && object.bucket.find('/') == std::string::npos && !object.key.empty());
    if (notification->kind == Kind::kLanded) Require(!object.key.ends_with('/') && object.size_bytes != 0U);
    Require(object.version_id != "null");
  }
  return 0;
}
