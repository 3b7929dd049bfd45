#include "app/health_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/whole_number.h"

namespace calve::app {
namespace {

constexpr size_t kMaxRequestBytes = 8192;
constexpr std::chrono::milliseconds kConnectionTime{2000};  // For all of it: reading, answering.
constexpr int kNoDescriptorsPauseMs = 200;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

Result<Address> ParseAddress(const std::string& listen) {
  const auto bad = [&] {
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("--listen {}: it is not ADDRESS:PORT, e.g. 127.0.0.1:8080, 0.0.0.0:8080 or [::]:8080", listen));
  };
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos) return bad();
  std::string host = listen.substr(0, colon);
  const auto port = WholeNumber<uint16_t>(std::string_view(listen).substr(colon + 1));
  if (!port) return bad();
  if (host == "localhost") host = "127.0.0.1";
  Address address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(*port);
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6->sin6_addr) != 1) return bad();
    address.length = sizeof(sockaddr_in6);
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(*port);
    if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) != 1) return bad();
    address.length = sizeof(sockaddr_in);
  }
  return address;
}

uint16_t PortOf(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
}

/// One connection and the time until which it is looked after: one client at a time is served, and who sends a byte now
/// and then must not keep the others waiting.
class Connection {
 public:
  explicit Connection(int fd) : fd_(fd), deadline_(std::chrono::steady_clock::now() + kConnectionTime) {}

  /// The request's head, or what of it came in time.
  std::string ReadHead() {
    std::string head;
    std::array<char, 1024> buffer{};
    while (head.size() < kMaxRequestBytes && head.find("\r\n\r\n") == std::string::npos && WaitFor(POLLIN)) {
      const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      head.append(buffer.data(), static_cast<size_t>(n));
    }
    return head;
  }

  void WriteAll(std::string_view text) {
    while (!text.empty() && WaitFor(POLLOUT)) {
      const ssize_t n = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<size_t>(n));
    }
  }

 private:
  bool WaitFor(short events) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd one{fd_, events, 0};
    return left.count() > 0 && poll(&one, 1, static_cast<int>(left.count())) == 1;
  }

  int fd_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

Result<std::unique_ptr<HealthServer>> HealthServer::Start(const std::string& listen, HealthPages pages) {
  CALVE_ASSIGN_OR_RETURN(const Address address, ParseAddress(listen));
  const int socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return std::unexpected(ErrnoError(errno, "a socket for --listen " + listen));
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 ||
      ::listen(socket, 16) != 0) {
    const int error = errno;
    close(socket);
    return Err(ErrorKind::kUnavailable, fmt::format("--listen {}: {}", listen, std::strerror(error)));
  }
  std::array<int, 2> wake{};
  if (pipe2(wake.data(), O_CLOEXEC) != 0) {
    const int error = errno;
    close(socket);
    return std::unexpected(ErrnoError(error, "a pipe for the health server"));
  }
  return std::unique_ptr<HealthServer>(new HealthServer(socket, wake[0], wake[1], PortOf(socket), std::move(pages)));
}

HealthServer::HealthServer(int socket, int wake_read, int wake_write, uint16_t port, HealthPages pages)
    : socket_(socket),
      wake_read_(wake_read),
      wake_write_(wake_write),
      port_(port),
      pages_(std::move(pages)),
      thread_([this] { Loop(); }) {}

HealthServer::~HealthServer() {
  close(wake_write_);  // The other end becomes readable.
  thread_.join();
  close(wake_read_);
  close(socket_);
}

void HealthServer::Loop() {
  for (;;) {
    std::array<pollfd, 2> fds{pollfd{socket_, POLLIN, 0}, pollfd{wake_read_, POLLIN, 0}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    if (fds[0].revents == 0) continue;
    const int connection = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) {
      // Out of descriptors or memory: the caller stays in the queue, so that poll would return at once, again and
      // again.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        poll(&fds[1], 1, kNoDescriptorsPauseMs);
      }
      continue;
    }
    Answer(connection);
    close(connection);
  }
}

void HealthServer::Answer(int fd) const {
  Connection connection(fd);
  const std::string head = connection.ReadHead();
  const std::string line = head.substr(0, head.find("\r\n"));
  const bool is_head = line.starts_with("HEAD ");
  const size_t from = line.find(' ');
  const size_t to = line.find_first_of(" ?", from == std::string::npos ? from : from + 1);
  const std::string path = from == std::string::npos ? "" : line.substr(from + 1, to - from - 1);
  std::string status = "200 OK";
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  if (!is_head && !line.starts_with("GET ")) {
    status = "405 Method Not Allowed";
    body = "GET only\n";
  } else if (path == "/healthz") {
    const bool healthy = pages_.healthy();
    if (!healthy) status = "503 Service Unavailable";
    body = healthy ? "ok\n" : "this worker takes no more: see its log\n";
  } else if (path == "/readyz") {
    const bool ready = pages_.ready();
    if (!ready) status = "503 Service Unavailable";
    body = ready ? "ready\n" : "not ready\n";
  } else if (path == "/metrics") {
    type = "text/plain; version=0.0.4; charset=utf-8";
    body = pages_.metrics();
  } else {
    status = "404 Not Found";
    body = "/healthz, /readyz and /metrics are here\n";
  }
  connection.WriteAll(
      fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status, type,
                  body.size(), is_head ? "" : body));
}

}  // namespace calve::app
