/** Something that a person asked for and that cannot be done: one line that says what to do instead. */
export class CommandProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandProblem';
  }
}
