// Percent-encoding and the parts of a URL, as AWS's signature wants them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calve::aws {

/// Every byte but A-Z a-z 0-9 - . _ ~ as %XX in upper case (the SigV4 documentation's UriEncode; RFC 3986 section 2.3).
/// With `keep_slash`, "/" stays too: for paths.
std::string UriEncode(std::string_view text, bool keep_slash = false);

/// "a=1&b&c=%20" of decoded pairs, in their order; a pair with an empty value is its name alone.
std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& query);

/// The parts of an absolute URL, as they stand in it. Views into the text.
struct UrlParts {
  std::string_view scheme;
  std::string_view host;  ///< With the port, when it is named.
  std::string_view path;  ///< Empty, or from the first slash on.
  std::string_view query;
};
UrlParts SplitUrl(std::string_view url);

/// The Host header's value: the host in lower case, without the port when that is the scheme's own.
std::string HostHeader(const UrlParts& url);

}  // namespace calve::aws
