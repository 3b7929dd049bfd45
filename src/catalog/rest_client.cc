#include "catalog/rest_client.h"

#include <fmt/format.h>

namespace calve::catalog {
namespace {

/// What RestAuth and the signature depend on.
RestProperties AuthProperties(const RestProperties& all) {
  RestProperties some;
  for (const char* key : {"token", "credential", "scope", "audience", "resource", "oauth2-server-uri"}) {
    if (const auto found = all.find(key); found != all.end()) some.insert(*found);
  }
  return some;
}

/// Whether the catalog itself says that there is no such table, view or namespace. The types are the specification's
/// (NoSuchTableException, NoSuchNamespaceException), and what servers make of them: TableNotFound, NoSuchTabularError.
/// Java's plain NotFoundException is none: it means a file of a table that is there.
bool SaysThereIsNone(std::string_view type) {
  const auto has = [type](std::string_view word) { return type.find(word) != std::string_view::npos; };
  return (has("NoSuch") || has("NotFound")) &&
         (has("Table") || has("Tabular") || has("View") || has("Namespace") || has("Entity"));
}

/// A 404 that is not the catalog's own (a proxy's, a wrong path's) proves nothing about a table: neither that it is not
/// there, nor that nobody has done what was asked for.
aws::ServiceError Weigh(aws::ServiceError error) {
  if (error.status != 404 || SaysThereIsNone(error.code)) return error;
  error.error.kind = ErrorKind::kUnavailable;
  error.error.message +=
      "; a 404 without the catalog's own word that there is no such table or namespace is not taken for one: look at "
      "the URI, and at what stands before the catalog";
  error.may_have_taken_effect = true;
  return error;
}

}  // namespace

RestClient::RestClient(std::string uri, RestProperties properties, http::Transport& transport, aws::Client* signer,
                       Clock& clock, Rng& rng, BackoffPolicy backoff)
    : uri_(WithoutSlash(std::move(uri))),
      properties_(std::move(properties)),
      clock_(clock),
      signer_(signer),
      plain_(transport, *nobody_, clock, rng, backoff),
      auth_(std::make_unique<RestAuth>(uri_, AuthProperties(properties_), plain_, clock)) {}

std::string RestClient::Property(const char* key, std::string_view fallback) const {
  const auto found = properties_.find(key);
  return found == properties_.end() ? std::string(fallback) : found->second;
}

Status RestClient::Check() const {
  if (!signs()) return {};
  if (signer_ == nullptr) {
    return Err(ErrorKind::kInvalidArgument,
               "rest.sigv4-enabled is true, but there are no AWS credentials to sign with");
  }
  if (Property("rest.signing-region").empty()) {
    return Err(ErrorKind::kInvalidArgument, "rest.sigv4-enabled is true: rest.signing-region must be set");
  }
  return {};
}

void RestClient::Reconfigure(const RestProperties& properties) {
  const RestProperties before = AuthProperties(properties_);
  const std::string uri = uri_;
  properties_ = properties;
  uri_ = WithoutSlash(Property("uri", uri_));
  const RestProperties now = AuthProperties(properties_);
  // Else the token that there is stays in use.
  if (now != before || uri_ != uri) auth_ = std::make_unique<RestAuth>(uri_, now, plain_, clock_);
}

aws::Answer<http::Response> RestClient::SendAs(const std::string& authorization, std::string_view operation,
                                               const RestCall& call) {
  aws::Call out;
  out.method = call.method;
  out.path.clear();  // It is in the endpoint's URL, encoded already.
  out.query = call.query;
  out.attempts = call.attempts;
  out.deadline = call.deadline;
  out.headers = call.headers;
  static constexpr std::string_view kHeader = "header.";
  for (const auto& [key, value] : properties_) {
    if (key.starts_with(kHeader)) http::SetHeader(out.headers, key.substr(kHeader.size()), value);
  }
  if (call.body) {
    out.body = JsonText(*call.body);
    http::SetHeader(out.headers, "Content-Type", "application/json");
  }
  if (signs()) {
    return signer_->Send(
        {uri_ + call.path, Property("rest.signing-name", "execute-api"), Property("rest.signing-region")}, operation,
        out);
  }
  if (!authorization.empty()) http::SetHeader(out.headers, "Authorization", authorization);
  return plain_.Send({uri_ + call.path, "REST catalog", ""}, operation, out);
}

aws::Answer<Json> RestClient::Send(std::string_view operation, const RestCall& call) {
  const auto failed = [](Error error) { return std::unexpected(aws::ServiceError{.error = std::move(error)}); };
  std::string authorization;
  for (bool renewed = false;;) {
    if (!signs()) {
      auto header = auth_->Header();
      if (!header) return failed(std::move(header).error());
      authorization = *std::move(header);
    }
    auto response = SendAs(authorization, operation, call);
    if (!response) {
      aws::ServiceError error = std::move(response).error();
      // 419 is the specification's "authentication timeout". Both prove that nothing was done.
      const bool refused = (error.status == 401 || error.status == 419) && !error.may_have_taken_effect;
      if (error.status == 419) error.error.kind = ErrorKind::kPermissionDenied;
      if (refused && !signs() && !renewed && auth_->Renew(authorization)) {
        renewed = true;
        continue;
      }
      return std::unexpected(Weigh(std::move(error)));
    }
    if (response->body.empty()) return Json::object();
    auto answer = ParseJson(response->body, fmt::format("the REST catalog's answer to {}", operation));
    if (answer) return *std::move(answer);
    return std::unexpected(aws::ServiceError{
        .error = std::move(answer).error(), .status = response->status, .may_have_taken_effect = true});
  }
}

}  // namespace calve::catalog
