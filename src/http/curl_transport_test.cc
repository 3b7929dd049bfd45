#include "http/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "fakes/http_server.h"

namespace calve::http {
namespace {

using std::chrono::milliseconds;

std::unique_ptr<CurlTransport> Make() {
  auto made = CurlTransport::Make();
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

/// A port that nobody listens on.
std::string DeadUrl() {
  std::string url;
  {
    const HttpServer gone([](const Received&) { return Deed(); });
    url = gone.url();
  }
  return url;
}

TEST(CurlTransport, SendsWhatItIsGivenAndReadsTheWholeAnswer) {
  HttpServer server([](const Received&) {
    return Deed{.status = 201, .body = "done", .headers = {{"X-A", " 1 "}, {"x-b", ""}, {"X-A", "2"}}};
  });
  const auto transport = Make();
  const auto answer = transport->Send({.method = "PUT",
                                       .url = server.url() + "/a/../b//%2F?x=1&y",
                                       .headers = {{"X-Empty", ""}, {"Content-Type", "text/csv"}},
                                       .body = "hello"},
                                      nullptr);
  ASSERT_TRUE(answer.has_value()) << answer.error().error.message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "done");
  EXPECT_EQ(answer->headers, (Headers{{"X-A", "1"}, {"x-b", ""}, {"X-A", "2"}, {"Content-Length", "4"}}));
  const Received got = server.received().at(0);
  EXPECT_EQ(got.method, "PUT");
  EXPECT_EQ(got.target, "/a/../b//%2F?x=1&y");
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(*FindHeader(got.headers, "content-type"), "text/csv");
  EXPECT_EQ(*FindHeader(got.headers, "x-empty"), "");
  EXPECT_EQ(FindHeader(got.headers, "expect"), nullptr);
  EXPECT_EQ(*FindHeader(got.headers, "user-agent"), "calve");
}

TEST(CurlTransport, SendsEveryMethodWithTheRightLength) {
  HttpServer server([](const Received&) { return Deed{.body = "x"}; });
  const auto transport = Make();
  for (const char* method : {"GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"}) {
    const auto answer = transport->Send({.method = method, .url = server.url() + "/"}, nullptr);
    ASSERT_TRUE(answer.has_value()) << method << answer.error().error.message;
    EXPECT_EQ(answer->body, std::string(method) == "HEAD" ? "" : "x");
    const Received got = server.received().back();
    EXPECT_EQ(got.method, method);
    EXPECT_EQ(FindHeader(got.headers, "transfer-encoding"), nullptr);
    EXPECT_EQ(FindHeader(got.headers, "content-type"), nullptr);
    const std::string* length = FindHeader(got.headers, "content-length");
    if (got.method.starts_with('P')) {
      ASSERT_NE(length, nullptr) << method;
      EXPECT_EQ(*length, "0");
    }
  }
  EXPECT_EQ(server.received().back().connection, 0) << "one connection for all of them";
}

TEST(CurlTransport, SendsAPartOfAFile) {
  const auto path = std::filesystem::temp_directory_path() / ("calve_http_" + std::to_string(getpid()));
  std::string content(3'000'000, 'a');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 23);
  std::ofstream(path, std::ios::binary) << content;
  HttpServer server([](const Received&) { return Deed(); });
  const auto transport = Make();
  Request request{.method = "PUT", .url = server.url() + "/", .file = FileBody{path, 12'345, 2'500'000}};
  ASSERT_TRUE(transport->Send(request, nullptr).has_value());
  EXPECT_TRUE(server.received().at(0).body == content.substr(12'345, 2'500'000));

  request.file->length_bytes = content.size();  // More than there is behind the offset.
  auto answer = transport->Send(request, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kBadData);
  EXPECT_FALSE(answer.error().may_have_arrived);
  std::filesystem::remove(path);
  answer = transport->Send(request, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kNotFound);
  EXPECT_FALSE(answer.error().may_have_arrived);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST(CurlTransport, TheSinkGetsBodiesOfSuccessesOnly) {
  const std::string large(2'000'000, 'z');
  HttpServer server([&](const Received& request) {
    return request.target == "/no" ? Deed{.status = 503, .body = "sorry"} : Deed{.body = large};
  });
  const auto transport = Make();
  std::string taken;
  size_t limit = SIZE_MAX;
  const BodySink sink = [&](std::span<const std::byte> piece) {
    taken.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return taken.size() < limit;
  };
  auto answer = transport->Send({.url = server.url() + "/yes"}, sink);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(taken == large);
  EXPECT_EQ(answer->body, "");
  taken.clear();
  answer = transport->Send({.url = server.url() + "/no"}, sink);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "sorry");
  EXPECT_EQ(taken, "");
  limit = 1;
  answer = transport->Send({.url = server.url() + "/yes"}, sink);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kCancelled);
}

TEST(CurlTransport, NoRedirectIsFollowed) {
  HttpServer server([](const Received&) { return Deed{.status = 307, .headers = {{"Location", "/elsewhere"}}}; });
  const auto answer = Make()->Send({.url = server.url() + "/"}, nullptr);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 307);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST(CurlTransport, WhatNeverReachedTheServerIsKnownNotToHaveArrived) {
  const auto transport = Make();
  for (const std::string& url : {DeadUrl() + "/", std::string("http://no-such-host.invalid/")}) {
    const auto answer = transport->Send({.method = "POST", .url = url, .body = "x"}, nullptr);
    ASSERT_FALSE(answer.has_value()) << url;
    EXPECT_EQ(answer.error().error.kind, ErrorKind::kUnavailable);
    EXPECT_FALSE(answer.error().may_have_arrived) << url;
  }
  for (const char* url : {"ftp://127.0.0.1/", "127.0.0.1", "http://", "http://user:pass@127.0.0.1/", "http://a b/"}) {
    const auto answer = transport->Send({.url = url}, nullptr);
    ASSERT_FALSE(answer.has_value()) << url;
    EXPECT_EQ(answer.error().error.kind, ErrorKind::kInvalidArgument) << url << answer.error().error.message;
    EXPECT_FALSE(answer.error().may_have_arrived) << url;
  }
}

TEST(CurlTransport, AFailedTlsHandshakeHasNotArrived) {
  HttpServer server([](const Received&) { return Deed(); });  // Speaks no TLS.
  const auto answer = Make()->Send({.method = "POST",
                                    .url = "https://127.0.0.1:" + std::to_string(server.port()) + "/",
                                    .body = "x",
                                    .total_timeout = milliseconds(300)},
                                   nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_FALSE(answer.error().may_have_arrived);
}

TEST(CurlTransport, ALostAnswerMayHaveArrived) {
  std::atomic<Deed::Fault> fault{};
  HttpServer server([&](const Received&) { return Deed{.body = "0123456789", .fault = fault}; });
  const auto transport = Make();
  using enum Deed::Fault;
  for (const auto next : {kCloseUnanswered, kCloseMidBody, kSilence, kSilenceMidBody}) {
    fault = next;
    const auto answer = transport->Send(
        {.method = "POST", .url = server.url() + "/", .body = "x", .total_timeout = milliseconds(100)}, nullptr);
    ASSERT_FALSE(answer.has_value()) << static_cast<int>(next);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::kUnavailable);
    EXPECT_TRUE(answer.error().may_have_arrived) << static_cast<int>(next);
  }
  EXPECT_EQ(server.received().size(), 4U);
}

TEST(CurlTransport, AStalledAnswerEndsBeforeTheTotalTimeOut) {
  HttpServer server([](const Received&) { return Deed{.body = "0123456789", .fault = Deed::Fault::kSilenceMidBody}; });
  const auto answer = Make()->Send(
      {.url = server.url() + "/", .total_timeout = milliseconds(0), .stall_timeout = milliseconds(1)}, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kUnavailable);
}

// An idle connection that closes as it is used again: libcurl would send the request a second time on a new one.
TEST(CurlTransport, NothingButReadsIsSentTwice) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "GET", "HEAD"}) {
    for (const char* body : {"", "the body"}) {
      const bool read = std::string(method) == "GET" || std::string(method) == "HEAD";
      if (read && *body != '\0') continue;
      HttpServer server([](const Received& request) {
        const bool closing = request.target == "/second" && request.connection == 0;
        return Deed{.body = "fine", .fault = closing ? Deed::Fault::kCloseUnanswered : Deed::Fault::kNone};
      });
      const auto transport = Make();
      ASSERT_TRUE(transport->Send({.url = server.url() + "/first"}, nullptr).has_value());
      const auto answer = transport->Send({.method = method, .url = server.url() + "/second", .body = body}, nullptr);
      EXPECT_EQ(server.received().at(1).connection, 0);
      if (read) {
        EXPECT_TRUE(answer.has_value()) << method;
      } else {
        EXPECT_EQ(server.received().size(), 2U) << method;
        ASSERT_FALSE(answer.has_value()) << method;
        EXPECT_EQ(answer.error().error.kind, ErrorKind::kUnavailable);
        EXPECT_TRUE(answer.error().may_have_arrived) << method;
      }
    }
  }
}

TEST(CurlTransport, AFreshConnectionIsNoIdleOne) {
  HttpServer server([](const Received&) { return Deed(); });
  const auto transport = Make();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(transport->Send({.url = server.url() + "/", .fresh_connection = i == 2}, nullptr).has_value());
  }
  const auto received = server.received();
  EXPECT_EQ(received[1].connection, 0);
  EXPECT_EQ(received[2].connection, 1);
}

