/// What every ``MixNet/Network`` promises. Each check gets a world that no other check uses.
public enum NetworkContract {
  /// One promise.
  public typealias Check = ContractCheck<any NetworkWorld>

  /// All promises.
  public static let checks: [Check] = connecting + streams + waiting + datagrams
}
