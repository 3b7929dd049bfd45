#include "app/health_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

namespace calve::app {
namespace {

int Connect(uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return socket;
}

std::string Ask(uint16_t port, const std::string& request) {
  const int socket = Connect(port);
  EXPECT_EQ(send(socket, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 512> buffer{};
  for (ssize_t n = 0; (n = recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<size_t>(n));
  }
  close(socket);
  return answer;
}

TEST(HealthServerTest, AnswersItsThreePagesAndNothingElse) {
  std::atomic<bool> healthy{true};
  std::atomic<bool> ready{false};
  auto server = HealthServer::Start("127.0.0.1:0", {[&] { return healthy.load(); }, [&] { return ready.load(); },
                                                    [] { return "calve_rows_total 7\n"; }});
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const uint16_t port = (*server)->port();
  EXPECT_TRUE(Ask(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(Ask(port, "GET /readyz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
  ready = true;
  healthy = false;
  EXPECT_TRUE(Ask(port, "GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(Ask(port, "GET /readyz?x=1 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
  const std::string metrics = Ask(port, "GET /metrics HTTP/1.1\r\n\r\n");
  EXPECT_NE(metrics.find("text/plain; version=0.0.4"), std::string::npos);
  EXPECT_TRUE(metrics.ends_with("\r\n\r\ncalve_rows_total 7\n"));
  EXPECT_TRUE(Ask(port, "HEAD /metrics HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
  EXPECT_TRUE(Ask(port, "GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(Ask(port, "POST /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
}

TEST(HealthServerTest, AClientThatTricklesDoesNotKeepTheOthersWaiting) {
  auto server =
      HealthServer::Start("127.0.0.1:0", {[] { return true; }, [] { return true; }, [] { return std::string(); }});
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const int slow = Connect((*server)->port());
  std::atomic<bool> stop{false};
  std::atomic<bool> gave_up{false};  // It would go on for longer than the server looks after one connection.
  std::thread trickle([&] {
    for (int i = 0; i < 100 && !stop; ++i) {
      static_cast<void>(send(slow, "G", 1, MSG_NOSIGNAL));
      poll(nullptr, 0, 100);
    }
    gave_up = !stop;
  });
  EXPECT_TRUE(Ask((*server)->port(), "GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(gave_up);
  stop = true;
  trickle.join();
  close(slow);
}

TEST(HealthServerTest, SaysWhatIsWrongWithAnAddress) {
  const HealthPages pages{[] { return true; }, [] { return true; }, [] { return std::string(); }};
  for (const char* bad : {"nowhere", "name.example:80", "127.0.0.1:port", "127.0.0.1:99999", "[::1:80"}) {
    const auto server = HealthServer::Start(bad, pages);
    ASSERT_FALSE(server.has_value()) << bad;
    EXPECT_EQ(server.error().kind, ErrorKind::kInvalidArgument) << bad;
  }
  const auto first = HealthServer::Start("127.0.0.1:0", pages);
  ASSERT_TRUE(first.has_value());
  const auto second = HealthServer::Start("127.0.0.1:" + std::to_string((*first)->port()), pages);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace calve::app
