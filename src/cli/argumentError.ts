/** What a person typed is not what a command takes; the message names what it would take. Ends with exit status 1. */
export class ArgumentError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ArgumentError";
  }
}
