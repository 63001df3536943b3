public import MixNet

extension ConfigTable {
  /// A numeric address. A variable that is a number alone changes the port and leaves the rest.
  public func address(_ key: String, default preset: Address, _ doc: String) -> Address {
    read(key, .address, .preset(preset), doc) ?? preset
  }

  /// A numeric address, or nil when it is not set.
  public func address(_ key: String, _ doc: String) -> Address? { read(key, .address, .optional, doc) }

  /// Where a link is opened to: an address or a host's name; nil when it is not set.
  public func target(_ key: String, _ doc: String) -> Address? { read(key, .target, .optional, doc) }

  /// A numeric address that must be set; `standIn` is returned with the mistake.
  public func address(_ key: String, required standIn: Address, _ doc: String) -> Address {
    read(key, .address, .required, doc) ?? standIn
  }

  /// A list of `count` addresses or hosts' names, to open links to.
  public func targets(
    _ key: String, default preset: [Address] = [], count: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> [Address] {
    readList(key, .target, count: count, .preset(preset), doc)?.map(\.value) ?? preset
  }

  /// A list of `count` addresses.
  public func addresses(
    _ key: String, default preset: [Address] = [], count: ClosedRange<Int> = 0 ... .max, _ doc: String
  ) -> [Address] {
    readList(key, .address, count: count, .preset(preset), doc)?.map(\.value) ?? preset
  }
}
