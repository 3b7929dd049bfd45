// Glue's Data Catalog as its API documentation describes it, over a FakeTransport: what moto leaves out is kept here,
// above all that UpdateTable refuses a VersionId that is not the table's newest, and a TableInput with members of
// Table's.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "fakes/fake_transport.h"

namespace calve {

/// Thread-safe. One account's catalog.
class FakeGlue {
 public:
  http::FakeTransport& transport() { return transport_; }

  /// What happens to the next call of an operation, once.
  enum class Fault {
    kNeverArrives,  ///< Proven: no connection.
    kLostBefore,    ///< Not done, and no answer.
    kLostAfter,     ///< Done, and no answer.
    kErrorBefore,   ///< Not done; `code` with `status`.
    kErrorAfter,    ///< Done; `code` with `status` all the same.
  };
  void FailNext(const std::string& operation, Fault fault, std::string code = "InternalServiceException",
                int status = 500) {
    const std::lock_guard lock(mutex_);
    faults_[operation] = {fault, std::move(code), status};
  }
  /// Before the next UpdateTable is looked at, somebody else's commit goes through.
  void OvertakeNextUpdate() {
    const std::lock_guard lock(mutex_);
    overtake_ = true;
  }

  std::vector<std::string> operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
  }
  /// The stored table, as GetTable gives it; null when there is none.
  Json Table(const std::string& database, const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.find({database, name});
    return found == tables_.end() ? Json() : found->second;
  }
  /// Stores a table as another program left it.
  void PutTable(const std::string& database, Json table) {
    const std::lock_guard lock(mutex_);
    databases_.try_emplace(database, Json{{"Name", database}});
    const std::string name = table["Name"];
    tables_[{database, name}] = std::move(table);
  }
  void PutDatabase(const std::string& name, const std::string& location) {
    const std::lock_guard lock(mutex_);
    databases_[name] = Json{{"Name", name}, {"LocationUri", location}};
  }
  Json last_input(const std::string& operation) const {
    const std::lock_guard lock(mutex_);
    const auto found = inputs_.find(operation);
    return found == inputs_.end() ? Json() : found->second;
  }

 private:
  struct Pending {
    Fault fault;
    std::string code;
    int status;
  };
  using Key = std::pair<std::string, std::string>;

  static http::Reply Answer(const Json& body) { return http::Response{200, {}, body.dump()}; }
  static http::Reply Refuse(const std::string& code, int status = 400) {
    return http::Response{status, {}, Json{{"__type", code}, {"Message", "the fake says " + code}}.dump()};
  }
  static http::Reply Lost(bool may_have_arrived) {
    return std::unexpected(http::SendError{{ErrorKind::kUnavailable, "the connection broke"}, may_have_arrived});
  }

  http::Reply Handle(const http::Request& request) {
    const std::string* target = http::FindHeader(request.headers, "X-Amz-Target");
    if (target == nullptr || !target->starts_with("AWSGlue.")) return Refuse("UnknownOperationException");
    const std::string operation = target->substr(8);
    const Json input = Json::parse(request.body);
    const std::lock_guard lock(mutex_);
    operations_.push_back(operation);
    inputs_[operation] = input;
    std::optional<Pending> fault;
    if (const auto found = faults_.find(operation); found != faults_.end()) {
      fault = found->second;
      faults_.erase(found);
    }
    if (fault && fault->fault == Fault::kNeverArrives) return Lost(false);
    if (fault && fault->fault == Fault::kLostBefore) return Lost(true);
    if (fault && fault->fault == Fault::kErrorBefore) return Refuse(fault->code, fault->status);
    http::Reply reply = Do(operation, input);
    if (fault && fault->fault == Fault::kLostAfter) return Lost(true);
    if (fault && fault->fault == Fault::kErrorAfter) return Refuse(fault->code, fault->status);
    return reply;
  }

