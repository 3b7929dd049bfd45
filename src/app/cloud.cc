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
  const aws::Environment environment = aws::ProcessEnvironment();
  std::unique_ptr<Cloud> cloud(new Cloud);
  http::CurlOptions http_options;
  CALVE_ASSIGN_OR_RETURN(http_options.ca_bundle, http::FindCaBundle(environment));
  CALVE_ASSIGN_OR_RETURN(cloud->transport_, http::CurlTransport::Make(std::move(http_options)));
  CALVE_ASSIGN_OR_RETURN(const aws::Profiles profiles, aws::Profiles::Load(environment));
  if (settings.region.empty()) {
    aws::InstanceMetadata metadata(*cloud->transport_, environment);
    CALVE_ASSIGN_OR_RETURN(cloud->region_, aws::ResolveRegion(environment, profiles, &metadata));
  } else {
    cloud->region_ = settings.region;
  }
  cloud->endpoints_ =
      std::make_unique<aws::Endpoints>(environment, profiles, cloud->region_,
                                       settings.s3_path_style ? aws::S3Addressing::kPath : aws::S3Addressing::kAuto);
  cloud->credentials_ =
      aws::MakeDefaultCredentials({*cloud->transport_, clock, rng, environment, profiles, cloud->region_});
  cloud->client_ = std::make_unique<aws::Client>(*cloud->transport_, *cloud->credentials_, clock, rng,
                                                 BackoffPolicy{.max_retries = 8});
  return cloud;
}

Result<store::S3Options> Cloud::S3() const {
  store::S3Options options;
  options.region = region_;
  if (endpoints_->IsCustom("s3")) {
    CALVE_ASSIGN_OR_RETURN(const aws::Endpoint endpoint, endpoints_->For("s3"));
    options.endpoint = endpoint.url;
  }
  options.addressing = endpoints_->addressing();
  return options;
}

}  // namespace calve::app
