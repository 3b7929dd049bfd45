// One load in a world that breaks by plan: memory store, queue and catalog, each behind its faulty twin, on a fake
// clock.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "catalog/memory_catalog.h"
#include "fakes/fake_clock.h"
#include "fakes/fault_plan.h"
#include "fakes/faulty_catalog.h"
#include "fakes/faulty_queue.h"
#include "fakes/faulty_store.h"
#include "fakes/lying_catalog.h"
#include "fault/line_processor.h"
#include "iceberg/scan.h"
#include "load/consumer.h"
#include "load/planner.h"
#include "queue/memory_queue.h"
#include "store/memory_store.h"

namespace calve::load {

/// The services that outlive every process of the test.
struct Services {
  explicit Services(int max_receives = 1000) : queue(max_receives, clock, rng) {}

  FakeClock clock;
  SeededRng rng{42};
  store::MemoryStore store;
  catalog::MemoryCatalog catalog{"memory://wh", store, clock, rng};  ///< The truth.
  iceberg::LyingCatalog seen{catalog, rng};                          ///< What the processes see of it.
  queue::MemoryQueue queue;
};

inline const iceberg::TableIdentifier kTable{{"db"}, "t"};

inline std::string MakeLines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += fmt::format("line {:05} {}\n", i, std::string(static_cast<size_t>(i % 17), 'x'));
  return text;
}

/// A plan over lines, put into the ledger; the table is created. What MakePlan does, without SQL and sniffing.
inline Plan PutLinePlan(Services& services, const std::string& name, const std::string& text, int chunks,
                        CommitMode mode) {
  const std::string uri = "memory://in/" + name;
  EXPECT_TRUE(services.store.Put(uri, text, store::PutMode::kOverwrite).has_value());
  iceberg::NewTable definition;
  definition.location = "memory://wh/db/t";
  iceberg::Field field;
  field.name = "line";
  field.type.id = iceberg::TypeId::kString;
  definition.schema.fields = {field};
  auto created = services.catalog.Create(kTable, definition);
  auto table = services.catalog.Load(kTable);
  EXPECT_TRUE(table.has_value());
  Plan plan;
  plan.pipeline = "test";
  plan.source = {uri, services.store.Head(uri)->version, text.size()};
  plan.load_id = MakeLoadId(plan.pipeline, kTable.ToString(), plan.source);
  plan.sql = "SELECT * FROM chunk";
  plan.row_preserving = true;
  plan.target.identifier = kTable.ToString();
  plan.target.table_uuid = table->metadata.uuid();
  plan.target.data_location = "memory://wh/db/t/data";
  plan.target.schema_id = table->metadata.schema().schema_id;
  plan.target.spec = table->metadata.spec();
  plan.target.base = iceberg::StateOf(table->metadata);
  plan.records_attempts = true;
  plan.commit_mode = mode;
  plan.format = "lines";
  plan.pin = Json::object();
  plan.cuts = {0, text.size(), text.size() / static_cast<size_t>(chunks) + 1, {}};
  if (mode == CommitMode::kChunk) {
    for (int i = plan.chunk_count(); i > 0; --i) {
      plan.cuts.starts.insert(plan.cuts.starts.begin(),
                              LineProcessor::LineStart(text, static_cast<uint64_t>(i - 1) * plan.cuts.step));
    }
  }
  plan.created_us = services.clock.Now().time_since_epoch().count();
  plan.created_by = "test";
  Ledger ledger(services.store, "memory://wh/_calve");
  auto standing = ledger.PutPlan(plan);
  EXPECT_TRUE(standing.has_value());
  return standing.has_value() ? *standing : plan;
}

/// One process that works on a load until it is over, it dies, or `max_steps` have passed. `injector` null: no faults.
class Process {
 public:
  Process(Services& services, FaultInjector* injector, const Guess& guess)
      : services_(services),
        injector_(injector != nullptr ? *injector : healthy_),
        store_(services.store, injector_),
        queue_(services.queue, injector_),
        catalog_(services.seen, injector_),
        ledger_(store_, "memory://wh/_calve"),
        context_{catalog_, store_, services.clock, services.rng},
        consumer_(context_, ledger_, queue_, policy_),
        processor_(store_, guess) {}

