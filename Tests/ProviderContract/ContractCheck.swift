import MixNet

/// One promise of a provider, as a piece of code that breaks it into an error.
///
/// The checks know no test library and no provider: LinuxNet and the simulator run the same list.
public struct ContractCheck<World>: Sendable, CustomStringConvertible {
  /// What is promised.
  public let description: String
  /// Throws a ``ContractFailure`` when the promise is not kept.
  public let run: @Sendable (World) throws -> Void

  init(_ description: String, _ run: @escaping @Sendable (World) throws -> Void) {
    self.description = description
    self.run = run
  }
}

/// A promise that was not kept.
public struct ContractFailure: Error, CustomStringConvertible, Sendable {
  /// What was expected, and where in the contract.
  public let description: String
}

/// Throws unless `isKept`.
func demand(
  _ isKept: Bool, _ expected: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws {
  guard isKept else { throw ContractFailure(description: "\(file):\(line): \(expected())") }
}

/// Throws unless the two are equal.
func demand<T: Equatable>(
  _ found: T, is wanted: T, _ what: String, file: StaticString = #fileID, line: UInt = #line
) throws {
  guard found == wanted else {
    throw ContractFailure(description: "\(file):\(line): \(what): found \(found), wanted \(wanted)")
  }
}
