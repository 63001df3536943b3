import COpenSSL
import CSQLite
import CSodium
import CZstd

/// The system's libraries that the program is linked to, as they are on this machine: what a report of a fault needs.
enum Libraries {
  static var versions: String {
    let openSSL = unsafe OpenSSL_version(OPENSSL_VERSION_STRING).map { unsafe String(cString: $0) } ?? "?"
    let sodium = unsafe String(cString: sodium_version_string())
    let sqlite = unsafe String(cString: sqlite3_libversion())
    let zstd = unsafe String(cString: ZSTD_versionString())
    return "libsodium \(sodium), OpenSSL \(openSSL), SQLite \(sqlite), zstd \(zstd)"
  }
}
