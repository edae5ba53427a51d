export type InputField = 'response' | 'metadata' | 'certificate'

/** An input that cannot be read. The message has the reason and the remedy, and no text of the input. */
export class InputError extends Error {
  readonly field: InputField
  constructor(field: InputField, message: string) {
    super(message)
    this.name = 'InputError'
    this.field = field
  }
}
