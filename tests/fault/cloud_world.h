// The cloud's flow in a world that breaks by plan: a notification on the queue of events, planners, the queue of
// chunks, consumers, the commit. Both queues are like SQS's standard ones: they know no dedup ids.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/intake.h"
#include "app/plan_request.h"
#include "app/worker.h"
#include "fault/line_format.h"
#include "fault/world.h"

namespace calve::app {

inline constexpr std::string_view kLedger = "memory://wh/_calve";
inline constexpr std::chrono::milliseconds kVisibility{30'000};
inline constexpr std::chrono::milliseconds kPastVisibility{31'000};

/// Delivers everything `copies` times, in no order.
class StandardQueue final : public queue::Queue {
 public:
  StandardQueue(queue::Queue& inner, Rng& rng, int copies) : inner_(inner), rng_(rng), copies_(copies) {}

  Status Send(std::span<const queue::Message> messages) override {
    std::vector<queue::Message> all;
    for (int copy = 0; copy < copies_; ++copy) {
      for (const queue::Message& message : messages) all.push_back({message.body, ""});
    }
    for (size_t i = all.size(); copies_ > 1 && i > 1; --i) std::swap(all[i - 1], all[rng_.Next() % i]);
    return inner_.Send(all);
  }
  Result<std::vector<queue::Delivery>> Receive(int max, std::chrono::milliseconds visibility,
                                               std::chrono::milliseconds wait) override {
    return inner_.Receive(max, visibility, wait);
  }
  Status Extend(std::string_view receipt, std::chrono::milliseconds visibility) override {
    return inner_.Extend(receipt, visibility);
  }
  Status Delete(std::string_view receipt) override { return inner_.Delete(receipt); }
  Status Fail(const queue::Delivery& delivery, std::string_view reason, queue::FailMode mode,
              std::chrono::milliseconds delay) override {
    return inner_.Fail(delivery, reason, mode, delay);
  }
  Result<queue::QueueStats> Stats() override { return inner_.Stats(); }

 private:
  queue::Queue& inner_;
  Rng& rng_;
  const int copies_;
};

/// What outlives every process of the test. `queue` (the base's) is the queue of chunks.
struct CloudServices : load::Services {
  explicit CloudServices(int copies = 1, int max_receives = 5)
      : Services(max_receives),
        event_queue(max_receives, clock, rng),
        events(event_queue, rng, copies),
        chunks(queue, rng, copies) {}

  queue::MemoryQueue event_queue;
  StandardQueue events;
  StandardQueue chunks;
  load::Ledger ledger{store, std::string(kLedger)};

  void Land(const std::string& name, const std::string& text) {
    ASSERT_TRUE(store.Put("memory://in/" + name, text, store::PutMode::kOverwrite).has_value());
  }
  /// S3's message that the object has landed.
  void Notify(const std::string& name) { SendEvent(Notification({name})); }
  void SendEvent(const std::string& body) {
    const queue::Message message{body, ""};
    ASSERT_TRUE(events.Send({&message, 1}).has_value());
  }
  static std::string Notification(const std::vector<std::string>& names) {
    Json records = Json::array();
    for (const std::string& name : names) {
      records.push_back({{"eventVersion", "2.1"},
                         {"eventSource", "aws:s3"},
                         {"eventName", "ObjectCreated:Put"},
                         {"s3", {{"bucket", {{"name", "in"}}}, {"object", {{"key", name}, {"size", 1}}}}}});
    }
    return JsonText({{"Records", records}});
  }
  /// Nothing is left to do, by what the queues themselves say.
  bool Empty() {
    for (queue::Queue* each : {static_cast<queue::Queue*>(&event_queue), static_cast<queue::Queue*>(&queue)}) {
      const auto stats = each->Stats();
      if (!stats.has_value() || stats->visible + stats->in_flight > 0) return false;
    }
    return true;
  }
  std::vector<queue::DeadLetter> DeadLetters() {
    std::vector<queue::DeadLetter> dead = *event_queue.ListDead(1000);
    const std::vector<queue::DeadLetter> of_chunks = *queue.ListDead(1000);
    dead.insert(dead.end(), of_chunks.begin(), of_chunks.end());
    return dead;
  }
};

inline const std::string kHeader = "id,name,note\n";

/// Records of a CSV, without its header; those of different `name`s differ.
inline std::string MakeRecords(const std::string& name, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += fmt::format("{},{} {},{}\n", i, name, i, std::string(static_cast<size_t>(1 + i % 17), 'x'));
  }
  return text;
}

/// Every column as text: what the default SQL yields is for the engine's own tests.
class TextDescriber final : public load::SqlDescriber {
 public:
  Result<load::Described> Describe(const load::Plan& plan) override {
    load::Described described;
    for (const load::SourceColumn& column : plan.columns) {
      iceberg::Field field;
      field.name = column.name;
      field.type.id = iceberg::TypeId::kString;
      described.columns.push_back(std::move(field));
    }
    return described;
  }
};

inline Settings CloudSettings(load::CommitMode mode, uint64_t chunk_size_bytes = 300) {
  Settings settings;
  settings.table = load::kTable.ToString();
  settings.load.read.chunk_size_bytes = chunk_size_bytes;
  settings.threads = 1;
  settings.load.commit_mode = mode;
  return settings;
}

inline load::Guess RightGuess() {
  return [](int, uint64_t start) { return std::optional(start); };
}

/// Chunk 1 begins in the middle of a line, chunk 2 sees none: both must be run again, pinned.
inline load::Guess WrongGuess() {
  return [](int chunk, uint64_t start) -> std::optional<uint64_t> {
    if (chunk == 1) return start + 3;
    if (chunk == 2) return std::nullopt;
    return start;
  };
}

/// A planner and consumer in one, as `calve worker` is. Its steps may be called from several threads when each has its
/// own processor. `injector` null: no faults.
class CloudProcess {
 public:
  CloudProcess(CloudServices& services, FaultInjector* injector, Settings settings, const load::Guess& guess)
      : services_(services),
        settings_(std::move(settings)),
        injector_(injector != nullptr ? *injector : healthy_),
        store_(services.store, injector_),
        events_(services.events, injector_),
        chunks_(services.chunks, injector_),
        catalog_(services.seen, injector_),
        ledger_(store_, std::string(kLedger)),
        context_{catalog_, store_, services.clock, services.rng},
        consumer_(context_, ledger_, chunks_, settings_.commit),
        intake_(context_, ledger_, {formats_, describer_}, consumer_,
                [this](const std::string& uri) {
                  // The notification says s3://; here the bucket is in memory.
                  return MakePlanRequest(settings_, "memory://" + uri.substr(uri.find("://") + 3));
                }),
        processor_(store_, guess) {}

  /// One message of the queue of events. False when there was none to be had.
  bool PlanStep() {
    const auto received = events_.Receive(1, kVisibility, std::chrono::milliseconds(0));
    if (!received.has_value() || received->empty()) return false;
    const IntakeResult result = intake_.Handle(received->front().body, cancel_);
    load::Handled handled;
    handled.answer = result.answer;
    handled.kind = result.kind;
    handled.reason = result.reason;
    Answer(events_, received->front(), handled);
    return true;
  }

  /// One message of the queue of chunks. False when there was none to be had.
  bool ConsumeStep() { return ConsumeStep(processor_); }
  bool ConsumeStep(load::ChunkProcessor& processor) {
    const auto received = chunks_.Receive(1, kVisibility, std::chrono::milliseconds(0));
    if (!received.has_value() || received->empty()) return false;
    const std::string prefix(kLedger);
    const ChunkWork work = WorkOnChunk(prefix, consumer_, processor, received->front().body, cancel_, nullptr);
    Answer(chunks_, received->front(), work.handled);
    return true;
  }

  /// Until the queues are empty, it dies, or it has gone round `max_rounds` times.
  void Run(int max_rounds) {
    for (int round = 0; round < max_rounds && !injector_.dead(); ++round) {
      const bool planned = PlanStep();
      if (ConsumeStep() || planned) continue;
      if (services_.Empty()) return;
      services_.clock.Advance(kPastVisibility);  // Leases of the dead, and waits after failures, run out.
    }
  }

  store::ObjectStore& store() { return store_; }
  /// Why messages were not deleted.
  std::string reasons() const {
    const std::lock_guard lock(mutex_);
    return reasons_;
  }

 private:
  void Answer(queue::Queue& queue, const queue::Delivery& delivery, const load::Handled& handled) {
    if (handled.answer != load::Handled::Answer::kDelete) {
      const std::lock_guard lock(mutex_);
      reasons_ += handled.reason + "\n";
    }
    // When the queue does not take it, the message comes again.
    (void)load::AnswerDelivery(queue, delivery, handled, services_.rng).has_value();
  }

  CloudServices& services_;
  const Settings settings_;
  FaultInjector healthy_{NoFaults(), services_.clock};
  FaultInjector& injector_;
  store::FaultyStore store_;
  queue::FaultyQueue events_;
  queue::FaultyQueue chunks_;
  iceberg::FaultyCatalog catalog_;
  load::Ledger ledger_;
  load::CommitContext context_;
  load::Consumer consumer_;
  const load::SourceFormats formats_ = load::OnlyLines();
  TextDescriber describer_;
  Intake intake_;
  load::LineProcessor processor_;
  CancelToken cancel_;
  mutable std::mutex mutex_;
  std::string reasons_;  ///< Guarded by mutex_.
};

/// The invariant: every record of `texts` once, so many snapshots, nothing left on the queues, and no dead letter.
inline void ExpectLoadedOnce(CloudServices& services, const std::vector<std::string>& texts, size_t snapshots,
                             const std::string& what) {
  ASSERT_TRUE(services.catalog.Load(load::kTable).has_value()) << what << ": there is no table";
  load::ExpectEveryLineOnce(services, texts, what);
  EXPECT_EQ(load::SnapshotCount(services), snapshots) << what;
  EXPECT_TRUE(services.Empty()) << what << ": messages are left";
  for (const queue::DeadLetter& letter : services.DeadLetters()) ADD_FAILURE() << what << ": dead: " << letter.reason;
  const std::vector<std::string> loads = *services.ledger.ListLoads();
  for (const std::string& load_id : loads) {
    EXPECT_TRUE(services.ledger.FindCommit(load_id)->has_value()) << what << ": the ledger does not know of the commit";
  }
}

/// Where nobody died, no data file is left that the table does not have, those of wrong guesses included.
inline void ExpectNoOrphans(CloudServices& services, const std::string& what) {
  const auto table = services.catalog.Load(load::kTable);
  ASSERT_TRUE(table.has_value()) << what;
  const auto files = iceberg::ListLiveFiles(table->metadata, services.store);
  ASSERT_TRUE(files.has_value()) << what << ": " << files.error().message;
  std::set<std::string> live;
  for (const iceberg::DataFile& file : files->data_files) live.insert(file.file_path);
  const std::vector<store::ObjectInfo> objects = *services.store.List("memory://wh/db/t/data/");
  std::string orphans;
  for (const store::ObjectInfo& object : objects) {
    if (!live.contains(object.uri)) orphans += object.uri + "\n";
  }
  EXPECT_EQ(orphans, "") << what << ": nobody refers to these";
}

}  // namespace calve::app
