import Glibc
import MixNet

extension CloseReason {
  /// The reason for an errno of a socket. What is not listed can only mean that the connection is of no more use.
  init(errno code: Int32) {
    self =
      switch code {
      // A Unix socket's missing file, or a file of another kind, is a place where nobody listens.
      case ECONNREFUSED, ENOENT, EPROTOTYPE, ENOTSOCK: .refused
      case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, ENONET: .unreachable
      case EAFNOSUPPORT, EACCES, EPERM, EINVAL, ENOTDIR, ELOOP, ENAMETOOLONG: .unreachable
      case ETIMEDOUT: .timeout
      case EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC: .exhausted
      // No local port is free; a Unix listener's queue is full.
      case EADDRNOTAVAIL, EADDRINUSE, EAGAIN: .exhausted
      default: .reset
      }
  }
}
