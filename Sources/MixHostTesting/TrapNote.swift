import CTrapNote

/// Leaves a note for the case that this thread traps: it is then the last that the process writes to standard error.
/// Nil takes the note back.
func leaveTrapNote(_ note: String?) {
  if let note { unsafe trap_note(note) } else { trap_note(nil) }
}
