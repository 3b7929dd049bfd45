#include "app/cloud.h"

#include <utility>

#include "aws/credential_chain.h"
#include "aws/environment.h"
#include "aws/imds.h"
#include "aws/profile.h"
#include "http/ca_bundle.h"
#include "http/curl_transport.h"

namespace calve::app {

Result<std::unique_ptr<Cloud>> Cloud::Make(const Settings& settings, Clock& clock, Rng& rng) {
  aws::Environment environment = aws::ProcessEnvironment();
  CALVE_ASSIGN_OR_RETURN(aws::Profiles profiles, aws::Profiles::Load(environment));
  std::unique_ptr<Cloud> cloud(new Cloud(settings, std::move(environment), std::move(profiles)));
  http::CurlOptions http_options;
  CALVE_ASSIGN_OR_RETURN(http_options.ca_bundle, http::FindCaBundle(cloud->environment_));
  CALVE_ASSIGN_OR_RETURN(cloud->transport_, http::CurlTransport::Make(std::move(http_options)));
  // Without a region STS is asked at its global endpoint. Not asking the instance for one: it may be no instance.
  std::string region = cloud->region_;
  if (region.empty()) region = aws::ResolveRegion(cloud->environment_, cloud->profiles_, nullptr).value_or("");
  cloud->credentials_ = aws::MakeDefaultCredentials(
      {*cloud->transport_, clock, rng, cloud->environment_, cloud->profiles_, std::move(region)});
  cloud->client_ = std::make_unique<aws::Client>(*cloud->transport_, *cloud->credentials_, clock, rng,
                                                 BackoffPolicy{.max_retries = 8});
  return cloud;
}

Result<const aws::Endpoints*> Cloud::Endpoints() {
  const std::lock_guard lock(mutex_);
  if (!endpoints_) {
    std::string region = region_;
    if (region.empty()) {
      aws::InstanceMetadata metadata(*transport_, environment_);
      CALVE_ASSIGN_OR_RETURN(region, aws::ResolveRegion(environment_, profiles_, &metadata));
    }
    endpoints_ = std::make_unique<aws::Endpoints>(environment_, profiles_, std::move(region),
                                                  s3_path_style_ ? aws::S3Addressing::kPath : aws::S3Addressing::kAuto);
  }
  return endpoints_.get();
}

Result<aws::Endpoint> Cloud::EndpointOf(std::string_view service) {
  CALVE_ASSIGN_OR_RETURN(const aws::Endpoints* endpoints, Endpoints());
  return endpoints->For(service);
}

Result<store::S3Options> Cloud::S3() {
  CALVE_ASSIGN_OR_RETURN(const aws::Endpoints* endpoints, Endpoints());
  store::S3Options options;
  options.region = endpoints->region();
  if (endpoints->IsCustom("s3")) {
    CALVE_ASSIGN_OR_RETURN(const aws::Endpoint endpoint, endpoints->For("s3"));
    options.endpoint = endpoint.url;
  }
  options.addressing = endpoints->addressing();
  return options;
}

}  // namespace calve::app