  /// What run does at its start: sends what is missing.
  Status Nudge(const Plan& plan) {
    CALVE_ASSIGN_OR_RETURN(FinishOutcome outcome, consumer_.finisher().TryFinish(plan, cancel_));
    if (const auto* waiting = std::get_if<Waiting>(&outcome)) {
      if (waiting->pinned) return consumer_.SendPinned(plan, *waiting->pinned);
      return consumer_.SendChunks(plan, waiting->missing);
    }
    finished_ = std::holds_alternative<Finished>(outcome);
    return {};
  }

  /// One message. False when there was none to be had.
  bool Step() {
    auto received = queue_.Receive(1, std::chrono::seconds(30), std::chrono::milliseconds(0));
    if (!received.has_value() || received->empty()) return false;
    const queue::Delivery& delivery = received->front();
    const auto message = ParseChunkMessage(delivery.body);
    EXPECT_TRUE(message.has_value());
    const Handled handled = consumer_.Handle(*message, processor_, cancel_, nullptr);
    if (handled.answer == Handled::Answer::kDelete) {
      (void)queue_.Delete(delivery.receipt).has_value();
      if (handled.finish && std::holds_alternative<Finished>(*handled.finish)) finished_ = true;
    } else {
      last_reason_ = handled.reason;
      last_kind_ = handled.kind;
      (void)queue_.Fail(delivery, handled.reason, queue::FailMode::kRetry, std::chrono::milliseconds(0)).has_value();
    }
    return true;
  }

  void Work(const Plan& plan, int max_steps) {
    (void)Nudge(plan).has_value();
    for (int step = 0; step < max_steps && !finished_ && !injector_.dead(); ++step) {
      if (Step()) continue;
      services_.clock.Advance(std::chrono::seconds(31));  // Leases of the dead run out.
      if (step % 3 == 2) (void)Nudge(plan).has_value();
    }
  }

  bool finished() const { return finished_; }
  const std::string& last_reason() const { return last_reason_; }
  ErrorKind last_kind() const { return last_kind_; }
  Consumer& consumer() { return consumer_; }
  LineProcessor& processor() { return processor_; }
  CancelToken& cancel() { return cancel_; }

 private:
  Services& services_;
  FaultInjector healthy_{NoFaults(), services_.clock};
  FaultInjector& injector_;
  store::FaultyStore store_;
  queue::FaultyQueue queue_;
  iceberg::FaultyCatalog catalog_;
  Ledger ledger_;
  CommitContext context_;
  CommitPolicy policy_{};
  Consumer consumer_;
  LineProcessor processor_;
  CancelToken cancel_;
  bool finished_ = false;
  std::string last_reason_;
  ErrorKind last_kind_ = ErrorKind::kInternal;
};

/// Every line of the table, in no order, by reading what the catalog says is there.
inline std::vector<std::string> LinesInTable(Services& services) {
  std::vector<std::string> lines;
  auto table = services.catalog.Load(kTable);
  EXPECT_TRUE(table.has_value());
  auto live = iceberg::ListLiveFiles(table->metadata, services.store);
  EXPECT_TRUE(live.has_value()) << live.error().message;
  for (const iceberg::DataFile& file : live->data_files) {
    auto text = store::ReadAll(services.store, file.file_path);
    EXPECT_TRUE(text.has_value()) << "a file of the table is gone: " << file.file_path;
    for (size_t at = 0; text.has_value() && at < text->size();) {
      const size_t end = text->find('\n', at);
      lines.push_back(text->substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

/// The invariant: every line once.
inline void ExpectEveryLineOnce(Services& services, const std::vector<std::string>& texts, const std::string& what) {
  std::map<std::string, int> expected;
  for (const std::string& text : texts) {
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      ++expected[text.substr(at, end - at)];
      at = end + 1;
    }
  }
  std::map<std::string, int> found;
  for (const std::string& line : LinesInTable(services)) ++found[line];
  EXPECT_EQ(found, expected) << what;
}

inline size_t SnapshotCount(Services& services) { return services.catalog.Load(kTable)->metadata.snapshots().size(); }

}  // namespace calve::load
