/** A file that is no recording, or lacks what is needed of one. The message says what, where and how to fix it. */
export class UnusableRecording extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnusableRecording'
  }
}
