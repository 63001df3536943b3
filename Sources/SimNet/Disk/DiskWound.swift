/// A file that is not what the program that wrote it was told, and the fault that made it so.
public struct DiskWound: Sendable, Equatable {
  /// The file.
  public let path: String
  /// The fault: bytes that were lost or torn with the power, that went astray or came from elsewhere, flipped bits, or a disk
  /// that was emptied.
  public let family: FaultFamily
}
