// The process environment, handed in so that tests have their own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace calve::aws {

/// The value of an environment variable, nullopt when it is not set. Thread-safe as long as nobody changes the
/// environment.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// The process's own (getenv).
Environment ProcessEnvironment();

/// The variable's value; empty when it is not set. AWS's tools take an empty variable for one that is not set.
inline std::string EnvironmentValue(const Environment& environment, std::string_view name) {
  return environment(name).value_or(std::string());
}

}  // namespace calve::aws
