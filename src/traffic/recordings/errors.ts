import type { z } from 'zod'

/** A file that is no recording, or lacks what is needed of one. The message says what, where and how to fix it. */
export class UnusableRecording extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UnusableRecording'
  }
}

export const explainIssues = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 3)
    .map(({ path, message }) => {
      const place = path.map(String).join('.')
      return place === '' ? message : `${place}: ${message}`
    })
    .join(' ')
