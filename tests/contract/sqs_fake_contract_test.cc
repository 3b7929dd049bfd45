// The queue contract on SqsQueue over a fake SQS: what a real server is asked in sqs_contract_tests, without the waiting.
#include <stdexcept>

#include "aws/client.h"
#include "contract/queue_contract.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_sqs.h"
#include "queue/sqs_queue.h"

namespace calve::queue {
namespace {

constexpr int kMaxReceives = 3;

// Two clients of one queue: one knows it by its name, the other by its URL.
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
  std::unique_ptr<aws::CredentialsProvider> credentials_ =
      aws::MakeStaticCredentials({.access_key_id = "id", .secret_access_key = "secret", .session_token = {}, .expires = {}});
  aws::Client client_{sqs_.transport(), *credentials_, clock_, rng_, {}};
  std::unique_ptr<SqsQueue> queue_ = Open("chunks");
  std::unique_ptr<SqsQueue> peer_ = Open(FakeSqs::Url("chunks"));
};

INSTANTIATE_TEST_SUITE_P(FakeSqs, QueueContract,
                         testing::Values(QueueFactory{"fake_sqs", [] { return std::make_unique<FakeSqsEnv>(); }}));

}  // namespace
}  // namespace calve::queue
