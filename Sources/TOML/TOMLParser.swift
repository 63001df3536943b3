import CTOML

extension TOMLTable {
  /// The longest text that is read, in bytes.
  public static let sizeMax: Int = CTOML_SIZE_MAX
  /// How deep arrays and inline tables may lie in each other; also the limit for the parts of a dotted key.
  public static let depthMax: Int = CTOML_DEPTH_MAX

  /// Reads a TOML 1.0 document.
  ///
  /// - Throws: the first mistake. A text over ``sizeMax``, or nested deeper than ``depthMax``, is one as well, so no
  ///   text can overflow the stack.
  public init(parsing text: String) throws(TOMLError) { try self.init(parsing: Array(text.utf8)) }

  /// Reads a TOML 1.0 document from bytes, which need not be UTF-8: then that is the mistake.
  ///
  /// - Throws: as ``init(parsing:)-(String)``.
  public init(parsing bytes: [UInt8]) throws(TOMLError) {
    let document = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe ctoml_parse($0.baseAddress, $0.count) }
    }
    defer { unsafe ctoml_free(document) }
    var line: UInt32 = 0
    var column: UInt32 = 0
    if let message = unsafe ctoml_error(document, &line, &column) {
      throw TOMLError(position: TOMLPosition(line, column), message: unsafe TOMLText.oneLine(String(cString: message)))
    }
    var count = 0
    let first = unsafe ctoml_events(document, &count)
    self = unsafe Self.tree(UnsafeBufferPointer(start: first, count: count))
  }
}

extension TOMLPosition {
  init(_ line: UInt32, _ column: UInt32) { self.init(line: Int(line), column: Int(column)) }
}
