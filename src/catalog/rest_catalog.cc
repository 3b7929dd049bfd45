#include "catalog/rest_catalog.h"

#include <fmt/format.h>

#include "catalog/json_members.h"
#include "catalog/pointer_swap.h"
#include "catalog/rest_table.h"

namespace calve::catalog {
namespace {

using iceberg::CommitOutcome;
using iceberg::CommitState;
using iceberg::LoadedTable;
using iceberg::TableIdentifier;

constexpr std::string_view kListNamespaces = "GET /v1/{prefix}/namespaces";
constexpr std::string_view kCreateNamespace = "POST /v1/{prefix}/namespaces";
constexpr std::string_view kLoadNamespace = "GET /v1/{prefix}/namespaces/{namespace}";
constexpr std::string_view kListTables = "GET /v1/{prefix}/namespaces/{namespace}/tables";
constexpr std::string_view kCreateTable = "POST /v1/{prefix}/namespaces/{namespace}/tables";
constexpr std::string_view kLoadTable = "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}";
constexpr std::string_view kCommitTable = "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}";
constexpr std::string_view kDropTable = "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}";

constexpr std::chrono::seconds kConfigWithin{15};

bool IsMissing(const aws::ServiceError& error) { return error.error.kind == ErrorKind::kNotFound; }

/// No proof that the server did nothing. The specification says so of 500, 502 and 504; a 503 may be a proxy's that had
/// passed the request on. 501 is a "never".
bool MayHaveLanded(const aws::ServiceError& error) {
  return error.may_have_taken_effect || (error.status >= 500 && error.status != 501);
}

/// Of a call that changes something.
Error ToWriteError(aws::ServiceError error) {
  if (MayHaveLanded(error)) error.error.kind = ErrorKind::kUnavailable;
  return std::move(error.error);
}

/// Vended credentials, where the server has any to give.
http::Headers Delegation() { return {{"X-Iceberg-Access-Delegation", "vended-credentials"}}; }

}  // namespace

RestCatalog::RestCatalog(RestCatalogOptions options, http::Transport& transport, aws::Client* signer, Clock& clock,
                         Rng& rng)
    : options_(std::move(options)),
      clock_(clock),
      rng_(rng),
      client_(options_.uri, options_.properties, transport, signer, clock, rng, options_.backoff) {}

Result<std::unique_ptr<RestCatalog>> RestCatalog::Open(RestCatalogOptions options, http::Transport& transport,
                                                       aws::Client* signer, Clock& clock, Rng& rng) {
  if (options.uri.find("://") == std::string::npos) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("'{}' is no REST catalog's URI; write it as https://host/path",
                                                        http::ShownUrl(options.uri)));
  }
  std::unique_ptr<RestCatalog> catalog(new RestCatalog(std::move(options), transport, signer, clock, rng));
  CALVE_RETURN_IF_ERROR(catalog->Configure());
  return catalog;
}

Status RestCatalog::Configure() {
  CALVE_RETURN_IF_ERROR(client_.Check());
  // A wrong host is told before one wonders.
  RestCall call{.path = "/v1/config", .deadline = clock_.Monotonic() + kConfigWithin};
  if (const auto warehouse = options_.properties.find("warehouse"); warehouse != options_.properties.end()) {
    call.query.emplace_back("warehouse", warehouse->second);
  }
  auto answer = client_.Send("GetConfig", call);
  if (!answer) {
    // Whoever answers: there is no catalog at this URI.
    if (answer.error().status == 404) answer.error().error.kind = ErrorKind::kNotFound;
    return WithContext(std::move(answer).error().error, http::ShownUrl(options_.uri));
  }
  CALVE_ASSIGN_OR_RETURN(config_, RestConfig::Merge(options_.properties, *answer));
  client_.Reconfigure(config_.properties());
  return client_.Check();
}

Result<LoadedTable> RestCatalog::Load(const TableIdentifier& table) {
  CALVE_RETURN_IF_ERROR(config_.Require(kLoadTable));
  auto answer = client_.Send("LoadTable", {.path = config_.TablePath(table), .headers = Delegation()});
  if (!answer) return std::unexpected(std::move(answer).error().error);
  return ReadLoadTableResult(*answer, table.ToString());
}

