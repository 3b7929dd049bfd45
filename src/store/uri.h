// What a URI's scheme is, for dispatch.
#pragma once

#include <string>
#include <string_view>

namespace calve::store {

/// The scheme in lower case: "s3" for `s3://bucket/key`, "file" for `file:///p`, `file:/p` and plain paths. A plain
/// path may hold colons: only `scheme://` (RFC 3986 section 3.1) and `file:` make a URI.
std::string UriScheme(std::string_view uri);

}  // namespace calve::store
