// Regions, and where their services are.
// Sources: "AWS Region" and "Service-specific endpoints" in the AWS SDKs and Tools reference guide; "Virtual hosting of
// buckets" in the Amazon S3 user guide.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/client.h"
#include "aws/environment.h"
#include "aws/imds.h"
#include "aws/profile.h"
#include "base/error.h"

namespace calve::aws {

/// AWS_REGION, AWS_DEFAULT_REGION, the profile's `region`, the instance metadata (unless `imds` is null).
/// kInvalidArgument, with what to set, when none of them knows.
Result<std::string> ResolveRegion(const Environment& environment, const Profiles& profiles, InstanceMetadata* imds);

/// The partition of a region, as it stands in ARNs ("aws", "aws-cn", "aws-us-gov" ...), and its hosts' suffix.
struct Partition {
  std::string_view name;
  std::string_view dns_suffix;
};
Partition PartitionOf(std::string_view region);

/// Whether a host's name may be made of it.
bool IsRegionName(std::string_view region);

/// Whether old or new buckets may be named so; nothing in it leads a URL elsewhere.
bool IsBucketName(std::string_view bucket);

/// AWS's own endpoint of a service, named as its hosts are ("s3", "sqs", "glue", "sts", "s3tables"), in a region.
Endpoint StandardEndpoint(std::string_view service, std::string_view region);

/// How a bucket is named in a URL.
enum class S3Addressing {
  kAuto,     ///< In the host at AWS; in the path at custom endpoints and for buckets that make no host name under TLS.
  kPath,     ///< Always in the path.
  kVirtual,  ///< Always in the host.
};

/// Resolves services' endpoints. Immutable, so thread-safe.
class Endpoints {
 public:
  /// Custom endpoints, unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is "true": AWS_ENDPOINT_URL_<SERVICE>,
  /// AWS_ENDPOINT_URL, the profile's `services` section, the profile's `endpoint_url`. kAuto gives way to the profile's
  /// `addressing_style` (under `s3 =`).
  Endpoints(Environment environment, Profiles profiles, std::string region,
            S3Addressing addressing = S3Addressing::kAuto);

  const std::string& region() const { return region_; }
  S3Addressing addressing() const { return addressing_; }
  /// The endpoint of a service by its signing name, which is also its host's. kInvalidArgument when a custom endpoint
  /// is not a URL.
  Result<Endpoint> For(std::string_view service) const;
  /// Whether `service` has a custom endpoint.
  bool IsCustom(std::string_view service) const { return Custom(service).has_value(); }

 private:
  std::optional<std::string> Custom(std::string_view service) const;

  const Environment environment_;
  const Profiles profiles_;
  const std::string region_;
  S3Addressing addressing_;
};

/// The endpoint of one bucket in `region`: with Call::path "/" + key it is the object. `custom_url`: S3's where it is
/// not AWS's own; empty: it is. kInvalidArgument for a name that is no bucket's, and for a `custom_url` that is no URL.
Result<Endpoint> BucketEndpoint(std::string_view custom_url, std::string_view region, std::string_view bucket,
                                S3Addressing addressing);

}  // namespace calve::aws
