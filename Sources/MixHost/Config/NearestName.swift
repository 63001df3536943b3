/// The name in `names` that `name` was most likely meant to be, or nil when none is near.
///
/// Near means: at most three letters added, left out, changed or swapped with the next one, and fewer than half of the
/// name's letters. The case of letters does not count. Among equals the first wins.
public func nearest(_ name: String, in names: [String]) -> String? {
  let wanted = Array(name.lowercased().utf8)
  var best: (name: String, distance: Int)?
  for candidate in names {
    let letters = Array(candidate.lowercased().utf8)
    let length = max(wanted.count, letters.count)
    guard length <= 64, abs(wanted.count - letters.count) < 4 else { continue }
    let distance = editDistance(wanted, letters)
    guard distance < 4, distance == 0 || 2 * distance < length, distance < best?.distance ?? .max else { continue }
    best = (candidate, distance)
  }
  return best?.name
}

/// `; did you mean 'sphinx'?`, or nothing when no name is near: to be put into a sentence.
public func didYouMean(_ name: String, in names: [String]) -> String {
  nearest(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
}

/// The optimal string alignment distance: Levenshtein's, with a swap of two neighbours as one step.
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var before: [Int] = []
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      row.append(cost)
    }
    before = last
    last = row
  }
  return last[b.count]
}
