import TOML
import Testing

@Suite struct PositionTests {
  private let text = """
    # a file
    [chain.mix]
      listen = "127.0.0.1:9001"
    verify = ["reputation",
              'replay']

    [pool]
    size.max = 7
    limits = { low = 1, "hïgh" = 2.5 }
    [[peer]]
    [[peer]]
    name = "ü"
    """

  @Test func keysAndValuesKnowTheirPlace() throws {
    let root = try TOMLTable(parsing: text)
    #expect(root.entries.map(\.key) == ["chain", "pool", "peer"])
    let chain = try #require(root["chain"])
    #expect(chain.keyPosition == TOMLPosition(line: 2, column: 2))
    let mix = try #require(chain.value.table?["mix"])
    #expect(mix.keyPosition == TOMLPosition(line: 2, column: 8))
    #expect(mix.position == TOMLPosition(line: 2, column: 1))
    let listen = try #require(mix.value.table?["listen"])
    #expect(listen.keyPosition == TOMLPosition(line: 3, column: 3))
    #expect(listen.position == TOMLPosition(line: 3, column: 12))
    let verify = try #require(mix.value.table?["verify"])
    #expect(verify.position == TOMLPosition(line: 4, column: 10))
    #expect(verify.value.array?.map(\.position.description) == ["4:11", "5:11"])
  }

  @Test func dottedAndInlineTablesToo() throws {
    let pool = try #require(try TOMLTable(parsing: text)["pool"]?.value.table)
    #expect(pool.entries.map(\.key) == ["size", "limits"])
    #expect(pool["size"]?.keyPosition.description == "8:1")
    #expect(pool["size"]?.value.table?["max"]?.keyPosition.description == "8:6")
    let limits = try #require(pool["limits"]?.value.table)
    #expect(limits.entries.map(\.key) == ["low", "hïgh"])
    #expect(limits["hïgh"]?.position.description == "9:30")
    #expect(limits["hïgh"]?.value == .float(2.5))
  }

  @Test func elementsOfATableArrayStandAtTheirHeaders() throws {
    let peers = try #require(try TOMLTable(parsing: text)["peer"]?.value.array)
    #expect(peers.map(\.position.description) == ["10:1", "11:1"])
    #expect(peers.last?.value.table?["name"]?.value == .string("ü"))
  }

  @Test func orderOfTheFileNotOfTheAlphabet() throws {
    let root = try TOMLTable(parsing: "z = 1\na.y = 1\nm = 1\na.b = 2\n[k]\n[c]\n[k.x]\n")
    #expect(root.entries.map(\.key) == ["z", "a", "m", "k", "c"])
    #expect(root["a"]?.value.table?.entries.map(\.key) == ["y", "b"])
  }

  @Test func errorsKnowTheirPlace() {
    #expect(mistake("a = 1\nb = 2020-13-01") == "2:12: ")
    #expect(mistake("a = 1\na = 2") == "2:5: ")
    #expect(mistake("x = \"ü\" é = 1") == "1:9: ")
  }

  private func mistake(_ text: String) -> String {
    do {
      _ = try TOMLTable(parsing: text)
      return "none"
    } catch {
      return "\(error.position): "
    }
  }
}

extension TOMLValue {
  var table: TOMLTable? { if case .table(let table) = self { table } else { nil } }
  var array: [TOMLElement]? { if case .array(let elements) = self { elements } else { nil } }
}
