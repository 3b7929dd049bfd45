// Members of answers from services, read without exceptions: what is absent or of another type is empty. Private to
// this module.
#pragma once

#include <string>

#include "base/json.h"

namespace calve::catalog {

inline const Json& MemberOf(const Json& object, const char* key) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

inline std::string TextOf(const Json& object, const char* key) {
  const Json& member = MemberOf(object, key);
  return member.is_string() ? member.get<std::string>() : std::string();
}

/// Null (which is empty to iterate over) unless it is an array.
inline const Json& ListOf(const Json& object, const char* key) {
  static const Json kNone;
  const Json& member = MemberOf(object, key);
  return member.is_array() ? member : kNone;
}

}  // namespace calve::catalog
