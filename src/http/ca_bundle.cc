#include "http/ca_bundle.h"

#include <fmt/format.h>
#include <unistd.h>

namespace calve::http {
namespace {

constexpr std::string_view kVariables[] = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};

constexpr const char* kPlaces[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Amazon Linux, Fedora, Red Hat
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat, newer
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

}  // namespace

Result<std::string> FindCaBundle(const std::function<std::optional<std::string>(std::string_view)>& environment) {
  for (const std::string_view variable : kVariables) {
    std::optional<std::string> path = environment(variable);
    if (!path || path->empty()) continue;
    if (access(path->c_str(), R_OK) != 0) {
      return Err(ErrorKind::kInvalidArgument,
                 fmt::format("{} is set to {}, which cannot be read; name a file of trusted "
                             "certificates (PEM) or unset it",
                             variable, *path));
    }
    return std::move(*path);
  }
  for (const char* place : kPlaces) {
    if (access(place, R_OK) == 0) return std::string(place);
  }
  return std::string();
}

}  // namespace calve::http
