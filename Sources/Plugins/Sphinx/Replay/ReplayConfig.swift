import MixHost
import MixNet

/// What `[replay]` says.
struct ReplayConfig: Sendable {
  let tagsMax: Int
  let isDurable: Bool
  /// Where the tags outlive the process, without the key's name; nil: nowhere.
  let file: String?
  let waitingMax: Int
  let waitMax: Nanos

  init(from table: inout ConfigTable) {
    tagsMax = table.int(
      "tags_max", default: ReplayTags.defaultMax, in: 64...1_073_741_824,
      "packets that the node lets through under one key; 16 bytes each, and a third more")
    isDurable = table.bool(
      "durable", default: false,
      "true: a packet leaves only when its tag is on the disk, and the node may be killed; false: tags are saved at the stop"
    )
    let name = table.string(
      "file", default: "replay", length: 0...4_095,
      "file with the tags, in the state folder; the key's name is added; empty: a restart forgets the packets seen")
    file = name.isEmpty ? nil : name
    waitingMax = table.int(
      "waiting_max", default: 4_096, in: 1...32_768,
      "packets that may wait for the disk on one worker; more are dropped")
    waitMax = table.milliseconds(
      "wait_max_ms", default: 1_000, in: 1...600_000, "a packet that waits longer for the disk is dropped")
    if isDurable, file == nil { table.mistake(at: "file", "'durable' needs a 'file' to keep the tags in") }
  }

  /// True where the tags are saved at the stop alone.
  var savesAtStop: Bool { file != nil && !isDurable }
}