  http::Reply Do(const std::string& operation, const Json& input) {
    if (operation == "CreateDatabase") {
      const std::string name = input["DatabaseInput"]["Name"];
      if (!databases_.try_emplace(name, input["DatabaseInput"]).second) return Refuse("AlreadyExistsException");
      return Answer(Json::object());
    }
    if (operation == "GetDatabase") {
      const auto found = databases_.find(input["Name"]);
      return found == databases_.end() ? Refuse("EntityNotFoundException") : Answer({{"Database", found->second}});
    }
    if (operation == "GetDatabases") {
      std::vector<Json> all;
      for (const auto& [name, database] : databases_) all.push_back(database);
      return Page(input, "DatabaseList", all);
    }
    const std::string database = input["DatabaseName"];
    if (!databases_.contains(database)) return Refuse("EntityNotFoundException");
    if (operation == "GetTables") {
      std::vector<Json> all;
      for (const auto& [key, table] : tables_) {
        if (key.first == database) all.push_back(table);
      }
      return Page(input, "TableList", all);
    }
    if (operation == "CreateTable") return CreateTable(database, input["TableInput"]);
    if (operation == "UpdateTable") return UpdateTable(database, input);
    const auto found = tables_.find({database, input["Name"]});
    if (found == tables_.end()) return Refuse("EntityNotFoundException");
    if (operation == "GetTable") return Answer({{"Table", found->second}});
    if (operation != "DeleteTable") return Refuse("UnknownOperationException");
    tables_.erase(found);
    return Answer(Json::object());
  }

  /// Two at a time, so that every listing of a test has pages.
  static http::Reply Page(const Json& input, const char* list, const std::vector<Json>& all) {
    const size_t begin = input.contains("NextToken") ? std::stoul(input["NextToken"].get<std::string>()) : 0;
    Json page = Json::array();
    for (size_t i = begin; i < std::min(begin + 2, all.size()); ++i) page.push_back(all[i]);
    Json answer = {{list, page}};
    if (begin + 2 < all.size()) answer["NextToken"] = std::to_string(begin + 2);
    return Answer(answer);
  }

  static bool IsValid(const Json& input) {
    static const std::set<std::string> kMembers = {
        "Name",      "Description",       "Owner",         "LastAccessTime",   "LastAnalyzedTime",
        "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText", "ViewExpandedText",
        "TableType", "Parameters",        "TargetTable"};
    for (const auto& [key, value] : input.items()) {
      if (!kMembers.contains(key)) return false;
    }
    for (const Json& column : input["StorageDescriptor"]["Columns"]) {
      const std::string comment = column.value("Comment", "");
      const bool plain = std::ranges::none_of(comment, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
      if (comment.size() > 255 || !plain) return false;
    }
    return true;
  }

  Json Stored(const Json& input, const std::string& database) {
    Json table = input;
    table["DatabaseName"] = database;
    table["CreatedBy"] = "arn:aws:iam::123456789012:user/test";
    table["CatalogId"] = "123456789012";
    table["IsRegisteredWithLakeFormation"] = false;
    table["UpdateTime"] = 1.7e9;
    table["VersionId"] = std::to_string(++versions_);
    return table;
  }

  http::Reply CreateTable(const std::string& database, const Json& input) {
    if (!IsValid(input)) return Refuse("ValidationException");
    const std::string name = input["Name"];
    if (!tables_.try_emplace({database, name}, Stored(input, database)).second) return Refuse("AlreadyExistsException");
    return Answer(Json::object());
  }

  http::Reply UpdateTable(const std::string& database, const Json& input) {
    const Json& changed = input["TableInput"];
    if (!IsValid(changed)) return Refuse("ValidationException");
    const auto found = tables_.find({database, changed["Name"]});
    if (found == tables_.end()) return Refuse("EntityNotFoundException");
    if (overtake_) {
      overtake_ = false;
      found->second["VersionId"] = std::to_string(++versions_);
    }
    if (input.contains("VersionId") && input["VersionId"] != found->second["VersionId"]) {
      return Refuse("ConcurrentModificationException");
    }
    found->second = Stored(changed, database);
    return Answer(Json::object());
  }

  mutable std::mutex mutex_;
  std::map<std::string, Json> databases_;
  std::map<Key, Json> tables_;
  std::map<std::string, Pending> faults_;
  std::map<std::string, Json> inputs_;
  std::vector<std::string> operations_;
  bool overtake_ = false;
  int versions_ = 0;
  http::FakeTransport transport_{[this](const http::Request& request) { return Handle(request); }};
};

}  // namespace calve
