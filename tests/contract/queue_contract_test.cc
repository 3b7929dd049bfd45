#include "contract/queue_contract.h"

#include <stdexcept>

#include "aws/client.h"
#include "contract/temp_dir.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_sqs.h"
#include "queue/memory_queue.h"
#include "queue/sqlite_queue.h"
#include "queue/sqs_queue.h"

namespace calve::queue {
namespace {

constexpr int kMaxReceives = 3;

class MemoryEnv final : public QueueEnv {
 public:
  Queue& queue() override { return queue_; }
  Queue& peer() override { return queue_; }
  DeadLetterQueue& dead() override { return queue_; }
  int max_receives() const override { return kMaxReceives; }
  void Elapse(std::chrono::milliseconds duration) override { clock_.Advance(duration); }

 private:
  FakeClock clock_;
  SeededRng rng_{1};
  MemoryQueue queue_{kMaxReceives, clock_, rng_};
};

// Two connections to one file, and a queue of another name beside it that must stay out of everything.
class SqliteEnv final : public QueueEnv {
 public:
  ~SqliteEnv() override {
    const auto stats = beside_->Stats();
    EXPECT_TRUE(stats.has_value() && stats->visible == 1 && stats->dead == 0);
  }
  Queue& queue() override { return *queue_; }
  Queue& peer() override { return *peer_; }
  DeadLetterQueue& dead() override { return *queue_; }
  int max_receives() const override { return kMaxReceives; }
  void Elapse(std::chrono::milliseconds duration) override { clock_.Advance(duration); }

 private:
  std::unique_ptr<SqliteQueue> Open(std::string_view name) {
    auto queue =
        SqliteQueue::Open(dir_ / "state/queue.db", name, {.max_receives = kMaxReceives, .owner = {}}, clock_, rng_);
    if (!queue) throw std::runtime_error(queue.error().message);
    return std::move(*queue);
  }
  std::unique_ptr<SqliteQueue> OpenBeside() {
    auto queue = Open("beside");
    const std::vector<Message> one{{.body = "mine", .dedup_id = "chunk-1"}};
    EXPECT_TRUE(queue->Send(one));
    return queue;
  }

  TempDir dir_;
  FakeClock clock_;
  SeededRng rng_{1};
  std::unique_ptr<SqliteQueue> queue_ = Open("chunks");
  std::unique_ptr<SqliteQueue> peer_ = Open("chunks");
  std::unique_ptr<SqliteQueue> beside_ = OpenBeside();
};

// What sqs_contract_tests ask a real server, without the waiting. Two clients of one queue: one knows it by its name,
// the other by its URL.
class FakeSqsEnv final : public QueueEnv {
 public:
  Queue& queue() override { return *queue_; }
  Queue& peer() override { return *peer_; }
  DeadLetterQueue& dead() override { return *queue_; }
  int max_receives() const override { return kMaxReceives; }
  void Elapse(std::chrono::milliseconds duration) override { clock_.Advance(duration); }

 private:
  std::unique_ptr<SqsQueue> Open(const std::string& name) {
    sqs_.AddQueue("chunks-dead");
    sqs_.AddQueue("chunks", "chunks-dead", kMaxReceives);
    auto queue = SqsQueue::Open(name, {}, client_, {"https://sqs.test", "sqs", "us-east-1"}, clock_, rng_);
    if (!queue) throw std::runtime_error(queue.error().message);
    return std::move(*queue);
  }

  FakeClock clock_;
  SeededRng rng_{1};
  FakeSqs sqs_{clock_};
  std::unique_ptr<aws::CredentialsProvider> credentials_ = aws::MakeStaticCredentials(
      {.access_key_id = "id", .secret_access_key = "secret", .session_token = {}, .expires = {}});
  aws::Client client_{sqs_.transport(), *credentials_, clock_, rng_, {}};
  std::unique_ptr<SqsQueue> queue_ = Open("chunks");
  std::unique_ptr<SqsQueue> peer_ = Open(FakeSqs::Url("chunks"));
};

template <typename Env>
QueueFactory Make(std::string name) {
  return {.name = std::move(name), .make = [] { return std::make_unique<Env>(); }};
}

INSTANTIATE_TEST_SUITE_P(Memory, QueueContract, testing::Values(Make<MemoryEnv>("memory")));
INSTANTIATE_TEST_SUITE_P(Sqlite, QueueContract, testing::Values(Make<SqliteEnv>("sqlite")));
INSTANTIATE_TEST_SUITE_P(FakeSqs, QueueContract, testing::Values(Make<FakeSqsEnv>("fake_sqs")));

}  // namespace
}  // namespace calve::queue
