// Which certificate authorities are trusted.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::http {

/// The file of trusted certificate authorities (PEM): AWS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, the first that is
/// set; else the first that is there of the places where Linux distributions keep theirs, because the one compiled into
/// libcurl is that of the machine it was built on; else empty: libcurl's own. kInvalidArgument when a variable names a
/// file that cannot be read: trusting something else instead would be a guess.
Result<std::string> FindCaBundle(const std::function<std::optional<std::string>(std::string_view)>& environment);

}  // namespace calve::http
