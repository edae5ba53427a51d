import type { z } from 'zod'

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