Status RestCatalog::CreateNamespace(const std::vector<std::string>& ns) {
  CALVE_RETURN_IF_ERROR(config_.Require(kCreateNamespace));
  const RestCall call{.method = "POST",
                      .path = config_.NamespacesPath(),
                      .body = Json{{"namespace", ns}, {"properties", Json::object()}}};
  auto answer = client_.Send("CreateNamespace", call);
  if (!answer && IsMissing(answer.error()) && ns.size() > 1) {  // Some servers want the parents first.
    CALVE_RETURN_IF_ERROR(CreateNamespace({ns.begin(), ns.end() - 1}));
    answer = client_.Send("CreateNamespace", call);
  }
  if (answer || answer.error().status == 409) return {};
  return std::unexpected(ToWriteError(std::move(answer).error()));
}

Result<LoadedTable> RestCatalog::Create(const TableIdentifier& table, const iceberg::NewTable& definition) {
  CALVE_RETURN_IF_ERROR(CheckIdentifier(table));
  CALVE_RETURN_IF_ERROR(config_.Require(kCreateTable));
  CALVE_ASSIGN_OR_RETURN(Json request, CreateTableRequest(table.name, definition, clock_, rng_));
  const RestCall call{.method = "POST",
                      .path = config_.TablesPath(table.ns),
                      .body = std::move(request),
                      .headers = Delegation(),
                      .attempts = aws::Attempts::kOnce};
  auto answer = client_.Send("CreateTable", call);
  if (!answer && IsMissing(answer.error()) && !MayHaveLanded(answer.error())) {
    CALVE_RETURN_IF_ERROR(CreateNamespace(table.ns));
    answer = client_.Send("CreateTable", call);
  }
  if (answer) return ReadLoadTableResult(*answer, table.ToString());
  if (answer.error().status == 409 && !MayHaveLanded(answer.error())) {
    return Err(ErrorKind::kAlreadyExists,
               fmt::format("there is a table or view {} already: {}", table.ToString(), answer.error().error.message));
  }
  return std::unexpected(ToWriteError(std::move(answer).error()));
}

CommitOutcome RestCatalog::Commit(const TableIdentifier& table, const LoadedTable& /*base*/,
                                  const iceberg::TableChange& change) {
  if (Status status = config_.Require(kCommitTable); !status) {
    return {CommitState::kRejected, std::move(status).error(), ""};
  }
  auto answer = client_.Send("CommitTable", {.method = "POST",
                                             .path = config_.TablePath(table),
                                             .body = CommitTableRequest(table, change),
                                             .attempts = aws::Attempts::kOnce});
  if (answer) {
    std::string location = TextOf(*answer, "metadata-location");
    if (!location.empty() || MemberOf(*answer, "metadata").is_object()) {
      return {CommitState::kCommitted, Error{ErrorKind::kInternal, ""}, std::move(location)};
    }
    return {CommitState::kUnknown,
            {ErrorKind::kUnavailable,
             fmt::format("the answer to a commit to {} is none of a REST catalog's", table.ToString())},
            ""};
  }
  aws::ServiceError refused = std::move(answer).error();
  if (MayHaveLanded(refused)) return {CommitState::kUnknown, ToWriteError(std::move(refused)), ""};
  if (refused.status == 409) refused.error.kind = ErrorKind::kConflict;
  return {CommitState::kRejected, std::move(refused.error), ""};
}

Result<std::vector<Json>> RestCatalog::Pages(std::string_view operation, RestCall call, const char* member) {
  const std::string page_size = config_.Property("rest-page-size");
  const size_t fixed = call.query.size();
  std::vector<Json> items;
  std::string token;
  while (true) {
    call.query.resize(fixed);
    // A server must not cut an answer short unless it is asked to; one that does so all the same gives a token.
    if (!page_size.empty()) call.query.emplace_back("pageSize", page_size);
    if (!page_size.empty() || !token.empty()) call.query.emplace_back("pageToken", token);
    auto answer = client_.Send(operation, call);
    if (!answer) return std::unexpected(std::move(answer).error().error);
    for (const Json& item : ListOf(*answer, member)) items.push_back(item);
    std::string next = TextOf(*answer, "next-page-token");
    if (next.empty()) return items;
    if (next == token) {
      return Err(ErrorKind::kCorrupt, fmt::format("the REST catalog's {} gives the same page again", operation));
    }
    token = std::move(next);
  }
}

