import type { z } from 'zod'

/** The first errors of a validation, each with its place. */
export const explainIssues = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 3)
    .map(({ path, message }) => {
      const place = path.map(String).join('.')
      return place === '' ? message : `${place}: ${message}`
    })
    .join(' ')
