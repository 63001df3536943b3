import Glibc
import LinuxNet
public import MixHost
import OrderedJSON

/// The command line: what `hearsay` does, for any list of plugins.
///
/// A program with stages of its own is a dozen lines, of which one calls ``main(plugins:)`` with its list.
public enum HearsayProgram {
  /// Runs the command that the process's arguments name, and ends the process: 0 when it did its work, 1 when it could
  /// not, 2 when the words or the configuration are wrong.
  public static func main(plugins: [Plugin]) -> Never {
    DescriptorLimit.raise()
    exit(run(Array(CommandLine.arguments.dropFirst()), plugins: plugins))
  }

  static func run(_ words: [String], plugins: [Plugin]) -> Int32 {
    let registry = Registry(plugins)
    do {
      guard let name = words.first else { throw UsageError("no command is given") }
      if ["help", "--help", "-h"].contains(name) {
        guard let topic = words.dropFirst().first else {
          Terminal.out(help)
          return 0
        }
        Terminal.out(try command(topic).help)
        return 0
      }
      if name == "--version" || name == "version" {
        Terminal.out("hearsay \(version) (\(Libraries.versions))")
        return 0
      }
      let command = try command(name)
      let rest = Array(words.dropFirst())
      if rest.contains("--help") || rest.contains("-h") {
        Terminal.out(command.help)
        return 0
      }
      let arguments = try Arguments(rest, options: command.options, plainMax: command.plainMax)
      return try command.body(arguments, registry)
    } catch let error as UsageError {
      return fail(error.sentence, hint: "; see 'hearsay help'", words, code: 2)
    } catch {
      return fail((error as? CommandError)?.sentence ?? "\(error)", words, code: 1)
    }
  }

  private static func fail(_ sentence: String, hint: String = "", _ words: [String], code: Int32) -> Int32 {
    Terminal.note("hearsay: \(sentence)\(hint)")
    if words.contains("--json") {
      Terminal.out(JSON.object([("ok", .bool(false)), ("error", .text(sentence))]).line)
    }
    return code
  }

  private static func command(_ name: String) throws(UsageError) -> Command {
    if let command = commands.first(where: { $0.name == name }) { return command }
    throw UsageError("there is no command '\(name)'\(didYouMean(name, in: commands.map(\.name)))")
  }

  static let version = "0.1.0"

  static let commands: [Command] = [
    .run.explained(CommandDetails.run), .check.explained(CommandDetails.check),
    .stages.explained(CommandDetails.stages), .network.explained(CommandDetails.network),
    .demo.explained(CommandDetails.demo), .send.explained(CommandDetails.send),
    .status.explained(CommandDetails.status), .publish.explained(CommandDetails.publish),
    .subscribe.explained(CommandDetails.subscribe), .members.explained(CommandDetails.members), .gossip, .sphinx, .vrf,
  ]

  static var help: String {
    let entries = commands.map { HelpText.entry($0.usage, $0.summary, column: 20) }
    return [
      "Hearsay: a plugin-based gossip and mix node.", "hearsay COMMAND, which is one of:",
      entries.joined(separator: "\n"), "'hearsay COMMAND --help' says more of one command.",
    ].joined(separator: "\n\n")
  }
}

/// One command of the program.
struct Command: Sendable {
  let name: String
  /// How many words it takes that are no options.
  let plainMax: Int
  /// The words after it, for the help.
  let takes: String
  let summary: String
  /// What its own help says besides, in lines of up to ``HelpText/width`` columns.
  let details: String?
  let options: [Option]
  /// Gives the process's exit code.
  let body: @Sendable (Arguments, Registry) throws -> Int32

  init(
    name: String, plainMax: Int = 0, takes: String, summary: String, details: String? = nil, options: [Option],
    body: @escaping @Sendable (Arguments, Registry) throws -> Int32
  ) {
    self.name = name
    self.plainMax = plainMax
    self.takes = takes
    self.summary = summary
    self.details = details
    self.options = options
    self.body = body
  }

  /// The same command with a longer text in its help.
  func explained(_ details: String) -> Command {
    Command(
      name: name, plainMax: plainMax, takes: takes, summary: summary, details: details, options: options, body: body)
  }

  /// Its words on a command line.
  var usage: String { takes.isEmpty ? name : "\(name) \(takes)" }

  var help: String {
    var parts = [HelpText.wrapped("hearsay " + usage), HelpText.wrapped(summary)]
    let entries = options.map { option in
      HelpText.entry("--\(option.name)" + (option.value.map { " \($0)" } ?? ""), option.doc, column: 20)
    }
    if !entries.isEmpty { parts.append(entries.joined(separator: "\n")) }
    if let details { parts.append(details) }
    return parts.joined(separator: "\n\n")
  }
}
