// A REST catalog server as the specification describes it, over a FakeTransport: a MemoryCatalog behind the protocol.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "catalog/memory_catalog.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"
#include "store/memory_store.h"

namespace calve {

/// Thread-safe.
class FakeRestCatalog {
 public:
  /// What happens to the next request whose "METHOD path" holds a text, once.
  enum class Fault { kNeverArrives, kLostBefore, kLostAfter, kStatusBefore, kStatusAfter };

  FakeRestCatalog() { config_ = {{"defaults", Json::object()}, {"overrides", {{"prefix", "lake"}}}}; }

  http::FakeTransport& transport() { return transport_; }
  store::MemoryStore& store() { return store_; }
  FakeClock& clock() { return clock_; }
  Json& config() { return config_; }

  /// Only holders of a token that /v1/oauth/tokens gave to `id`:`secret` are let in, for `life` each.
  void RequireLogin(std::string id, std::string secret, std::chrono::seconds life) {
    login_ = "client_id=" + std::move(id) + "&client_secret=" + std::move(secret);
    life_ = life;
  }
  /// Every token is forgotten, as after a restart of the token server.
  void ForgetTokens() { tokens_.clear(); }
  int tokens_given() const { return tokens_given_; }

  void FailNext(std::string what, Fault fault, int status = 500, std::string body = "{}") {
    const std::lock_guard lock(mutex_);
    fault_ = {std::move(what), fault, status, std::move(body)};
  }
  void PutNamespace(const std::vector<std::string>& ns, Json properties) {
    const std::lock_guard lock(mutex_);
    namespaces_[ns] = std::move(properties);
  }
  /// Members of the next LoadTableResults, besides the specified ones.
  void AddToLoadResults(Json members) { extra_ = std::move(members); }

 private:
  struct Pending {
    std::string what;
    Fault fault;
    int status;
    std::string body;
  };

  static http::Reply Answer(const Json& body) { return http::Response{200, {}, body.dump()}; }
  static http::Reply Refuse(int status, const std::string& type) {
    return http::Response{
        status, {}, Json{{"error", {{"message", "the fake says no"}, {"type", type}, {"code", status}}}}.dump()};
  }
  static http::Reply Refuse(const Error& error, const std::string& missing) {
    switch (error.kind) {
      case ErrorKind::kNotFound:
        return Refuse(404, missing);
      case ErrorKind::kAlreadyExists:
        return Refuse(409, "AlreadyExistsException");
      case ErrorKind::kConflict:
        return Refuse(409, "CommitFailedException");
      default:
        return Refuse(400, "BadRequestException");
    }
  }
  static http::Reply Lost(bool may_have_arrived) {
    return std::unexpected(http::SendError{{ErrorKind::kUnavailable, "the connection broke"}, may_have_arrived});
  }

