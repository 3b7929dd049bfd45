// AWS Signature Version 4 in the Authorization header.
// Source: "Signature Version 4 for API requests" in the AWS IAM user guide; S3's differences in the S3 API reference,
// "Authenticating requests (AWS Signature Version 4)".
#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/transport.h"

namespace calve::aws {

/// What a signature is for.
struct SigningScope {
  std::string service;  ///< "s3" signs the path as it is sent; every other one, normalised and encoded once more.
  std::string region;
  TimestampMicros now;
};

/// x-amz-content-sha256 for a body that is not part of the signature.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// "20260101T000000Z".
std::string AmzDate(TimestampMicros now);

/// SHA-256 in hexadecimal of the request's body, or of its part of a file, which is read once for that.
Result<std::string> PayloadHash(const http::Request& request);

/// The canonical request (step 1): exposed because "what did I sign" is the question behind every refused signature.
/// `signed_headers` receives the names, separated by semicolons.
std::string CanonicalRequest(const http::Request& request, std::string_view service, std::string_view payload_hash,
                             std::string& signed_headers);

/// Signs the request as it stands: sets Host, X-Amz-Date, X-Amz-Security-Token (if there is one), X-Amz-Content-SHA256
/// (for S3, and for an unsigned payload) and Authorization, in place of any that are there. Every header is signed but
/// those that proxies and tracing may change on the way (Connection, Expect, User-Agent, traceparent ...).
void SignV4(http::Request& request, const Credentials& credentials, const SigningScope& scope,
            std::string_view payload_hash);

}  // namespace calve::aws
