// HTTP and AWS, put together from the settings and from what AWS's tools read: environment, profiles, metadata.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/settings.h"
#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "http/transport.h"
#include "store/s3_options.h"

namespace calve::app {

/// Thread-safe, as its parts are. Credentials are looked for when the first call needs them.
class Cloud {
 public:
  /// kInvalidArgument when no region is known.
  static Result<std::unique_ptr<Cloud>> Make(const Settings& settings, Clock& clock, Rng& rng);

  http::Transport& transport() { return *transport_; }
  aws::Client& client() { return *client_; }
  const std::string& region() const { return region_; }
  /// Of "s3", "sqs", "glue": a configured one, else AWS's own of the region.
  Result<aws::Endpoint> EndpointOf(std::string_view service) const { return endpoints_->For(service); }
  /// Where buckets are: region, configured endpoint, addressing style. kInvalidArgument when the endpoint is not a URL.
  Result<store::S3Options> S3() const;

 private:
  Cloud() = default;

  std::string region_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<aws::CredentialsProvider> credentials_;
  std::unique_ptr<aws::Endpoints> endpoints_;
  std::unique_ptr<aws::Client> client_;
};

}  // namespace calve::app