TEST(CurlTransport, ThreadsShareTheIdleConnections) {
  HttpServer server([](const Received& request) { return Deed{.body = request.body}; });
  const auto transport = Make();
  std::atomic<int> wrong = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 20; ++n) {
          const std::string body = std::to_string(i * 100 + n);
          const auto answer = transport->Send({.method = "POST", .url = server.url() + "/", .body = body}, nullptr);
          if (!answer.has_value() || answer->body != body) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(wrong, 0);
  std::set<int> connections;
  for (const Received& request : server.received()) connections.insert(request.connection);
  EXPECT_LE(connections.size(), 4U);
}

TEST(CurlTransport, CancelEndsAWait) {
  CancelToken cancel;
  HttpServer server([&](const Received&) {
    cancel.Cancel();
    return Deed{.fault = Deed::Fault::kSilence};
  });
  const auto transport = Make();
  const Request request{.method = "POST", .url = server.url() + "/", .body = "x", .cancel = &cancel};
  auto answer = transport->Send(request, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().error.kind, ErrorKind::kCancelled);
  EXPECT_TRUE(answer.error().may_have_arrived);
  answer = transport->Send(request, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_FALSE(answer.error().may_have_arrived);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST(CurlTransport, AHeaderCannotSmuggleInAnother) {
  HttpServer server([](const Received&) { return Deed(); });
  const auto answer = Make()->Send({.url = server.url() + "/", .headers = {{"A", "1\r\nB: 2"}}}, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_FALSE(answer.error().may_have_arrived);
  EXPECT_TRUE(server.received().empty());
}

TEST(CurlTransport, MessagesHaveNoQuery) {
  const auto answer = Make()->Send({.url = DeadUrl() + "/path?X-Amz-Signature=secret"}, nullptr);
  ASSERT_FALSE(answer.has_value());
  EXPECT_THAT(answer.error().error.message, testing::HasSubstr("/path"));
  EXPECT_THAT(answer.error().error.message, testing::Not(testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace calve::http