  static std::string Decoded(const std::string& text) {
    std::string decoded;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') {
        decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        decoded += text[i];
      }
    }
    return decoded;
  }

  static std::vector<std::string> Split(const std::string& text, char by) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
      if (c == by) {
        parts.emplace_back();
      } else {
        parts.back() += c;
      }
    }
    return parts;
  }

  http::Reply Handle(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    const std::string target = request.url.substr(request.url.find('/', request.url.find("://") + 3));
    const std::string line = request.method + " " + target;
    std::optional<Pending> fault;
    if (fault_ && line.find(fault_->what) != std::string::npos) std::swap(fault, fault_);
    if (fault && fault->fault == Fault::kNeverArrives) return Lost(false);
    if (fault && fault->fault == Fault::kLostBefore) return Lost(true);
    if (fault && fault->fault == Fault::kStatusBefore) return http::Response{fault->status, {}, fault->body};
    http::Reply reply = Route(request, target);
    if (fault && fault->fault == Fault::kLostAfter) return Lost(true);
    if (fault) return http::Response{fault->status, {}, fault->body};
    return reply;
  }

  http::Reply GiveToken(const http::Request& request) {
    if (request.body.find(login_ + "&") == std::string::npos ||
        !request.body.starts_with("grant_type=client_credentials&")) {
      return http::Response{401, {}, R"({"error":"invalid_client","error_description":"unknown client"})"};
    }
    const std::string token = "token-" + std::to_string(++tokens_given_);
    tokens_[token] = clock_.Monotonic() + life_;
    return Answer({{"access_token", token}, {"token_type", "bearer"}, {"expires_in", life_.count()}});
  }

  bool LetIn(const http::Request& request) {
    if (login_.empty()) return true;
    const std::string* header = http::FindHeader(request.headers, "Authorization");
    if (header == nullptr || !header->starts_with("Bearer ")) return false;
    const auto found = tokens_.find(header->substr(7));
    return found != tokens_.end() && clock_.Monotonic() < found->second;
  }

  http::Reply Route(const http::Request& request, const std::string& target) {
    const std::string path = target.substr(0, target.find('?'));
    std::map<std::string, std::string> query;
    if (path.size() < target.size()) {
      for (const std::string& pair : Split(target.substr(path.size() + 1), '&')) {
        const size_t equals = pair.find('=');
        query[pair.substr(0, equals)] = equals == std::string::npos ? "" : Decoded(pair.substr(equals + 1));
      }
    }
    if (path == "/v1/oauth/tokens") return GiveToken(request);
    if (!LetIn(request)) return Refuse(401, "NotAuthorizedException");
    if (path == "/v1/config") return Answer(config_);
    const std::vector<std::string> parts = Split(path, '/');  // "", v1, lake, namespaces, ns, tables, table
    if (parts.size() < 4 || parts[2] != "lake" || parts[3] != "namespaces") return Refuse(404, "NoSuchPath");
    const Json body = request.body.empty() ? Json() : Json::parse(request.body);
    if (parts.size() == 4) return Namespaces(request.method, body, query);
    const std::vector<std::string> ns = Split(Decoded(parts[4]), '\x1F');
    if (!namespaces_.contains(ns))
      return Refuse(404, parts.size() > 6 ? "NoSuchTableException" : "NoSuchNamespaceException");
    if (parts.size() == 5) return Answer({{"namespace", ns}, {"properties", namespaces_[ns]}});
    if (parts.size() == 6) return request.method == "POST" ? Create(ns, body) : Tables(ns, query);
    return Table(request.method, {ns, Decoded(parts[6])}, body, query);
  }

  /// Two at a time once paging was asked for.
  static http::Reply Page(const char* member, const std::vector<Json>& all, std::map<std::string, std::string>& query) {
    if (!query.contains("pageToken")) return Answer({{member, all}});
    const size_t begin = query["pageToken"].empty() ? 0 : std::stoul(query["pageToken"]);
    Json page = Json::array();
    for (size_t i = begin; i < std::min(begin + 2, all.size()); ++i) page.push_back(all[i]);
    Json answer = {{member, page}};
    if (begin + 2 < all.size()) answer["next-page-token"] = std::to_string(begin + 2);
    return Answer(answer);
  }

  http::Reply Namespaces(const std::string& method, const Json& body, std::map<std::string, std::string>& query) {
    if (method == "POST") {
      const auto ns = body["namespace"].get<std::vector<std::string>>();
      const std::vector<std::string> parent(ns.begin(), ns.end() - 1);
      if (!parent.empty() && !namespaces_.contains(parent)) return Refuse(404, "NoSuchNamespaceException");
      if (!namespaces_.try_emplace(ns, body["properties"]).second) return Refuse(409, "AlreadyExistsException");
      return Answer(body);
    }
    const std::vector<std::string> parent =
        query.contains("parent") ? Split(query["parent"], '\x1F') : std::vector<std::string>();
    std::vector<Json> found;
    for (const auto& [ns, properties] : namespaces_) {
      if (ns.size() == parent.size() + 1 && std::equal(parent.begin(), parent.end(), ns.begin()))
        found.emplace_back(ns);
    }
    return Page("namespaces", found, query);
  }

  http::Reply Tables(const std::vector<std::string>& ns, std::map<std::string, std::string>& query) {
    std::vector<Json> found;
    const auto tables = catalog_.List(ns);
    for (const auto& table : *tables) {
      found.push_back({{"namespace", table.ns}, {"name", table.name}});
    }
    return Page("identifiers", found, query);
  }

  http::Reply LoadResult(const iceberg::LoadedTable& table) {
    Json answer = {{"metadata-location", table.metadata_location}, {"metadata", table.metadata.json()}};
    answer.update(extra_);
    return Answer(answer);
  }

  http::Reply Create(const std::vector<std::string>& ns, const Json& body) {
    iceberg::NewTable definition;
    const iceberg::TableIdentifier name{ns, body["name"]};
    definition.location = body.value("location", "memory://chosen-by-server/" + name.ToString());
    definition.schema = iceberg::SchemaFromJson(body["schema"]).value();
    for (const auto& [key, value] : body["properties"].items()) {
      if (key != "format-version") definition.properties[key] = value;
    }
    definition.format_version = std::stoi(body["properties"]["format-version"].get<std::string>());
    if (body.contains("partition-spec")) {
      for (const Json& field : body["partition-spec"]["fields"]) {
        const auto* source = definition.schema.FindById(field["source-id"]);
        definition.partition_terms.push_back(field["transform"].get<std::string>() + "(" + source->name + ")");
      }
    }
    const auto created = catalog_.Create(name, definition);
    return created ? LoadResult(*created) : Refuse(created.error(), "NoSuchNamespaceException");
  }

  http::Reply Table(const std::string& method, const iceberg::TableIdentifier& name, const Json& body,
                    const std::map<std::string, std::string>& query) {
    const auto loaded = catalog_.Load(name);
    if (!loaded) return Refuse(loaded.error(), "NoSuchTableException");
    if (method == "GET") return LoadResult(*loaded);
    if (method == "DELETE") {
      if (!query.contains("purgeRequested") || query.at("purgeRequested") != "false") return Refuse(400, "BadRequest");
      static_cast<void>(catalog_.Drop(name));
      return http::Response{204, {}, ""};
    }
    iceberg::TableChange change;
    for (const Json& item : body["requirements"]) change.requirements.push_back(item);
    for (const Json& item : body["updates"]) change.updates.push_back(item);
    const auto outcome = catalog_.Commit(name, *loaded, change);
    if (outcome.state != iceberg::CommitState::kCommitted) return Refuse(outcome.error, "NoSuchTableException");
    return LoadResult(catalog_.Load(name).value());
  }

  mutable std::mutex mutex_;
  FakeClock clock_;
  store::MemoryStore store_;
  catalog::MemoryCatalog catalog_{"memory://warehouse", store_, SystemClock(), SystemRng()};
  Json config_;
  Json extra_ = Json::object();
  std::map<std::vector<std::string>, Json> namespaces_;
  std::optional<Pending> fault_;
  std::string login_;
  std::chrono::seconds life_{0};
  std::map<std::string, std::chrono::steady_clock::time_point> tokens_;
  std::atomic<int> tokens_given_ = 0;
  http::FakeTransport transport_{[this](const http::Request& request) { return Handle(request); }};
};

}  // namespace calve
