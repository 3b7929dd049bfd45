#include "catalog/postgres_uri.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace calve::catalog {
namespace {

Error Unreadable(std::string_view why) {
  return {ErrorKind::kInvalidArgument,
          fmt::format("the PostgreSQL catalog's URI cannot be read: {}; write it as "
                      "postgresql://user:password@host:port/database, with @ / : ? # % in a part percent-encoded",
                      why)};
}

/// Behind "scheme://"; empty when it is no PostgreSQL URI.
std::string_view BehindScheme(std::string_view uri) {
  const size_t end = uri.find("://");
  if (end == std::string_view::npos) return {};
  const std::string_view scheme = uri.substr(0, end);
  const std::string_view base = scheme.substr(0, scheme.find('+'));
  return base == "postgresql" || base == "postgres" ? uri.substr(end + 3) : std::string_view();
}

}  // namespace

Result<PostgresTarget> ParsePostgresUri(std::string_view uri) {
  const std::string_view rest = BehindScheme(uri);
  if (rest.empty()) return std::unexpected(Unreadable("it does not begin with postgresql://"));
  // libpq would take the password's tail for a host, and name it in its messages.
  const std::string_view before_query = rest.substr(0, rest.find('?'));
  if (std::ranges::count(before_query, '@') > 1 || before_query.find('@') > before_query.find('/')) {
    if (before_query.find('@') != std::string_view::npos) {
      return std::unexpected(Unreadable("there is an '@' where none can be"));
    }
  }
  char* message = nullptr;
  struct Free {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
  };
  const std::unique_ptr<PQconninfoOption, Free> options(
      PQconninfoParse(("postgresql://" + std::string(rest)).c_str(), &message));
  if (!options) {
    PQfreemem(message);  // It may quote the password.
    return std::unexpected(Unreadable("libpq does not take it"));
  }
  PostgresTarget target;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) target.parameters[option->keyword] = option->val;
  }
  const auto part = [&](const char* key, std::string_view fallback) {
    const auto it = target.parameters.find(key);
    return it == target.parameters.end() ? std::string(fallback) : it->second;
  };
  target.name = fmt::format("postgresql://{}:{}/{}", part("host", "localhost"), part("port", "5432"),
                            part("dbname", part("user", "")));
  return target;
}

}  // namespace calve::catalog
