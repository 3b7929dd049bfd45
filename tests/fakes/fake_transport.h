// A transport whose answers a test gives: by a function, or one after another. What was sent is kept.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace calve::http {

using Reply = std::expected<Response, SendError>;

/// Thread-safe. Asks `handler` when there is one, else gives `Then`'s replies in order; with none left, a lost answer.
class FakeTransport final : public Transport {
 public:
  using Handler = std::function<Reply(const Request&)>;

  FakeTransport() = default;
  explicit FakeTransport(Handler handler) : handler_(std::move(handler)) {}

  FakeTransport& Then(Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
    return *this;
  }
  FakeTransport& Then(int status, std::string body = "", Headers headers = {}) {
    return Then(Response{status, std::move(headers), std::move(body)});
  }
  FakeTransport& ThenLost(bool may_have_arrived = true) {
    return Then(std::unexpected(SendError{{ErrorKind::kUnavailable, "the connection broke"}, may_have_arrived}));
  }

  Reply Send(const Request& request, const BodySink& sink) override {
    Reply reply = std::unexpected(SendError{{ErrorKind::kUnavailable, "no reply was prepared"}, true});
    {
      const std::lock_guard lock(mutex_);
      sent_.push_back(request);
      if (!handler_ && !replies_.empty()) {
        reply = std::move(replies_.front());
        replies_.pop_front();
      }
    }
    if (handler_) reply = handler_(request);
    if (reply.has_value() && sink && reply->status / 100 == 2) {
      if (!sink(std::as_bytes(std::span(reply->body)))) {
        return std::unexpected(SendError{{ErrorKind::kCancelled, "stopped by the receiver"}, true});
      }
      reply->body.clear();
    }
    return reply;
  }

  std::vector<Request> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  const Handler handler_;
  mutable std::mutex mutex_;
  std::deque<Reply> replies_;
  std::vector<Request> sent_;
};

}  // namespace calve::http