Result<std::vector<std::vector<std::string>>> RestCatalog::ChildNamespaces(const std::vector<std::string>& parent) {
  CALVE_RETURN_IF_ERROR(config_.Require(kListNamespaces));
  RestCall call{.path = config_.NamespacesPath()};
  if (!parent.empty()) call.query.emplace_back("parent", config_.ParentParameter(parent));
  auto items = Pages("ListNamespaces", std::move(call), "namespaces");
  std::vector<std::vector<std::string>> children;
  if (!items) {
    const ErrorKind kind = items.error().kind;
    // Dropped meanwhile; or the server knows one level only, and says that a parent is none of its parameters.
    if (!parent.empty() && (kind == ErrorKind::kNotFound || kind == ErrorKind::kInvalidArgument)) return children;
    return std::unexpected(std::move(items).error());
  }
  for (const Json& item : *items) {
    std::vector<std::string> child = ReadNamespace(item);
    // A server that does not know the parameter gives the top level again: no end otherwise.
    const bool below = child.size() == parent.size() + 1 && std::equal(parent.begin(), parent.end(), child.begin());
    if (below) children.push_back(std::move(child));
  }
  return children;
}

Status RestCatalog::ListOne(const std::vector<std::string>& ns, std::vector<TableIdentifier>& found) {
  auto items = Pages("ListTables", {.path = config_.TablesPath(ns)}, "identifiers");
  if (!items) {
    if (items.error().kind == ErrorKind::kNotFound) return {};
    return std::unexpected(std::move(items).error());
  }
  for (const Json& item : *items) found.push_back({ReadNamespace(MemberOf(item, "namespace")), TextOf(item, "name")});
  return {};
}

Status RestCatalog::ListBelow(const std::vector<std::string>& ns, std::vector<TableIdentifier>& found) {
  CALVE_ASSIGN_OR_RETURN(const auto children, ChildNamespaces(ns));
  for (const std::vector<std::string>& child : children) {
    CALVE_RETURN_IF_ERROR(ListOne(child, found));
    CALVE_RETURN_IF_ERROR(ListBelow(child, found));
  }
  return {};
}

Result<std::vector<TableIdentifier>> RestCatalog::List(const std::vector<std::string>& ns) {
  CALVE_RETURN_IF_ERROR(config_.Require(kListTables));
  std::vector<TableIdentifier> found;
  CALVE_RETURN_IF_ERROR(ns.empty() ? ListBelow(ns, found) : ListOne(ns, found));
  return found;
}

Status RestCatalog::Drop(const TableIdentifier& table) {
  CALVE_RETURN_IF_ERROR(config_.Require(kDropTable));
  auto answer = client_.Send("DropTable", {.method = "DELETE",
                                           .path = config_.TablePath(table),
                                           .query = {{"purgeRequested", "false"}},
                                           .attempts = aws::Attempts::kOnce});
  if (answer) return {};
  return std::unexpected(ToWriteError(std::move(answer).error()));
}

Result<std::string> RestCatalog::DefaultLocation(const TableIdentifier& table) {
  CALVE_ASSIGN_OR_RETURN(std::string below_warehouse, LocationUnder(options_.warehouse_location, table));
  if (config_.Offers(kLoadNamespace)) {
    auto answer = client_.Send("LoadNamespace", {.path = config_.NamespacePath(table.ns)});
    if (!answer && !IsMissing(answer.error())) return std::unexpected(std::move(answer).error().error);
    const std::string own = answer ? WithoutSlash(TextOf(MemberOf(*answer, "properties"), "location")) : std::string();
    if (!own.empty()) return own + "/" + table.name;
  }
  return options_.warehouse_location.empty() ? std::string() : below_warehouse;
}

}  // namespace calve::catalog
