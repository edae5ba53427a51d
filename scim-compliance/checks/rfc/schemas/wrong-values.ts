import type { Check } from '../../../check.ts'
import type { Json } from '../../../json.ts'

/** Values that aren't of a type, by what is wrong with them. */
export const wrong: readonly {
  readonly id: string
  readonly level: Check['level']
  readonly type: string
  readonly words: string
  readonly value: Json
  readonly requirement: string
  readonly matters: string
}[] = [
  {
    id: 'boolean-text',
    level: 'MAY',
    type: 'boolean',
    words: 'a text ("true") where a boolean is advertised',
    value: 'true',
    requirement: 'R-030',
    matters:
      'A server that reads every string as true leaves people active whom Entra ID disables with "False". One that reads "False" as false serves Entra ID, whose checks require it (entra/create/active-as-false); no RFC has a server refuse it.',
  },
  {
    id: 'boolean-number',
    level: 'SHOULD',
    type: 'boolean',
    words: 'a number where a boolean is advertised',
    value: 1,
    requirement: 'R-030',
    matters: 'What 1 means differs from server to server.',
  },
  {
    id: 'integer-fraction',
    level: 'SHOULD',
    type: 'integer',
    words: 'a fraction where an integer is advertised',
    value: 1.5,
    requirement: 'R-031',
    matters: 'It would come back cut, and the client send it again.',
  },
  {
    id: 'integer-text',
    level: 'SHOULD',
    type: 'integer',
    words: 'a text where an integer is advertised',
    value: 'seven',
    requirement: 'R-031',
    matters: 'Typed clients can’t read it back.',
  },
  {
    id: 'decimal-text',
    level: 'SHOULD',
    type: 'decimal',
    words: 'a text where a decimal is advertised',
    value: 'seven',
    requirement: 'R-031',
    matters: 'Typed clients can’t read it back.',
  },
  {
    id: 'date-words',
    level: 'SHOULD',
    type: 'dateTime',
    words: 'a word where a dateTime is advertised',
    value: 'yesterday',
    requirement: 'R-032',
    matters: 'Typed clients can’t read it back.',
  },
  {
    id: 'date-only',
    level: 'SHOULD',
    type: 'dateTime',
    words: 'a date without a time where a dateTime is advertised',
    value: '2030-01-31',
    requirement: 'R-032',
    matters: 'A day begins at another instant everywhere; typed clients can’t read it back.',
  },
  {
    id: 'binary-text',
    level: 'SHOULD',
    type: 'binary',
    words: 'a text that isn’t base64 where a binary is advertised',
    value: '*** not base64 ***',
    requirement: 'R-033',
    matters: 'Nobody who reads it can decode it.',
  },
  {
    id: 'reference-text',
    level: 'SHOULD',
    type: 'reference',
    words: 'a text that isn’t a URI where a reference is advertised',
    value: 'not a uri at all',
    requirement: 'R-034',
    matters: 'Whoever follows the reference fails.',
  },
  {
    id: 'string-number',
    level: 'SHOULD',
    type: 'string',
    words: 'a number where a string is advertised',
    value: 7,
    requirement: 'R-152',
    matters: 'It comes back in another form than it was sent, or breaks typed clients.',
  },
  {
    id: 'string-object',
    level: 'SHOULD',
    type: 'string',
    words: 'an object where a string is advertised',
    value: { value: 'x' },
    requirement: 'R-152',
    matters: '“[object Object]” ends up as somebody’s title.',
  },
  {
    id: 'complex-text',
    level: 'SHOULD',
    type: 'complex',
    words: 'a text where an object is advertised',
    value: 'x',
    requirement: 'R-152',
    matters: 'The client believes that the value was stored.',
  },
  {
    id: 'complex-in-complex',
    level: 'SHOULD',
    type: 'part',
    words: 'an object within a part of a complex attribute',
    value: { value: { value: 'x' } },
    requirement: 'R-035',
    matters: 'SCIM has no deeper values; what reads them loses them or breaks.',
  },
]
