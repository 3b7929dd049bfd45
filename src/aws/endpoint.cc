#include "aws/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aws/uri.h"
#include "http/transport.h"

namespace calve::aws {
namespace {

bool LowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// A single label of a host name: under TLS, "*.s3.region.amazonaws.com" covers no dots.
bool IsHostLabel(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && LowerOrDigit(bucket.front()) && LowerOrDigit(bucket.back()) &&
         std::ranges::all_of(bucket, [](char c) { return LowerOrDigit(c) || c == '-'; });
}

/// A configured endpoint, without slashes at its end.
Result<std::string> CheckedUrl(std::string_view service, std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  const UrlParts parts = SplitUrl(url);
  if ((parts.scheme != "http" && parts.scheme != "https") || parts.host.empty() ||
      url.find_first_of("?# ") != std::string_view::npos) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("the endpoint configured for {} is no http or https URL: {}", service, http::ShownUrl(url)));
  }
  return std::string(url);
}

}  // namespace

bool IsRegionName(std::string_view region) {
  return !region.empty() && std::ranges::all_of(region, [](char c) { return LowerOrDigit(c) || c == '-'; });
}

bool IsBucketName(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 255 && bucket.front() != '.' && std::ranges::all_of(bucket, [](char c) {
           return LowerOrDigit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
         });
}

Result<std::string> ResolveRegion(const Environment& environment, const Profiles& profiles, InstanceMetadata* imds) {
  std::string region = EnvironmentValue(environment, "AWS_REGION");
  if (region.empty()) region = EnvironmentValue(environment, "AWS_DEFAULT_REGION");
  if (region.empty()) region = profiles.Find(profiles.name(), "region").value_or("");
  if (region.empty() && imds != nullptr) {
    // No instance metadata is no error here: the message below says what to do.
    if (auto found = imds->Get("/latest/meta-data/placement/region"); found.has_value()) region = *found;
  }
  if (region.empty()) {
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("no AWS region: AWS_REGION and AWS_DEFAULT_REGION are not set, and there is no `region` in {}",
                    profiles.Describe(profiles.name())));
  }
  if (!IsRegionName(region)) return Err(ErrorKind::kInvalidArgument, fmt::format("no AWS region: \"{}\"", region));
  return region;
}

Partition PartitionOf(std::string_view region) {
  if (region.starts_with("cn-")) return {"aws-cn", "amazonaws.com.cn"};
  if (region.starts_with("us-gov-")) return {"aws-us-gov", "amazonaws.com"};
  if (region.starts_with("us-iso-")) return {"aws-iso", "c2s.ic.gov"};
  if (region.starts_with("us-isob-")) return {"aws-iso-b", "sc2s.sgov.gov"};
  if (region.starts_with("eusc-")) return {"aws-eusc", "amazonaws.eu"};
  return {"aws", "amazonaws.com"};
}

Endpoint StandardEndpoint(std::string_view service, std::string_view region) {
  return {.url = fmt::format("https://{}.{}.{}", service, region, PartitionOf(region).dns_suffix),
          .service = std::string(service),
          .region = std::string(region)};
}

Endpoints::Endpoints(Environment environment, Profiles profiles, std::string region, S3Addressing addressing)
    : environment_(std::move(environment)),
      profiles_(std::move(profiles)),
      region_(std::move(region)),
      addressing_(addressing) {
  if (addressing_ != S3Addressing::kAuto) return;
  const std::string style = profiles_.Find(profiles_.name(), "s3.addressing_style").value_or("");
  if (style == "path") addressing_ = S3Addressing::kPath;
  if (style == "virtual") addressing_ = S3Addressing::kVirtual;
}

std::optional<std::string> Endpoints::Custom(std::string_view service) const {
  std::string ignore = EnvironmentValue(environment_, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  if (ignore.empty()) ignore = profiles_.Find(profiles_.name(), "ignore_configured_endpoint_urls").value_or("");
  if (ignore == "true" || ignore == "TRUE" || ignore == "True") return std::nullopt;
  std::string upper(service);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    if (c == '-' || c == ' ') return '_';
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  for (const std::string& variable : {"AWS_ENDPOINT_URL_" + upper, std::string("AWS_ENDPOINT_URL")}) {
    if (std::string url = EnvironmentValue(environment_, variable); !url.empty()) return url;
  }
  if (auto url = profiles_.FindForService(profiles_.name(), fmt::format("{}.endpoint_url", service))) return url;
  return profiles_.Find(profiles_.name(), "endpoint_url");
}

Result<Endpoint> Endpoints::For(std::string_view service) const {
  Endpoint endpoint = StandardEndpoint(service, region_);
  if (const std::optional<std::string> url = Custom(service)) {
    CALVE_ASSIGN_OR_RETURN(endpoint.url, CheckedUrl(service, *url));
  }
  return endpoint;
}

Result<Endpoint> BucketEndpoint(std::string_view custom_url, std::string_view region, std::string_view bucket,
                                S3Addressing addressing) {
  if (!IsBucketName(bucket)) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("\"{}\" cannot be the name of an S3 bucket", bucket));
  }
  const bool custom = !custom_url.empty();
  Endpoint endpoint = StandardEndpoint("s3", region);
  if (custom) {
    CALVE_ASSIGN_OR_RETURN(endpoint.url, CheckedUrl("s3", custom_url));
  }
  const bool in_host =
      addressing == S3Addressing::kVirtual || (addressing == S3Addressing::kAuto && !custom && IsHostLabel(bucket));
  if (in_host) {
    endpoint.url.insert(endpoint.url.find("://") + 3, fmt::format("{}.", bucket));
  } else {
    endpoint.url += fmt::format("/{}", bucket);
  }
  return endpoint;
}

}  // namespace calve::aws
