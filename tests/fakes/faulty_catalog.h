// A catalog whose calls fail by plan; fault_plan.h describes the method.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "fakes/fault_plan.h"
#include "iceberg/catalog.h"

namespace calve::iceberg {

/// A fault at Commit is answered with kUnknown, whether the commit was done or not: that is all a client knows whose
/// call got no answer. Done twice, the second commit is turned away by the first; a catalog that keeps its contract
/// cannot pass that on as a proof of rejection, so it is kUnknown too (and kCommitted, kRejected when both say so).
class FaultyCatalog final : public Catalog {
 public:
  FaultyCatalog(Catalog& inner, FaultInjector& faults) : inner_(inner), faults_(faults) {}

  int calls() const { return faults_.calls(); }

  Result<LoadedTable> Load(const TableIdentifier& table) override {
    return faults_.Run("Load " + table.ToString(), [&] { return inner_.Load(table); });
  }

  /// Done twice: kAlreadyExists, though the table is the caller's own.
  Result<LoadedTable> Create(const TableIdentifier& table, const NewTable& definition) override {
    return faults_.Run("Create " + table.ToString(), [&] { return inner_.Create(table, definition); });
  }

  CommitOutcome Commit(const TableIdentifier& table, const LoadedTable& base, const TableChange& change) override {
    std::vector<CommitState> states;
    auto answer = faults_.Run("Commit " + table.ToString(), [&]() -> Result<CommitOutcome> {
      CommitOutcome outcome = inner_.Commit(table, base, change);
      states.push_back(outcome.state);
      return outcome;
    });
    if (!answer) return {CommitState::kUnknown, std::move(answer).error(), ""};
    if (states.front() != answer->state) {
      return {CommitState::kUnknown, {ErrorKind::kUnavailable, "injected fault: the commit was sent twice"}, ""};
    }
    return *std::move(answer);
  }

  Result<std::vector<TableIdentifier>> List(const std::vector<std::string>& ns) override {
    return faults_.Run("List", [&] { return inner_.List(ns); });
  }

  Status Drop(const TableIdentifier& table) override {
    return faults_.Run("Drop " + table.ToString(), [&] { return inner_.Drop(table); });
  }

  Result<std::string> DefaultLocation(const TableIdentifier& table) override {
    return faults_.Run("DefaultLocation " + table.ToString(), [&] { return inner_.DefaultLocation(table); });
  }

 private:
  Catalog& inner_;
  FaultInjector& faults_;
};

}  // namespace calve::iceberg
