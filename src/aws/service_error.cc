#include "aws/service_error.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "aws/xml.h"
#include "base/json.h"
#include "base/whole_number.h"
#include "http/date.h"

namespace calve::aws {
namespace {

constexpr size_t kMaxMessageBytes = 500;
constexpr std::chrono::minutes kMaxSkew(4);  // Services allow 5 minutes, S3 allows 15.
constexpr std::chrono::milliseconds kMaxRetryAfter(120'000);

template <size_t N>
bool OneOf(std::string_view code, const std::string_view (&codes)[N]) {
  return std::ranges::find(codes, code) != std::end(codes);
}

bool IsThrottling(std::string_view code, int status) {
  static constexpr std::string_view kCodes[] = {"Throttling",
                                                "ThrottlingException",
                                                "ThrottledException",
                                                "RequestThrottledException",
                                                "RequestThrottled",
                                                "TooManyRequestsException",
                                                "TooManyRequests",
                                                "ProvisionedThroughputExceededException",
                                                "RequestLimitExceeded",
                                                "BandwidthLimitExceeded",
                                                "LimitExceededException",
                                                "SlowDown",
                                                "PriorRequestNotComplete"};
  return status == 429 || OneOf(code, kCodes);
}

/// The service gave up in the middle, whatever status it says that with.
bool IsTransient(std::string_view code, int status) {
  static constexpr std::string_view kCodes[] = {"RequestTimeout",
                                                "RequestTimeoutException",
                                                "InternalError",
                                                "InternalFailure",
                                                "InternalServerError",
                                                "InternalServiceException",
                                                "InternalServiceError",
                                                "ServiceUnavailable",
                                                "ServiceUnavailableException",
                                                "OperationTimeoutException",
                                                "IDPCommunicationError"};
  // 501 and 505 are a "never", not a "not now".
  return status == 408 || (status >= 500 && status != 501 && status != 505) || OneOf(code, kCodes);
}

bool IsCredentials(std::string_view code) {
  static constexpr std::string_view kCodes[] = {
      "ExpiredToken",         "ExpiredTokenException", "TokenRefreshRequired",       "InvalidAccessKeyId",
      "InvalidClientTokenId", "InvalidToken",          "UnrecognizedClientException"};
  return OneOf(code, kCodes);
}

/// Codes that a wrong clock may be behind; only the Date header tells.
bool MayBeSkew(std::string_view code) {
  static constexpr std::string_view kCodes[] = {"RequestExpired",        "InvalidSignatureException",
                                                "SignatureDoesNotMatch", "AuthFailure",
                                                "InvalidSignature",      "IncompleteSignatureException"};
  return OneOf(code, kCodes);
}

ErrorKind KindOf(std::string_view code, int status) {
  static constexpr std::string_view kPermission[] = {"AccessDenied",
                                                     "AccessDeniedException",
                                                     "UnauthorizedOperation",
                                                     "NotAuthorized",
                                                     "OptInRequired",
                                                     "InvalidSignatureException",
                                                     "SignatureDoesNotMatch",
                                                     "IncompleteSignature",
                                                     "MissingAuthenticationTokenException",
                                                     "MissingAuthenticationToken",
                                                     "RequestTimeTooSkewed",
                                                     "RequestExpired",
                                                     "RequestInTheFuture"};
  static constexpr std::string_view kConflict[] = {
      "ConcurrentModificationException", "ConditionalRequestConflict",      "PreconditionFailed", "OperationAborted",
      "VersionMismatchException",        "ConcurrentRunsExceededException", "ConflictException"};
  static constexpr std::string_view kThere[] = {"AlreadyExistsException", "EntityAlreadyExistsException",
                                                "QueueNameExists"};
  static constexpr std::string_view kMissing[] = {"EntityNotFoundException",
                                                  "ResourceNotFoundException",
                                                  "NoSuchKey",
                                                  "NoSuchBucket",
                                                  "NoSuchUpload",
                                                  "NoSuchVersion",
                                                  "NotFound",
                                                  "QueueDoesNotExist",
                                                  "AWS.SimpleQueueService.NonExistentQueue"};
  if (OneOf(code, kPermission) || IsCredentials(code)) return ErrorKind::kPermissionDenied;
  if (OneOf(code, kConflict)) return ErrorKind::kConflict;
  if (OneOf(code, kThere)) return ErrorKind::kAlreadyExists;
  if (OneOf(code, kMissing)) return ErrorKind::kNotFound;
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::kPermissionDenied;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
    case 412:
      return ErrorKind::kConflict;
    default:
      return ErrorKind::kInvalidArgument;
  }
}

/// "com.amazonaws.sqs#QueueDoesNotExist:http://..." -> "QueueDoesNotExist".
std::string BareCode(std::string_view code) {
  code = code.substr(0, code.find(':'));
  if (const size_t hash = code.rfind('#'); hash != std::string_view::npos) code = code.substr(hash + 1);
  return std::string(code);
}

std::string StringOf(const Json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void ReadJson(const Json& body, Refusal& refusal) {
  if (!body.is_object()) return;
  if (const auto error = body.find("error"); error != body.end() && error->is_object()) {  // Iceberg REST.
    // Behind a gateway the header has the gateway's word for it; the type is the catalog's.
    if (std::string type = StringOf(*error, "type"); !type.empty()) refusal.code = std::move(type);
    refusal.message = StringOf(*error, "message");
    return;
  }
  if (refusal.code.empty()) refusal.code = BareCode(StringOf(body, "__type"));
  if (refusal.code.empty()) refusal.code = BareCode(StringOf(body, "code"));
  for (const char* key : {"message", "Message", "errorMessage", "error_description"}) {
    if (refusal.message.empty()) refusal.message = StringOf(body, key);
  }
}

void ReadBody(std::string_view body, Refusal& refusal) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return;
  if (body[first] == '{') {
    if (const auto json = ParseJson(body, "error"); json.has_value()) ReadJson(*json, refusal);
  } else if (body[first] == '<') {
    const auto xml = XmlDocument::Parse(body);
    if (!xml.has_value()) return;  // A proxy's page.
    // The first <Code> is the error's in both forms: <Error> alone (S3), and <ErrorResponse><Error> (query protocol).
    const auto text = [&](std::string_view name) {
      const std::optional<XmlElement> element = xml->root().Find(name);
      return element ? element->Text() : std::string();
    };
    if (refusal.code.empty()) refusal.code = text("Code");
    refusal.message = text("Message");
    if (refusal.request_id.empty()) refusal.request_id = text("RequestId");
  }
}

/// Printable, on one line, and not endless.
std::string Tidy(std::string text) {
  if (text.size() > kMaxMessageBytes) {
    size_t end = kMaxMessageBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // Not inside a character.
    text.resize(end);
    text += "...";
  }
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::optional<std::chrono::milliseconds> RetryAfter(const http::Response& response) {
  const auto number = [](std::string_view text) -> std::optional<int64_t> {
    const auto value = WholeNumber<int64_t>(text);
    if (!value || *value < 0) return std::nullopt;
    return std::min<int64_t>(*value, kMaxRetryAfter.count());
  };
  if (const std::string* ms = http::FindHeader(response.headers, "x-amz-retry-after")) {
    if (const auto value = number(*ms)) return std::chrono::milliseconds(*value);
  }
  const std::string* text = http::FindHeader(response.headers, "retry-after");
  if (text == nullptr) return std::nullopt;
  if (const auto seconds = number(*text)) {
    return std::min(std::chrono::milliseconds(std::chrono::seconds(*seconds)), kMaxRetryAfter);
  }
  // A date is taken against the server's own clock, ours may be off.
  const std::string* sent = http::FindHeader(response.headers, "date");
  const auto until = http::ParseHttpDate(*text);
  const auto from = sent != nullptr ? http::ParseHttpDate(*sent) : std::nullopt;
  if (!until || !from || *until < *from) return std::nullopt;
  return std::min(std::chrono::ceil<std::chrono::milliseconds>(*until - *from), kMaxRetryAfter);
}

}  // namespace

std::optional<std::chrono::microseconds> ServerSkew(const http::Response& response, TimestampMicros now) {
  const std::string* text = http::FindHeader(response.headers, "date");
  const auto date = text != nullptr ? http::ParseHttpDate(*text) : std::nullopt;
  if (!date) return std::nullopt;
  return *date - now;
}

Refusal ReadRefusal(const http::Response& response, TimestampMicros now) {
  Refusal refusal;
  for (const char* name : {"x-amzn-requestid", "x-amz-request-id"}) {
    if (const std::string* id = http::FindHeader(response.headers, name)) refusal.request_id = *id;
  }
  if (const std::string* type = http::FindHeader(response.headers, "x-amzn-errortype")) refusal.code = BareCode(*type);
  ReadBody(response.body, refusal);
  if (refusal.code.empty()) {  // "AWS.SimpleQueueService.NonExistentQueue;Sender", for clients of the older protocol.
    if (const std::string* query = http::FindHeader(response.headers, "x-amzn-query-error")) {
      refusal.code = query->substr(0, query->find(';'));
    }
  }
  refusal.code = Tidy(std::move(refusal.code));
  refusal.message = Tidy(std::move(refusal.message));
  refusal.request_id = Tidy(std::move(refusal.request_id));

  refusal.retry_after = RetryAfter(response);
  refusal.kind = KindOf(refusal.code, response.status);
  const auto skew = ServerSkew(response, now);
  const bool far = skew && std::chrono::abs(*skew) > kMaxSkew;
  if (IsThrottling(refusal.code, response.status)) {
    refusal.remedy = Remedy::kThrottled;
    refusal.kind = ErrorKind::kUnavailable;
  } else if (IsTransient(refusal.code, response.status)) {
    refusal.remedy = Remedy::kTransient;
    refusal.kind = ErrorKind::kUnavailable;
    refusal.may_have_taken_effect = true;
  } else if (refusal.code == "RequestTimeTooSkewed" || refusal.code == "RequestInTheFuture" ||
             (far && MayBeSkew(refusal.code)) || (far && response.status == 403 && refusal.code.empty())) {
    refusal.remedy = skew ? Remedy::kSkew : Remedy::kNone;
  } else if (IsCredentials(refusal.code)) {
    refusal.remedy = Remedy::kCredentials;
  }
  return refusal;
}

}  // namespace calve::aws
