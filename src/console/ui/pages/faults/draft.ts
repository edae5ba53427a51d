/** A rule as it is being written: what stands in its fields. */
export type Draft = {
  readonly name: string
  readonly tenant: string
  readonly operation: string
  readonly type: string
  readonly text: string
  readonly every: string
  readonly skip: string
  readonly effect: keyof typeof effects
  readonly status: string
  readonly retryAfter: string
  readonly milliseconds: string
  readonly mediaType: string
  readonly body: string
  readonly times: string
}

export const operations = ['create', 'read', 'list', 'replace', 'patch', 'delete'] as const

export const effects = {
  status: 'answer with an error status; nothing is carried out',
  delay: 'carry it out later',
  'reset-before': 'cut the connection; nothing is carried out',
  'reset-after': 'carry it out and cut the connection: the answer is lost',
  truncate: 'carry it out and send half of the answer',
  body: 'carry it out and send something else',
  'token-expired': 'refuse it as with an expired token',
} as const

export const emptyDraft: Draft = {
  name: '',
  tenant: '',
  operation: '',
  type: '',
  text: '',
  every: '',
  skip: '',
  effect: 'status',
  status: '500',
  retryAfter: '',
  milliseconds: '5000',
  mediaType: 'text/html',
  body: '<html>Sign in</html>',
  times: '',
}

// What isn't a number is sent as it is, for the API to say what is wrong with it.
const number = (text: string): number | string => (/^\d+$/.test(text.trim()) ? Number(text) : text)

const given = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))

/** The fault as the API takes it. */
export const faultOf = (draft: Draft): object =>
  given({
    name: draft.name.trim(),
    match: given({
      tenant: draft.tenant,
      operations: draft.operation === '' ? '' : [draft.operation],
      type: draft.type,
      text: draft.text,
      every: number(draft.every),
      skip: number(draft.skip),
    }),
    effect: effectOf(draft),
    times: number(draft.times),
  })

function effectOf({ effect, status, retryAfter, milliseconds, mediaType, body }: Draft): object {
  switch (effect) {
    case 'status':
      return given({ kind: effect, status: number(status), retryAfter: number(retryAfter) })
    case 'delay':
      return { kind: effect, milliseconds: number(milliseconds) }
    case 'reset-before':
      return { kind: 'reset', when: 'before' }
    case 'reset-after':
      return { kind: 'reset', when: 'after' }
    case 'body':
      return given({ kind: effect, status: number(status), mediaType, body })
    case 'truncate':
    case 'token-expired':
      return { kind: effect }
  }
}
