/// What the streams of a run's workload are for, beside those of the clients, which have the numbers from 1 on.
enum Workload {
  static let plan: UInt64 = 0
  static let core: UInt64 = 1_000
  static let healing: UInt64 = 1_001
  static let adversaries: UInt64 = 1_002
  static let scenario: UInt64 = 1_003
  static let newcomer: UInt64 = 1_004
  static let leaving: UInt64 = 1_005
  static let conversations: UInt64 = 1_006
  static let talker: UInt64 = 1_007
  static let corrupt: UInt64 = 1_008
  static let challenge: UInt64 = 1_009
  static let victim: UInt64 = 1_010
  static let links: UInt64 = 1_011
  static let limits: UInt64 = 1_012
  /// One number for each sender of a measurement follows.
  static let sender: UInt64 = 1_100
  /// And one for each user who publishes to a cluster.
  static let publisher: UInt64 = 4_000
  /// One number for each adversary follows.
  static let adversary: UInt64 = 2_000
  /// And one for each client.
  static let absence: UInt64 = 3_000
  /// And one for each node.
  static let limit: UInt64 = 4_000
}
