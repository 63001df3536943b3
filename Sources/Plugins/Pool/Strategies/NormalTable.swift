/// The cumulative normal distribution, as integers: a table, with straight lines between its points. It is nowhere further than
/// 0.00013 from the function.
enum NormalTable {
  /// Points in one deviation.
  private static let steps: UInt64 = 16

  /// The probability in 2^32ths of what lies below a point that is `distance` / `deviation` deviations from the mean; the
  /// deviation is at least 1.
  static func share(_ distance: UInt64, _ deviation: UInt64, isAbove: Bool) -> UInt64 {
    let above = upper(distance, deviation)
    return isAbove ? above : LeavingCurve.whole - above
  }

  private static func upper(_ distance: UInt64, _ deviation: UInt64) -> UInt64 {
    let (scaled, over) = distance.multipliedReportingOverflow(by: steps)
    let place = scaled / deviation
    guard !over, place < UInt64(points.count - 1) else { return LeavingCurve.whole }
    let rest = scaled % deviation
    let (low, high) = (points[Int(place)], points[Int(place) + 1])
    // Both factors are less than 2^31: points are so near to each other, and a deviation is no larger than a pool.
    return low + (high - low) * rest / deviation
  }

  /// 2^32 times the function, at 0, 1/16, ... 4 deviations above the mean.
  private static let points: [UInt64] = [
    2_147_483_648, 2_254_504_222, 2_361_107_697, 2_466_881_847, 2_571_424_089, 2_674_346_077, 2_775_278_016,
    2_873_872_620, 2_969_808_658, 3_062_793_999, 3_152_568_148, 3_238_904_200, 3_321_610_229, 3_400_530_078,
    3_475_543_573, 3_546_566_187, 3_613_548_169, 3_676_473_198, 3_735_356_606, 3_790_243_234, 3_841_204_973,
    3_888_338_076, 3_931_760_284, 3_971_607_857, 4_008_032_551, 4_041_198_625, 4_071_279_904, 4_098_456_973,
    4_122_914_527, 4_144_838_918, 4_164_415_916, 4_181_828_723, 4_197_256_223, 4_210_871_498, 4_222_840_594,
    4_233_321_538, 4_242_463_586, 4_250_406_698, 4_257_281_212, 4_263_207_700, 4_268_296_987, 4_272_650_305,
    4_276_359_572, 4_279_507_754, 4_282_169_310, 4_284_410_691, 4_286_290_872, 4_287_861_913, 4_289_169_528,
    4_290_253_645, 4_291_148_961, 4_291_885_475, 4_292_488_992, 4_292_981_601, 4_293_382_116, 4_293_706_485,
    4_293_968_162, 4_294_178_440, 4_294_346_756, 4_294_480_959, 4_294_587_547, 4_294_671_870, 4_294_738_321,
    4_294_790_483, 4_294_831_269,
  ]
}
