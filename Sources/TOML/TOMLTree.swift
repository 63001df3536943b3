import CTOML

/// A table or an array whose end has not come yet.
private struct OpenNode {
  /// The key and the place at which it will stand in the node around it.
  var key: String?
  var keyPosition: TOMLPosition
  var position: TOMLPosition
  var isTable: Bool
  var table = TOMLTable()
  var elements: [TOMLElement] = []

  var value: TOMLValue { isTable ? .table(table) : .array(elements) }

  mutating func add(_ value: TOMLValue, key: String?, keyPosition: TOMLPosition, position: TOMLPosition) {
    if let key {
      table.append(TOMLTable.Entry(key: key, keyPosition: keyPosition, value: value, position: position))
    } else {
      elements.append(TOMLElement(value: value, position: position))
    }
  }
}

extension TOMLTable {
  /// Builds the tree from the shim's events, with a list of open nodes in place of recursion.
  static func tree(_ events: UnsafeBufferPointer<ctoml_event>) -> TOMLTable {
    var open: [OpenNode] = []
    for index in events.indices {
      let event = unsafe events[index]
      if unsafe event.kind == CTOML_END {
        guard let done = open.popLast() else { break }
        // The root's end is the last event.
        if open.isEmpty { return done.table }
        let value = done.value
        open[open.count - 1].add(value, key: done.key, keyPosition: done.keyPosition, position: done.position)
        continue
      }
      let key = unsafe text(event.key, event.key_size)
      let keyPosition = unsafe TOMLPosition(event.key_line, event.key_column)
      let position = unsafe TOMLPosition(event.line, event.column)
      if let scalar = unsafe scalar(event) {
        open[open.count - 1].add(scalar, key: key, keyPosition: keyPosition, position: position)
      } else {
        let isTable = unsafe event.kind == CTOML_TABLE
        open.append(OpenNode(key: key, keyPosition: keyPosition, position: position, isTable: isTable))
      }
    }
    return TOMLTable()
  }

  private static func text(_ start: UnsafePointer<CChar>?, _ size: Int) -> String? {
    guard let start = unsafe start else { return nil }
    return unsafe UnsafeBufferPointer(start: start, count: size).withMemoryRebound(to: UInt8.self) {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }

  /// The value of an event, or nil when it opens a table or an array.
  private static func scalar(_ event: ctoml_event) -> TOMLValue? {
    switch unsafe event.kind {
    case CTOML_STRING: unsafe .string(text(event.text, event.text_size) ?? "")
    case CTOML_INTEGER: unsafe .integer(event.integer)
    case CTOML_FLOAT: unsafe .float(event.real)
    case CTOML_BOOLEAN: unsafe .boolean(event.integer != 0)
    case CTOML_DATE: unsafe .moment(TOMLMoment(date: date(event.moment)))
    case CTOML_TIME: unsafe .moment(TOMLMoment(time: time(event.moment)))
    case CTOML_DATE_TIME: unsafe .moment(TOMLMoment(date: date(event.moment), time: time(event.moment)))
    case CTOML_OFFSET_DATE_TIME:
      unsafe .moment(
        TOMLMoment(
          date: date(event.moment), time: time(event.moment), offsetMinutes: Int(event.moment.offset_minutes)))
    default: nil
    }
  }

  private static func date(_ moment: ctoml_moment) -> TOMLMoment.Date {
    TOMLMoment.Date(year: Int(moment.year), month: Int(moment.month), day: Int(moment.day))
  }

  private static func time(_ moment: ctoml_moment) -> TOMLMoment.Time {
    TOMLMoment.Time(
      hour: Int(moment.hour), minute: Int(moment.minute), second: Int(moment.second),
      nanosecond: Int(moment.nanosecond))
  }
}
