public import MixNet

extension ConfigTable {
  /// A numeric address. A variable that is a number alone changes the port and leaves the rest.
  public func address(_ key: String, default preset: Address, _ doc: String) -> Address {
    read(key, .address, .preset(preset), doc) ?? preset
  }

  /// A numeric address, or nil when it is not set.
  public func address(_ key: String, _ doc: String) -> Address? { read(key, .address, .optional, doc) }

  /// A numeric address that must be set; `standIn` is returned with the mistake.
  public func address(_ key: String, required standIn: Address, _ doc: String) -> Address {
    read(key, .address, .required, doc) ?? standIn
  }

  /// A list of `count` addresses.
  public func addresses(
    _ key: String, default preset: [Address] = [], count: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> [Address] {
    readList(key, .address, count: count, .preset(preset), doc)?.map(\.value) ?? preset
  }
}
