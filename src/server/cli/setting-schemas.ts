import { z } from 'zod'
import { parseDuration } from './options.ts'

/** Numbers are text in flags and may be numbers in the job file. */
export const number = (min: number) => {
  const message = `must be a whole number of at least ${min}`
  return z.preprocess(
    value => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int(message).min(min, message),
  )
}

export const text = z.string('must be text').min(1, "can't be empty")

export const boolean = z.boolean('must be true or false')

/** Some of these names: `a,b` in a flag, or a list in the job file. */
export const namesOf = <Name extends string>(names: readonly Name[]) => {
  const message = `must be some of ${names.join(', ')}`
  return z.preprocess(
    value => (typeof value === 'string' ? value.split(',').map(name => name.trim()) : value),
    z.array(z.enum(names, message), message),
  )
}

/** `30s` as milliseconds. */
export const duration = z.string('must be a duration such as 30s').transform((value, context) => {
  try {
    return parseDuration(value)
  } catch {
    context.addIssue('must be a duration such as 30s')
    return z.NEVER
  }
})

/** The URL of a SCIM endpoint. */
export const endpointUrl = z.string('must be a URL').superRefine((value, context) => {
  const parsed = URL.parse(value)
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    context.addIssue('must be a URL such as http://127.0.0.1:8080/acme/scim/v2')
  } else if (parsed.username !== '' || parsed.password !== '') {
    context.addIssue("can't contain a user name or password; use the token")
  }
})

/** A bearer token. */
export const token = z
  .string('must be text')
  .regex(
    /^[\x21-\x7e]+$/,
    'must be ASCII letters, digits and punctuation without spaces; "Bearer" is added automatically',
  )
