import Glibc
public import MixHost

/// The command line: what `hearsay` does, for any list of plugins.
///
/// A program with stages of its own is a dozen lines: a `@main` type that calls ``main(plugins:)`` with its list.
public enum HearsayProgram {
  /// Runs the command that the process's arguments name, and ends the process: 0 when it did its work, 1 when it could
  /// not, 2 when the words or the configuration are wrong.
  public static func main(plugins: [Plugin]) -> Never {
    exit(run(Array(CommandLine.arguments.dropFirst()), plugins: plugins))
  }

  static func run(_ words: [String], plugins: [Plugin]) -> Int32 {
    let registry = Registry(plugins)
    do {
      guard let name = words.first else { throw UsageError("no command is given") }
      if ["help", "--help", "-h"].contains(name) {
        Terminal.out(help)
        return 0
      }
      if name == "--version" || name == "version" {
        Terminal.out("hearsay \(version) (\(Libraries.versions))")
        return 0
      }
      guard let command = commands.first(where: { $0.name == name }) else {
        throw UsageError("there is no command '\(name)'\(didYouMean(name, in: commands.map(\.name)))")
      }
      let rest = Array(words.dropFirst())
      if rest.contains("--help") || rest.contains("-h") {
        Terminal.out(command.help)
        return 0
      }
      let arguments = try Arguments(rest, options: command.options, plainMax: command.plainMax)
      return try command.body(arguments, registry)
    } catch let error as UsageError {
      Terminal.note("hearsay: \(error.sentence); see 'hearsay help'")
      return 2
    } catch let error as CommandError {
      Terminal.note("hearsay: \(error.sentence)")
      return 1
    } catch {
      Terminal.note("hearsay: \(error)")
      return 1
    }
  }

  static let version = "0.1.0"

  static let commands: [Command] = [
    .run, .check, .stages, .network, .demo, .send, .status,
  ]

  static var help: String {
    let width = commands.map { $0.name.count + $0.takes.count + 1 }.max() ?? 0
    let lines = commands.map { command in
      let head = command.takes.isEmpty ? command.name : "\(command.name) \(command.takes)"
      return "  hearsay \(head)\(String(repeating: " ", count: width - head.count))  \(command.summary)"
    }
    return "Hearsay: a plugin-based gossip and mix node.\n\n" + lines.joined(separator: "\n")
      + "\n\n'hearsay COMMAND --help' says more of one command."
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
  let options: [Option]
  /// Gives the process's exit code.
  let body: @Sendable (Arguments, Registry) throws -> Int32

  init(
    name: String, plainMax: Int = 0, takes: String, summary: String, options: [Option],
    body: @escaping @Sendable (Arguments, Registry) throws -> Int32
  ) {
    self.name = name
    self.plainMax = plainMax
    self.takes = takes
    self.summary = summary
    self.options = options
    self.body = body
  }

  var help: String {
    let lines = options.map { option in
      let head = "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
      return "  \(head)\(String(repeating: " ", count: max(0, 22 - head.count)))  \(option.doc)"
    }
    return "hearsay \(name) \(takes)\n\n\(summary)\n" + (lines.isEmpty ? "" : "\n" + lines.joined(separator: "\n"))
  }
}
