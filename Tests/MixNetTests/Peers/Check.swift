import Testing

/// `#expect` for calls that change what they are called on, which the macro cannot take apart.
func check(
  _ isSo: @autoclosure () throws -> Bool, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation
) rethrows {
  let isSo = try isSo()
  #expect(isSo, comment, sourceLocation: place)
}
