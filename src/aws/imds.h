// The instance metadata service of EC2, version 2 (session tokens).
// Source: "Access instance metadata" in the Amazon EC2 user guide.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "aws/environment.h"
#include "base/error.h"
#include "http/transport.h"

namespace calve::aws {

/// Thread-safe. Asks a token for every question: questions are rare.
class InstanceMetadata {
 public:
  /// AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT and AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE apply.
  InstanceMetadata(http::Transport& transport, const Environment& environment);

  /// The text at `path` ("/latest/meta-data/..."). kNotFound when there is no such service (it is disabled, or does not
  /// answer within a second: this is no EC2 instance) or no such text; kUnavailable when it is there and fails.
  Result<std::string> Get(std::string_view path);

 private:
  Result<std::string> Ask(std::string_view method, std::string_view path, http::Header header);

  http::Transport& transport_;
  bool disabled_ = false;
  std::string endpoint_;
  std::atomic<bool> seen_ = false;  // It has answered: silence is trouble from then on, not absence.
};

}  // namespace calve::aws
