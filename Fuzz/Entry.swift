import Glibc

// libFuzzer brings `main`. It calls these two: once at the start, and once for each input.

/// The target that the environment names, and where its seeds go; `./dev fuzz` sets both.
@c(LLVMFuzzerInitialize)
public func initializeFuzzer(
  _ argumentCount: UnsafeMutablePointer<Int32>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> Int32 {
  if variable("HEARSAY_FUZZ_LIST") != nil {
    for target in FuzzTarget.all { print("\(target.name)\t\(target.sizeMax)\t\(target.summary)") }
    exit(0)
  }
  guard let name = variable("HEARSAY_FUZZ_TARGET"), let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("hearsay-fuzz: HEARSAY_FUZZ_TARGET names no target; ./dev fuzz lists them")
    exit(2)
  }
  if let folder = variable("HEARSAY_FUZZ_SEEDS") {
    let vectors = Vectors(folder: variable("HEARSAY_FUZZ_VECTORS") ?? "Tests/Vectors")
    for (number, seed) in target.seeds(vectors).enumerated() { writeSeed(seed, to: "\(folder)/seed-\(number)") }
    exit(0)
  }
  unsafe tryInput = target.make()
  return 0
}

/// Tries one input. Returns for each that is handled; what is not handled traps, and libFuzzer keeps the input.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  unsafe tryInput(input)
  return 0
}

/// Set once, before the first input; libFuzzer has one thread.
nonisolated(unsafe) private var tryInput: ([UInt8]) -> Void = { _ in }

private func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }

private func writeSeed(_ bytes: [UInt8], to path: String) {
  guard let file = unsafe fopen(path, "w") else { return }
  _ = unsafe bytes.withUnsafeBufferPointer { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
  unsafe fclose(file)
}
