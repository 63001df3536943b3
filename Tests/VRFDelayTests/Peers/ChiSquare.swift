import Foundation

/// How likely a sum of `degrees` squares of standard normal numbers is to be at least `value`: the upper regularised incomplete
/// gamma function Q(degrees / 2, value / 2), by its series and its continued fraction (Numerical Recipes, section 6.2).
func chiSquareTail(_ value: Double, degrees: Int) -> Double {
  let (a, x) = (Double(degrees) / 2, value / 2)
  guard x > 0 else { return 1 }
  let scale = exp(-x + a * log(x) - lgamma(a))
  if x < a + 1 {
    var (term, sum, n) = (1 / a, 1 / a, a)
    while abs(term) > abs(sum) * 1e-15 {
      n += 1
      term *= x / n
      sum += term
    }
    return max(0, 1 - sum * scale)
  }
  var b = x + 1 - a
  var (c, d) = (1e300, 1 / b)
  var h = d
  for i in 1..<10_000 {
    let an = -Double(i) * (Double(i) - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    h *= d * c
    if abs(d * c - 1) < 1e-15 { break }
  }
  return scale * h
}

/// Pearson's sum over the cells that may be hit; infinite when one is hit that may not.
func pearson(_ counts: [Int], _ expected: [Double]) -> Double {
  zip(counts, expected).reduce(0) { sum, cell in
    guard cell.1 > 0 else { return cell.0 == 0 ? sum : .infinity }
    return sum + (Double(cell.0) - cell.1) * (Double(cell.0) - cell.1) / cell.1
  }
}
