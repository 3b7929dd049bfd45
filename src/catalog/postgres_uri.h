// A PostgreSQL connection URI as libpq's parameters. Private to this module.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::catalog {

struct PostgresTarget {
  std::map<std::string, std::string> parameters;  ///< libpq's keywords: host, port, dbname, user, password, sslmode ...
  std::string name;                               ///< "postgresql://host:port/database", for messages.
};

/// Reads "postgresql://user:password@host:port/database?sslmode=require", as libpq does; also "postgres://" and
/// SQLAlchemy's "postgresql+driver://". kInvalidArgument, never quoting the URI, when it cannot be read or when an '@'
/// or '/' of the password is not percent-encoded.
Result<PostgresTarget> ParsePostgresUri(std::string_view uri);

}  // namespace calve::catalog
