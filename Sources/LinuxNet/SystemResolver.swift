import Glibc
public import MixNet

/// Names, as the system looks them up (getaddrinfo: the hosts file, then name servers), by two threads with a bounded queue.
///
/// The system may take half a minute to say that it does not know. Whoever asked has a deadline of its own; the threads are
/// left alone when the resolver goes, since they cannot be hurried.
public final class SystemResolver: Resolver {
  private struct Question: Sendable {
    let name: String
    let port: UInt16
    let done: @Sendable ([Address]) -> Void
  }

  private let queue: JobQueue<Question>
  private static let answersMax = 16

  /// Starts the threads; at most `capacity` questions wait.
  public init(capacity: Int = 256) throws(SystemError) {
    let queue = JobQueue<Question>(capacity: capacity)
    self.queue = queue
    for number in 0..<2 {
      _ = try Thread("names-\(number)") {
        while let question = queue.pop() { question.done(Self.addresses(question.name, question.port)) }
      }
    }
  }

  deinit { queue.close() }

  /// Takes a question, or says false, at once, when too many are waiting.
  public func resolve(_ name: String, port: UInt16, done: @escaping @Sendable ([Address]) -> Void) -> Bool {
    queue.push(Question(name: name, port: port, done: done))
  }

  /// Looks a name up here and now, however long it takes: for programs that do nothing else meanwhile.
  public static func addresses(_ name: String, _ port: UInt16) -> [Address] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &found) == 0 else { return [] }
    defer { freeaddrinfo(found) }
    var addresses: [Address] = []
    var next = found
    while let entry = next, addresses.count < answersMax {
      if let address = SocketAddress(entry.pointee.ai_addr, entry.pointee.ai_addrlen).address?.with(port: port),
        !addresses.contains(address)
      {
        addresses.append(address)
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }
}
