// HTTP and AWS, put together from the settings and from what AWS's tools read: environment, profiles, metadata.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "app/settings.h"
#include "aws/client.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/environment.h"
#include "aws/profile.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "http/transport.h"
#include "store/s3_options.h"

namespace calve::app {

/// Thread-safe, as its parts are. Credentials and region are looked for when they are first needed: a REST catalog that
/// gives credentials needs neither.
class Cloud {
 public:
  /// kInvalidArgument, kCorrupt: what the environment or the profiles say cannot be used.
  static Result<std::unique_ptr<Cloud>> Make(const Settings& settings, Clock& clock, Rng& rng);

  http::Transport& transport() { return *transport_; }
  aws::Client& client() { return *client_; }
  /// Of "s3", "sqs", "glue": a configured one, else AWS's own of the region. kInvalidArgument when no region is known,
  /// or the endpoint is not a URL.
  Result<aws::Endpoint> EndpointOf(std::string_view service);
  /// Where buckets are: region, configured endpoint, addressing style. Errors as above.
  Result<store::S3Options> S3();

 private:
  Cloud(const Settings& settings, aws::Environment environment, aws::Profiles profiles)
      : region_(settings.region),
        s3_path_style_(settings.s3_path_style),
        environment_(std::move(environment)),
        profiles_(std::move(profiles)) {}

  Result<const aws::Endpoints*> Endpoints();

  const std::string region_;  ///< Of the settings; empty: to be resolved.
  const bool s3_path_style_;
  const aws::Environment environment_;
  const aws::Profiles profiles_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<aws::CredentialsProvider> credentials_;
  std::mutex mutex_;
  std::unique_ptr<aws::Endpoints> endpoints_;  ///< Guarded by mutex_ while it is made.
  std::unique_ptr<aws::Client> client_;
};

}  // namespace calve::app
